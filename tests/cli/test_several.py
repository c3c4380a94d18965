"""``genrescope evaluate`` of a run that learned several genres a track."""

import json
from pathlib import Path

from typer.testing import CliRunner

from genrescope.cli import app
from tables import CASES


def test_each_genre_and_the_tree(shared_data: Path, tmp_path: Path) -> None:
    run, work = str(tmp_path / "run"), str(tmp_path / "work")
    data = ["--data", "fma-medium", "--root", str(CASES["fma_mfcc"].lay(shared_data, tmp_path)), "--work", work]
    asked = ["train", "fma-dense-mfcc", *data, "--split", "official", "--multi-label", "--out", run]
    trained = CliRunner().invoke(app, [*asked, "--set", "training.epochs=1"])
    assert trained.exit_code == 0, trained.output
    done = CliRunner().invoke(app, ["evaluate", run, *data])
    assert done.exit_code == 0, done.output
    assert "official: 199 tracks of several of 36 genres" in done.stdout
    assert "F1 with all parents counted" in done.stdout
    assert "Psych-Rock" in done.stdout
    said = json.loads(CliRunner().invoke(app, ["evaluate", run, *data, "--json"]).stdout)
    assert said["name"] == "fma-dense-mfcc"
    assert len(said["per_genre"]) == 36
    for more in ("--inflation", f"--out={tmp_path / 'page.html'}"):
        refused = CliRunner().invoke(app, ["evaluate", run, *data, more])
        assert refused.exit_code == 2
        assert "it learned several genres a track" in refused.stderr
    exported = CliRunner().invoke(app, ["export", run, "--out", str(tmp_path / "one.onnx")])
    assert exported.exit_code == 2
    assert "genrescope evaluate" in exported.stderr

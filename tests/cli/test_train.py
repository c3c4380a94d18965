"""``genrescope train``, ``export`` and ``search`` from the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genrescope.cli import app
from genrescope.cli._train import Teller
from genrescope.training._keeper import Epoch
from genrescope.training.fit import Progress
from tests.recipes._networks import table

SMALL = (
    "--set", "training.epochs=2", "--set", "training.crop_frames=0", "--set", "model_settings.width=4",
    "--set", "model_settings.n_embedding=8", "--set", "training.batch_size=8",
)  # fmt: skip


def test_train_then_export(tmp_path: Path) -> None:
    run, root = tmp_path / "run", table(tmp_path)
    asked = ["train", "scope-net", "--data", "table", "--root", str(root), "--out", str(run), *SMALL]
    done = CliRunner().invoke(app, [*asked, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["epochs"] == 2
    assert "epoch 2 of 2: loss" in done.stderr
    again = CliRunner().invoke(app, asked)
    assert again.exit_code == 2
    assert "--resume" in again.stderr
    resumed = CliRunner().invoke(app, [*asked, "--resume"])
    assert resumed.exit_code == 0
    assert "kept epoch" in resumed.stdout
    exported = CliRunner().invoke(app, ["export", str(run), "--out", str(tmp_path / "small.onnx")])
    assert exported.exit_code == 0, exported.output
    assert "scope-net, 2 genres" in exported.stdout
    wrong = CliRunner().invoke(app, ["export", str(run), "--out", str(tmp_path / "small.pt")])
    assert wrong.exit_code == 2


def test_an_unknown_key_is_wrong_use(tmp_path: Path) -> None:
    asked = ["train", "scope-net", "--data", "table", "--root", str(table(tmp_path)), "--out", str(tmp_path / "run")]
    done = CliRunner().invoke(app, [*asked, "--set", "training.rate=3"])
    assert done.exit_code == 2
    assert "training has no setting 'rate'" in done.stderr


def test_a_line_an_epoch_with_the_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    epochs = [Epoch(n, 1.0, 0.5, 1.2, 0.4, 1e-3, 2.0, 0.0, 800.0) for n in (1, 2, 3)]
    teller = Teller(4)
    teller.tell(Progress(1, 10, tuple(epochs[:1])))  # resumed: the first epoch is an earlier run's
    teller.tell(Progress(10, 10, tuple(epochs[:2])))
    teller.tell(Progress(0, 0, tuple(epochs)))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["epoch 2 of 4", "epoch 3 of 4"]
    assert "validation loss 1.200, accuracy 0.400; 2.0 s, at most" in lines[0]

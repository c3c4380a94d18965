"""``genrescope search`` from the command line."""

from pathlib import Path

from typer.testing import CliRunner

from genrescope.cli import app
from tests.cli.test_train import SMALL
from tests.recipes._networks import table


def test_it_says_what_was_best(tmp_path: Path) -> None:
    asked = ["search", "scope-net", "--data", "table", "--root", str(table(tmp_path)), "--out", str(tmp_path / "s")]
    over = ["--over", "training.optimizer=adam,sgd", "--method", "grid", "--trials", "2"]
    done = CliRunner().invoke(app, [*asked, *SMALL, *over])
    assert done.exit_code == 0, done.output
    assert "best of 2 trials" in done.stdout
    assert "train it:  genrescope train scope-net --set training.optimizer=" in done.stdout
    assert "trial 2 of 2" in done.stderr
    wrong = CliRunner().invoke(app, [*asked, "--method", "hyperband"])
    assert wrong.exit_code == 2

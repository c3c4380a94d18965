"""``genrescope export`` from the command line; that a run becomes a file stands in test_train."""

from pathlib import Path

from typer.testing import CliRunner

from genrescope.cli import app


def test_what_is_no_run_is_said(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["export", str(tmp_path), "--out", str(tmp_path / "model.onnx")])
    assert done.exit_code == 2
    assert "this is no folder of a finished run" in done.stderr

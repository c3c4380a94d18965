"""``genrescope serve`` as it is typed; what it serves is tested in tests/serve."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genrescope.cli import app
from genrescope.cli.serve import model_names
from genrescope.runtime.names import find_model


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--model", "bundlet"], "no model 'bundlet' (did you mean 'bundled'?)"),
        (["--model", "bundled", "--model", str(find_model("bundled")[0])], "two of the models are called 'bundled'"),
        (["--max-upload-mib", "0"], "above 0"),
    ],
)
def test_wrong_use(options: list[str], words: str) -> None:
    done = CliRunner().invoke(app, ["serve", "--port", "0", "--workers", "1", *options])
    assert done.exit_code == 2, done.output
    assert done.output.startswith("genrescope: ")
    assert words in done.output


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = CliRunner().invoke(app, ["serve", "--port", str(other.getsockname()[1])])
    assert done.exit_code == 2
    assert "is in use; choose another with --port" in done.output


def test_models_are_named_one_by_one_or_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a,b.onnx").touch()
    assert model_names(None) == ("bundled",)
    assert model_names(["x, y", "a,b.onnx", "x"]) == ("x", "y", "a,b.onnx")

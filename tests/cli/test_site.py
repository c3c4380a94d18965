"""``genrescope site`` as it is typed."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from genrescope.cli import app
from genrescope.web import site


def test_a_folder_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").touch()
    done = CliRunner().invoke(app, ["site", str(tmp_path)])
    assert done.exit_code == 2
    assert done.output.startswith("genrescope: ")
    assert [path.name for path in tmp_path.iterdir()] == ["cat.jpg"]


def test_a_site(tmp_path: Path) -> None:
    if not (site.ASSETS / "index.html").is_file():
        pytest.skip("the page is not built: run  make web  (it needs Node.js)")
    done = CliRunner().invoke(app, ["site", str(tmp_path / "www"), "--model", "bundled"])
    assert done.exit_code == 0, done.output
    assert "models: bundled" in done.output
    assert (tmp_path / "www" / "index.html").is_file()

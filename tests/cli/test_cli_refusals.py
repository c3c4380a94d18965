"""What a disk refuses is said by any verb, without a traceback."""

import errno
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genrescope.cli import app


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EACCES, "Permission denied; see to its permissions"), (errno.ENOSPC, "No space left on device; make room")],
)
def test_a_disk_that_refuses(number: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bool:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(Path, "is_dir", refuse)
    done = CliRunner().invoke(app, ["explore", "song.mp3", "--out", "page.html"])
    assert done.exit_code == 2
    assert f"genrescope: page.html: {words}, or name another place." in done.output


def test_a_write_that_knows_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bool:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "is_dir", refuse)
    done = CliRunner().invoke(app, ["explore", "song.mp3", "--out", "page.html"])
    assert done.exit_code == 2
    assert "a file that was being written: No space left on device; make room" in done.output


def test_other_errors_of_the_system_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> bool:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    monkeypatch.setattr(Path, "is_dir", fail)
    done = CliRunner().invoke(app, ["explore", "song.mp3", "--out", "page.html"])
    assert isinstance(done.exception, OSError)

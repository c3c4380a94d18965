"""The verb explore, as it is typed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genrescope.cli import app

pytest.importorskip("librosa", reason="librosa is in the extra 'explore'")


def test_a_song_becomes_a_page(tmp_path: Path, make_song: Callable[..., Path]) -> None:
    song = make_song(tmp_path / "song.wav", seconds=5)
    done = CliRunner().invoke(app, ["explore", str(song), "--out", str(tmp_path / "page.html")])
    assert done.exit_code == 0, done.output
    assert "19 plots" in done.output
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gtzan", "--out", "page.html"], "say with --root where gtzan lies"),
        (["nosuch.mp3", "--out", "page.html"], "nosuch.mp3"),
        (["gtzan", "--root", "nowhere", "--out", "page.html"], "nowhere"),
        (["a.mp3", "--out", "no/such/folder/page.html"], "a folder that exists"),
    ],
)
def test_slips_are_said(arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["explore", *arguments])
    assert done.exit_code == 2
    assert words in done.output
    assert list(tmp_path.iterdir()) == []

"""Playlists as real players write them."""

import os
from pathlib import Path

import pytest

from genrescope.cli._playlists import is_playlist, read_playlist
from genrescope.errors import AudioError


def read(path: Path) -> list[str]:
    """Read a list in which every entry is a path."""
    entries = read_playlist(str(path))
    assert not [entry for entry in entries if isinstance(entry, AudioError)]
    return [str(entry) for entry in entries]


def error_of(path: Path) -> AudioError:
    """Read a list that has one error alone."""
    (entry,) = read_playlist(str(path))
    assert isinstance(entry, AudioError)
    return entry


@pytest.mark.parametrize(("name", "expected"), [("a.m3u", True), ("A.M3U8", True), ("x.pls", True), ("a.mp3", False)])
def test_is_playlist(name: str, expected: bool) -> None:
    assert is_playlist(name) is expected


def test_m3u_relative_absolute_comments_and_byte_order_mark(tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "b.mp3"
    listed = tmp_path / "list.m3u8"
    listed.write_bytes(f"\ufeff#EXTM3U\r\n#EXTINF:3,A\r\na é.mp3\r\n\r\n{other}\r\nmissing.mp3\r\n".encode())
    assert read(listed) == [str(tmp_path / "a é.mp3"), str(other), str(tmp_path / "missing.mp3")]


def test_entries_are_relative_to_the_list_as_it_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "l.m3u").write_text("../songs/a.mp3\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert read(Path("lists/l.m3u")) == ["lists/../songs/a.mp3"]


def test_pls_is_ordered_by_its_numbers(tmp_path: Path) -> None:
    listed = tmp_path / "list.pls"
    listed.write_text(
        "[playlist]\nFile10=ten.mp3\nTitle10=File1=no\nfile2 = two.mp3 \nFile1=one.mp3\nNumberOfEntries=3\n", "utf-8"
    )
    assert [os.path.basename(path) for path in read(listed)] == ["one.mp3", "two.mp3", "ten.mp3"]


def test_an_address_on_the_net_is_an_error_of_its_own(tmp_path: Path) -> None:
    listed = tmp_path / "list.m3u"
    listed.write_text("https://radio.example/live.mp3\na.mp3\n", encoding="utf-8")
    first, second = read_playlist(str(listed))
    assert isinstance(first, AudioError)
    assert (first.kind, first.path) == ("unsupported", "https://radio.example/live.mp3")
    assert "download" in first.message
    assert second == str(tmp_path / "a.mp3")


def test_spellings_of_other_players(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("with space é.mp3", "sub/windows.mp3", "café.mp3", "100%25.mp3"):
        (tmp_path / name).write_bytes(b"")
    listed = tmp_path / "list.m3u"
    listed.write_bytes(
        b"with%20space%20%C3%A9.mp3\nsub\\windows.mp3\n" + "café.mp3\n".encode("cp1252") + b"100%25.mp3\n"
        b"file://" + os.fsencode(tmp_path) + b"/with%20space%20%C3%A9.mp3\n"
    )
    names = ["with space é.mp3", "sub/windows.mp3", "café.mp3", "100%25.mp3", "with space é.mp3"]
    assert read(listed) == [str(tmp_path / name) for name in names]


def test_bytes_that_are_no_text_reach_the_file(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9\xff.mp3")).write_bytes(b"")
    listed = tmp_path / "list.m3u8"
    listed.write_bytes(b"caf\xe9\xff.mp3\n")
    (path,) = read(listed)
    assert os.path.exists(path)
    assert os.fsencode(path).endswith(b"caf\xe9\xff.mp3")


def test_a_list_that_is_missing_or_empty_or_closed(tmp_path: Path) -> None:
    assert error_of(tmp_path / "none.m3u").kind == "not_found"
    (tmp_path / "empty.m3u").write_text("#EXTM3U\n", encoding="utf-8")
    assert error_of(tmp_path / "empty.m3u").kind == "empty"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_list_that_may_not_be_read(tmp_path: Path) -> None:
    closed = tmp_path / "closed.m3u"
    closed.write_text("a.mp3\n", encoding="utf-8")
    closed.chmod(0)
    assert error_of(closed).kind == "no_permission"

"""From what the user names to a list of files."""

import io
import os
from pathlib import Path

import pytest

from genrescope.cli._inputs import Inputs, expand
from genrescope.errors import AudioError


def names(inputs: Inputs) -> list[str]:
    return [os.path.basename(path) for path in inputs.paths]


def test_a_folder_gives_its_audio_in_order_and_counts_the_rest(library: Path) -> None:
    inputs = expand([str(library)], recursive=False)
    assert names(inputs) == ["a good song.wav", "broken.mp3", "empty.flac", "no suffix"]
    assert inputs.skipped == 3  # notes.txt, cover.jpg and the hidden ._ file
    assert inputs.complaints == []


def test_recursive_enters_folders_after_the_files(library: Path) -> None:
    inputs = expand([str(library)], recursive=True)
    assert names(inputs) == ["a good song.wav", "broken.mp3", "empty.flac", "no suffix", "deep.wav"]


def test_the_path_begins_as_it_was_given(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(library.parent)
    for given in ("library", "library/", "./library"):
        assert expand([given], recursive=False).paths[0] == os.path.join(given, "a good song.wav")


def test_a_file_named_outright_is_always_there(library: Path) -> None:
    named = [str(library / "notes.txt"), str(library / "missing.mp3"), str(library / "notes.txt")]
    inputs = expand(named, recursive=False)
    assert inputs.items == named
    assert inputs.skipped == 0


def test_a_folder_without_audio_says_so(library: Path) -> None:
    outer = library.parent
    (outer / "only.txt").write_text("x", encoding="utf-8")
    (complaint,) = expand([str(outer)], recursive=False).complaints
    assert str(outer) in complaint
    assert "no audio" in complaint
    assert "--recursive" in complaint


def test_a_dangling_link_with_a_songs_name_is_not_lost(tmp_path: Path) -> None:
    (tmp_path / "gone.mp3").symlink_to(tmp_path / "nowhere.mp3")
    assert names(expand([str(tmp_path)], recursive=False)) == ["gone.mp3"]


def test_a_pipe_in_a_folder_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    inputs = expand([str(tmp_path)], recursive=True)
    assert (inputs.items, inputs.skipped) == ([], 1)


def test_globs_that_the_shell_left(library: Path) -> None:
    assert names(expand([str(library / "*.wav")], recursive=False)) == ["a good song.wav"]
    assert names(expand([str(library / "**" / "*.wav")], recursive=False)) == ["a good song.wav", "deep.wav"]


def test_a_name_with_brackets_is_a_name_first(tmp_path: Path) -> None:
    (tmp_path / "song [live].mp3").write_bytes(b"")
    (tmp_path / "song l.mp3").write_bytes(b"")
    assert names(expand([str(tmp_path / "song [live].mp3")], recursive=False)) == ["song [live].mp3"]


def test_a_pattern_without_a_match_is_an_error(tmp_path: Path) -> None:
    (item,) = expand([str(tmp_path / "*.mp3")], recursive=False).items
    assert isinstance(item, AudioError)
    assert item.kind == "not_found"


def test_an_address_is_an_error_with_advice() -> None:
    (item,) = expand(["https://example.org/a.mp3"], recursive=False).items
    assert isinstance(item, AudioError)
    assert item.kind == "unsupported"


def test_a_playlist_stands_for_its_entries_but_not_inside_a_folder(library: Path) -> None:
    listed = library / "list.m3u"
    listed.write_text("a good song.wav\nmissing.mp3\n", encoding="utf-8")
    assert names(expand([str(listed)], recursive=False)) == ["a good song.wav", "missing.mp3"]
    assert names(expand([str(library)], recursive=False)).count("a good song.wav") == 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (b"a.mp3\nb c.mp3\r\n\n'd'.mp3", ["a.mp3", "b c.mp3", "'d'.mp3"]),
        (b"a\nb.mp3\0c.mp3\0", ["a\nb.mp3", "c.mp3"]),
        (b"caf\xe9.mp3\n", [os.fsdecode(b"caf\xe9.mp3")]),
        (b"", []),
    ],
)
def test_standard_input(given: bytes, expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given)))
    assert expand(["-"], recursive=False).items == expected


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_may_not_be_listed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0)
    (item,) = expand([str(closed)], recursive=False).items
    closed.chmod(0o700)
    assert isinstance(item, AudioError)
    assert item.kind == "no_permission"

"""Lines that outlive a kill."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from genrescope.audit.hear import Heard
from genrescope.audit.journal import NAME, Journal, Stamp, stamp
from genrescope.errors import UsageError

Make = Callable[..., Heard]


def test_what_was_heard_is_there_again(tmp_path: Path, heard: Make) -> None:
    key, one = Stamp("a/ü \n.mp3", 12, 34), heard(sketch=(0.5, -1.25))
    with Journal(tmp_path) as journal:
        assert journal.get(key) is None
        journal.add(key, one)
        assert journal.get(key) == one
    with Journal(tmp_path) as journal:
        assert journal.get(key) == one
        assert journal.get(replace(key, changed_ns=35)) is None
        assert journal.get(replace(key, size_bytes=13)) is None


def test_a_line_that_was_cut_off_costs_itself_alone(tmp_path: Path, heard: Make) -> None:
    keys = [Stamp(name, 1, 1) for name in "abcd"]
    with Journal(tmp_path) as journal:
        for key in keys[:3]:
            journal.add(key, heard())
    path = tmp_path / NAME
    path.write_bytes(path.read_bytes()[:-20])
    with Journal(tmp_path) as journal:
        assert [journal.get(key) is not None for key in keys[:3]] == [True, True, False]
        journal.add(keys[3], heard())
    with Journal(tmp_path) as journal:
        assert [journal.get(key) is not None for key in keys] == [True, True, False, True]


@pytest.mark.parametrize("harm", [b"{}\n", b"[1]\n", b"\xff\xfe\n", b"null\n", b'{"v": 0, "file": ["a", 1, 1]}\n'])
def test_a_harmed_or_older_line_does_not_hold(tmp_path: Path, heard: Make, harm: bytes) -> None:
    with Journal(tmp_path) as journal:
        journal.add(Stamp("b", 1, 1), heard())
    path = tmp_path / NAME
    path.write_bytes(harm + path.read_bytes())
    with Journal(tmp_path) as journal:
        assert journal.get(Stamp("a", 1, 1)) is None
        assert journal.get(Stamp("b", 1, 1)) is not None


def test_a_name_that_is_no_text_can_be_written(tmp_path: Path, heard: Make) -> None:
    key = Stamp(os.fsdecode(b"\xff.mp3"), 1, 1)
    with Journal(tmp_path) as journal:
        journal.add(key, heard())
    with Journal(tmp_path) as journal:
        assert journal.get(key) is not None
    assert json.loads((tmp_path / NAME).read_text())["v"] == 1


def test_a_stamp_moves_with_the_data_set(tmp_path: Path) -> None:
    for home in ("one", "two"):
        (tmp_path / home).mkdir()
        (tmp_path / home / "song.mp3").write_bytes(b"123")
        os.utime(tmp_path / home / "song.mp3", ns=(5, 7))
    stamps = {stamp(tmp_path / home / "song.mp3", tmp_path / home) for home in ("one", "two")}
    assert stamps == {Stamp("song.mp3", 3, 7)}
    assert stamp(tmp_path / "one" / "song.mp3", tmp_path / "two").path == str(tmp_path / "one" / "song.mp3")


def test_a_journal_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(UsageError, match="--work DIR"):
        Journal(tmp_path)


def test_a_full_disk_is_said(tmp_path: Path, heard: Make) -> None:
    resource = pytest.importorskip("resource", reason="this system cannot limit the size of files")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(tmp_path) as journal:
        journal.add(Stamp("a", 1, 1), heard())
        resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / NAME).stat().st_size, hard))
        try:
            with pytest.raises(UsageError, match="make room"):
                journal.add(Stamp("b", 1, 1), heard())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with Journal(tmp_path) as journal:
        assert [journal.get(Stamp(name, 1, 1)) is not None for name in "ab"] == [True, False]

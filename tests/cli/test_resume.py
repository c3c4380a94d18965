"""Files that outlive a kill."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from genrescope.cli._lines import CsvLines, JsonLines, Lines
from genrescope.cli._resume import LineFile, recover, replacing
from genrescope.errors import AudioError, UsageError
from genrescope.records import Prediction

Make = Callable[..., Prediction]
BOTH = pytest.mark.parametrize("lines", [JsonLines(2), CsvLines(2)], ids=["json", "csv"])


def fill(path: Path, lines: Lines, make: Make) -> None:
    """Write two answers with an error between them."""
    file = LineFile(path, lines, keep=False)
    for answer in (make("a.mp3"), AudioError("damaged", "b.mp3", "cut"), make("c\n.mp3")):
        file.write(answer)
    file.close()


@BOTH
def test_cut_at_any_byte_only_whole_answers_stay(lines: Lines, tmp_path: Path, make_prediction: Make) -> None:
    whole = tmp_path / "whole"
    fill(whole, lines, make_prediction)
    content = whole.read_bytes()
    first = len(lines.header) + len(lines.encode(make_prediction("a.mp3")))
    for cut in range(0, len(content), 7):
        path = tmp_path / "cut"
        path.write_bytes(content[:cut])
        expected = ["a.mp3"] if cut >= first else []
        assert [held.path for held in recover(path, lines)] == expected
        left = path.read_bytes()
        assert left in {b"", content[: len(lines.header)], content[:first]}


@BOTH
def test_errors_are_dropped_and_the_file_goes_on(lines: Lines, tmp_path: Path, make_prediction: Make) -> None:
    path = tmp_path / "out"
    fill(path, lines, make_prediction)
    assert len(recover(path, lines)) == 2
    file = LineFile(path, lines, keep=True)
    file.write(make_prediction("b.mp3"))
    file.close()
    assert len(recover(path, lines)) == 3
    assert path.read_bytes().startswith(lines.header)
    assert path.read_bytes().count(b"\n") == 3 + bool(lines.header)


@BOTH
def test_what_is_not_ours_is_left_alone(lines: Lines, tmp_path: Path) -> None:
    path = tmp_path / "diary.txt"
    path.write_bytes(b"Dear diary,\ntoday I heard a song.\n")
    with pytest.raises(UsageError, match=r"diary\.txt"):
        recover(path, lines)
    assert path.read_bytes() == b"Dear diary,\ntoday I heard a song.\n"
    assert os.listdir(tmp_path) == ["diary.txt"]


def test_other_columns_are_refused(tmp_path: Path, make_prediction: Make) -> None:
    path = tmp_path / "out.csv"
    fill(path, CsvLines(2), make_prediction)
    with pytest.raises(UsageError, match="--top"):
        recover(path, CsvLines(5))


@BOTH
def test_nothing_there_is_nothing_held(lines: Lines, tmp_path: Path) -> None:
    assert recover(tmp_path / "none", lines) == []
    assert not (tmp_path / "none").exists()


def test_replacing_puts_only_whole_files_in_place(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError), replacing(path) as temporary:  # noqa: PT012
        temporary.write_text("half", encoding="utf-8")
        raise RuntimeError
    assert path.read_text(encoding="utf-8") == "old"
    with replacing(path) as temporary:
        temporary.write_text("new", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "new"
    assert os.listdir(tmp_path) == ["file"]


def test_a_replaced_file_has_the_usual_mode(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    with replacing(tmp_path / "file") as temporary:
        temporary.write_text("x", encoding="utf-8")
    assert (tmp_path / "file").stat().st_mode == usual.stat().st_mode

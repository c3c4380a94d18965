"""The form of the answer."""

from pathlib import Path

import pytest

from genrescope.cli._formats import Format, choose_format
from genrescope.errors import UsageError

NONE: dict[Format, bool] = {Format.JSON: False, Format.CSV: False, Format.JAMS: False}


@pytest.mark.parametrize(
    ("flags", "out", "expected"),
    [
        ([], None, Format.PEOPLE),
        ([Format.JSON], None, Format.JSON),
        ([], "x.jsonl", Format.JSON),
        ([], "x.JSON", Format.JSON),
        ([], "x.csv", Format.CSV),
        ([], "x.parquet", Format.PARQUET),
        ([], "x.jams", Format.JAMS),
        ([Format.JAMS], "folder", Format.JAMS),
        ([Format.CSV], "table.txt", Format.CSV),
    ],
)
def test_flag_or_suffix(flags: list[Format], out: str | None, expected: Format, tmp_path: Path) -> None:
    place = None if out is None else tmp_path / out
    assert choose_format(NONE | dict.fromkeys(flags, True), place) is expected


@pytest.mark.parametrize(
    ("flags", "out", "words"),
    [
        ([Format.JSON, Format.CSV], None, "--json and --csv"),
        ([Format.JSON], "x.csv", "disagree"),
        ([], "x.xlsx", ".parquet"),
        ([], "folder", "--jams"),
        ([Format.CSV], "nowhere/x.csv", "no folder"),
        ([Format.JSON], ".", "is a folder"),
    ],
)
def test_wrong_use_says_what_to_do(flags: list[Format], out: str | None, words: str, tmp_path: Path) -> None:
    place = None if out is None else tmp_path / out
    with pytest.raises(UsageError, match=words.replace(".", r"\.")):
        choose_format(NONE | dict.fromkeys(flags, True), place)

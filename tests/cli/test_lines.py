"""Answers as lines."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

import genrescope
from genrescope.cli._lines import CsvLines, Held, JsonLines, Lines, check_same, path_key
from genrescope.errors import ERROR_KINDS, AudioError, UsageError
from genrescope.records import Prediction

SCHEMA = Path(next(iter(genrescope.__path__))) / "schemas" / "prediction.schema.json"
Make = Callable[..., Prediction]

ODD_NAMES = [
    "plain.mp3",
    "with space, comma; and \"quotes\" 'too'.mp3",
    "two\nlines\r\n.mp3",
    "日本語 é.mp3",
    os.fsdecode(b"caf\xe9 \xff.mp3"),
    "tab\tescape\x1b[31m.mp3",
    "back\\slash.mp3",
]


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_json_lines_follow_the_schema(make_prediction: Make, validator: jsonschema.Draft202012Validator) -> None:
    lines = JsonLines(3)
    for answer in (make_prediction(), make_prediction(timeline=False)):
        validator.validate(json.loads(lines.encode(answer)))
    for kind in ERROR_KINDS:
        validator.validate(json.loads(lines.encode(AudioError(kind, "a.mp3", "why"))))  # type: ignore[arg-type]


def test_the_schema_refuses_what_is_wrong(make_prediction: Make, validator: jsonschema.Draft202012Validator) -> None:
    good = json.loads(JsonLines(3).encode(make_prediction()))
    timeline = good["timeline"]
    wrong = [
        good | {"vocabulary": "gtzn"},
        good | {"unsure": "no"},
        good | {"error": {"kind": "empty", "message": "x"}},
        good | {"timeline": timeline | {"hop_s": 1.5}},
        {key: value for key, value in good.items() if key != "voice"},
        {"path": "a", "error": {"kind": "strange", "message": "x"}},
    ]
    for line in wrong:
        assert not validator.is_valid(line)


@pytest.mark.parametrize("lines", [JsonLines(2), CsvLines(2)], ids=["json", "csv"])
@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_makes_one_line_that_reads_back(lines: Lines, name: str, make_prediction: Make) -> None:
    line = lines.encode(make_prediction(name))
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    held = lines.decode(line)
    assert path_key(held.path) == path_key(name)
    assert held == Held(held.path, False, "toy", "native")
    assert lines.decode(lines.encode(AudioError("empty", name, "no\nbytes"))).failed


def test_json_gives_the_very_path(make_prediction: Make) -> None:
    for name in ODD_NAMES:
        assert json.loads(JsonLines(1).encode(make_prediction(name)))["path"] == name


def test_a_csv_file_has_a_row_a_file(make_prediction: Make) -> None:
    lines = CsvLines(2)
    text = lines.header + lines.encode(make_prediction("a, b.mp3")) + lines.encode(AudioError("silent", "c", "quiet"))
    good, bad = csv.DictReader(text.decode("utf-8").splitlines())
    assert good["path"] == "a, b.mp3"
    assert (good["genre_1"], good["genre_2"]) == ("rock", "jazz")
    assert float(good["confidence_1"]) == pytest.approx(0.5167, abs=1e-4)
    assert (good["unsure"], good["voice"], good["error_kind"]) == ("false", "0.25", "")
    assert good["warnings"].startswith("clipped: ")
    assert (bad["path"], bad["error_kind"], bad["error_message"], bad["genre_1"]) == ("c", "silent", "quiet", "")


@pytest.mark.parametrize("lines", [JsonLines(2), CsvLines(2)], ids=["json", "csv"])
@pytest.mark.parametrize("line", [b"\n", b"[]\n", b'{"a": 1}\n', b"1,2,3\n", b"\xff\xfe\n", b'{"path": "a", "genr\n'])
def test_what_is_not_ours_is_refused(lines: Lines, line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the codec's; the caller says which line it was
        lines.decode(line)


def test_answers_of_another_model_do_not_mix() -> None:
    held = Held("a.mp3", False, "toy", "native")
    check_same(held, "toy", "native", "out.csv")
    check_same(Held("a.mp3", True, None, None), "toy", "native", "out.csv")
    for asked in (("other", "native"), ("toy", "fma")):
        with pytest.raises(UsageError, match=r"out\.csv holds answers"):
            check_same(held, *asked, "out.csv")

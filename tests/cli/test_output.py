"""Where answers go."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from genrescope.cli._formats import Format
from genrescope.cli._output import held_by, open_sink
from genrescope.errors import AudioError, UsageError
from genrescope.records import Prediction

Make = Callable[..., Prediction]
ASKED = ("toy", "native")


@pytest.mark.parametrize("form", [Format.JSON, Format.CSV, Format.PARQUET])
def test_written_and_resumed(form: Format, tmp_path: Path, make_prediction: Make) -> None:
    out = tmp_path / f"out.{form}"
    paths = ["a.mp3", "b.mp3", "./c.mp3"]
    assert held_by(form, out, paths, ASKED, 3) == set()
    sink = open_sink(form, out, paths, 3, resume=True)
    sink.write(make_prediction("a.mp3"))
    sink.write(AudioError("damaged", "b.mp3", "cut"))
    sink.write(make_prediction("./c.mp3"))
    sink.close()
    assert held_by(form, out, paths, ASKED, 3) == {"a.mp3", "c.mp3"}
    sink = open_sink(form, out, paths, 3, resume=True)
    sink.write(make_prediction("b.mp3"))
    sink.close()
    assert held_by(form, out, paths, ASKED, 3) == {"a.mp3", "b.mp3", "c.mp3"}
    assert os.listdir(tmp_path) == [out.name]


@pytest.mark.parametrize("form", [Format.JSON, Format.CSV, Format.PARQUET])
def test_without_resume_it_begins_anew(form: Format, tmp_path: Path, make_prediction: Make) -> None:
    out = tmp_path / f"out.{form}"
    for name in ("old.mp3", "new.mp3"):
        sink = open_sink(form, out, [name], 3, resume=False)
        sink.write(make_prediction(name))
        sink.close()
    assert held_by(form, out, [], ASKED, 3) == {"new.mp3"}


@pytest.mark.parametrize("form", [Format.JSON, Format.CSV, Format.PARQUET, Format.JAMS])
def test_another_model_is_refused(form: Format, tmp_path: Path, make_prediction: Make) -> None:
    out = tmp_path / f"out.{form}"
    sink = open_sink(form, out, ["a.mp3"], 3, resume=False)
    sink.write(make_prediction("a.mp3"))
    sink.close()
    with pytest.raises(UsageError, match="'toy'"):
        held_by(form, out, ["a.mp3"], ("other", "native"), 3)


def test_lines_on_standard_output(make_prediction: Make, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for form in (Format.JSON, Format.CSV):
        sink = open_sink(form, None, [], 3, resume=False)
        sink.write(make_prediction("a.mp3"))
        sink.close()
    first, header, row = capfdbinary.readouterr().out.splitlines()
    assert json.loads(first)["path"] == "a.mp3"
    assert header.startswith(b"path,duration_s,")
    assert row.startswith(b"a.mp3,62.5,")


def test_jams_on_standard_output(make_prediction: Make, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    sink = open_sink(Format.JAMS, None, [], 3, resume=False)
    sink.write(make_prediction("a.mp3"))
    sink.write(AudioError("empty", "b.mp3", "no bytes"))
    sink.close()
    (line,) = capfdbinary.readouterr().out.splitlines()
    assert json.loads(line)["sandbox"]["genrescope"]["path"] == "a.mp3"


def jams_paths(folder: Path) -> dict[str, str]:
    """Return which path each JAMS file of a folder answers."""
    found = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.iterdir()}
    return {name: content["sandbox"]["genrescope"]["path"] for name, content in found.items()}


def test_a_jams_folder_keeps_songs_of_one_name_apart(tmp_path: Path, make_prediction: Make) -> None:
    out = tmp_path / "jams"
    paths = ["x/01.mp3", "y/01.mp3", "02.mp3"]
    sink = open_sink(Format.JAMS, out, paths, 3, resume=False)
    for path in paths:
        sink.write(make_prediction(path))
    found = jams_paths(out)
    assert sorted(found.values()) == sorted(paths)
    assert found["02.jams"] == "02.mp3"
    assert held_by(Format.JAMS, out, [*paths, "z/01.mp3"], ASKED, 3) == set(paths)


def test_a_later_run_does_not_overwrite_another_song(tmp_path: Path, make_prediction: Make) -> None:
    out = tmp_path / "jams"
    for path in ("x/01.mp3", "y/01.mp3", "x/01.mp3"):
        open_sink(Format.JAMS, out, [path], 3, resume=False).write(make_prediction(path))
    found = jams_paths(out)
    assert sorted(found.values()) == ["x/01.mp3", "y/01.mp3"]
    assert found["01.jams"] == "x/01.mp3"


def test_one_jams_file_is_for_one_song(tmp_path: Path, make_prediction: Make) -> None:
    out = tmp_path / "song.jams"
    open_sink(Format.JAMS, out, ["a.mp3"], 3, resume=False).write(make_prediction("a.mp3"))
    assert out.is_file()
    with pytest.raises(UsageError, match="--jams --out FOLDER"):
        open_sink(Format.JAMS, out, ["a.mp3", "b.mp3"], 3, resume=False)

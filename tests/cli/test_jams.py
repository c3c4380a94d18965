"""JAMS output, against the specification's own package."""

import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from genrescope.cli._jams import segments, to_jams
from genrescope.records import Prediction

Make = Callable[..., Prediction]


@pytest.mark.filterwarnings("ignore:Passing a schema to Validator:DeprecationWarning")  # how jams calls jsonschema
def test_the_package_jams_accepts_it(tmp_path: Path, make_prediction: Make) -> None:
    jams = pytest.importorskip("jams", reason="the package jams is in the extra 'dev'")
    path = tmp_path / "song.jams"
    for answer in (make_prediction("a.mp3"), make_prediction(os.fsdecode(b"\xff.mp3"), timeline=False)):
        path.write_text(json.dumps(to_jams(answer, 3)), encoding="utf-8")
        read = jams.load(str(path), validate=True, strict=True)
        assert read.validate(strict=True)
        assert read.file_metadata.duration == answer.duration_s
        assert [note.namespace for note in read.annotations] == ["tag_open"] * len(read.annotations)
        best = next(iter(read.annotations[0].data))
        assert (best.value, best.time, best.duration) == ("rock", 0, answer.duration_s)


def test_two_annotations_the_track_and_its_course(make_prediction: Make) -> None:
    track, course = to_jams(make_prediction(), 2)["annotations"]
    assert [item["value"] for item in track["data"]] == ["rock", "jazz"]
    assert course["data"] == [
        {"time": 0, "duration": 40.0, "value": "rock", "confidence": 0.75},
        {"time": 40.0, "duration": 22.5, "value": "jazz", "confidence": 0.75},
    ]


@pytest.mark.parametrize(("n_windows", "change"), [(1, 1), (5, 5), (7, 3)])
def test_segments_fill_the_track(n_windows: int, change: int, make_prediction: Make) -> None:
    answer = make_prediction(n_windows=n_windows, change=change)
    assert answer.timeline is not None
    found = list(segments(answer.timeline, answer.duration_s))
    assert found[0][0] == 0
    for (start_s, length_s, *_), (next_s, *_) in itertools.pairwise(found):
        assert start_s + length_s == pytest.approx(next_s)
    assert found[-1][0] + found[-1][1] == pytest.approx(answer.duration_s)

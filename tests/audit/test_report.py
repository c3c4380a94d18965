"""The report as an object and as JSON."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from genrescope.audit.faults import Known, find_faults, torn_groups
from genrescope.audit.hear import Heard
from genrescope.audit.report import FORMAT, Report
from genrescope.datasets._base import Dataset, Facts, Skip
from genrescope.errors import AudioError
from genrescope.records import Track

FACTS = Facts("toy", "Toy", "", "", "", "", "")


@pytest.fixture
def report(tracks: Callable[..., list[Track]], heard: Callable[..., Heard]) -> Report:
    songs = tracks(5, a={"artist": "X"}, b={"artist": "X"})
    sounds = {i: heard(duration_s=10.0 * (n + 1)) for n, i in enumerate("abcd")}
    sounds["d"] = heard(sample_rate_hz=48000, duration_s=1.5)
    parts = {"a": "training", "b": "test", "c": "test"}
    known = Known(songs, sounds, {"e": AudioError("empty", "e.mp3", "the file holds 0 bytes.")}, [("a", "c")], parts)
    dataset = Dataset(FACTS, Path("root"), tuple(songs), (Skip("f", "no_file", "f is not there"),))
    torn = tuple(map(tuple, torn_groups(known)))
    return Report(dataset, known, tuple(find_faults(known)), torn, {("a", "c"): 0.99}, "official", "3 of 6 used")


def test_json_holds_all_of_it(report: Report) -> None:
    found = json.loads(report.to_json())
    assert found == report.to_dict()
    assert (found["format"], found["data"], found["used"]) == (FORMAT, "toy", "3 of 6 used")
    assert found["counts"] == {"tracks": 5, "heard": 4, "broken": 1, "quarantined": 2, "left_out_on_opening": 1}
    assert found["rates_hz"] == {"44100": 3, "48000": 1}
    assert found["total_s"] == 61.5
    assert found["split"] == {
        "name": "official",
        "parts": {"training": 1, "test": 2},
        "groups_on_several_sides": 1,
        "tracks_in_them": 3,
    }
    assert found["near_duplicates"] == [{"tracks": ["a", "c"], "likeness": 0.99}]
    rows = {row["track_id"]: row for row in found["tracks"]}
    assert rows["a"]["duration_s"] == 10.0
    assert "sketch" not in rows["a"]
    assert rows["e"] == {"track_id": "e", "error": {"kind": "empty", "message": "the file holds 0 bytes."}}
    assert {fault["kind"] for fault in found["faults"]} == set(report.by_kind)


def test_lengths_are_counted(report: Report) -> None:
    lengths = report.durations()
    assert lengths is not None
    assert sum(lengths.counts) == 4
    assert (lengths.edges[0], lengths.edges[-1]) == (0.0, 30.0)
    assert lengths.counts[1] == 1


def test_nothing_heard_has_no_lengths() -> None:
    known = Known([], {}, {}, [], {})
    empty = Report(Dataset(FACTS, Path("root"), ()), known, (), (), {}, "official", "0 of 0 used")
    assert empty.durations() is None
    assert json.loads(empty.to_json())["usual_s"] is None

"""Records say themselves as the contract of the command line wants it."""

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.records import Clip, GenreScore, Notice, Prediction, Timeline


def _prediction() -> Prediction:
    timeline = Timeline(0.0, 3.0, 0.5, ("a", "b"), np.array([[0.25, 0.75], [0.5, 0.5]], np.float32))
    genres = (GenreScore("b", 0.62), GenreScore("a", 0.38))
    notices = (Notice("clipped", "2 % at full scale"),)
    return Prediction("x.mp3", 3.5, "m", "native", genres, unsure=False, voice=0.4, timeline=timeline, warnings=notices)


def test_a_clip_is_mono_and_knows_its_rate() -> None:
    assert Clip(np.zeros(8_000, np.float32), 16_000).duration_s == 0.5
    for samples, rate in ((np.zeros((2, 2), np.float32), 16_000), (np.zeros(2, np.float32), 0)):
        with pytest.raises(UsageError):
            Clip(samples, rate)


def test_times_are_the_middles_of_the_windows() -> None:
    timeline = _prediction().timeline
    assert timeline is not None
    assert timeline.times_s.tolist() == [1.5, 2.0]


def test_the_object_of_the_contract() -> None:
    said = _prediction().to_dict(top=1)
    assert list(said) == [
        "path", "duration_s", "model", "vocabulary", "genres", "unsure", "voice", "timeline", "warnings",
    ]  # fmt: skip
    assert said["genres"] == [{"label": "b", "confidence": 0.62}]
    assert said["timeline"] == {
        "start_s": 0.0,
        "window_s": 3.0,
        "hop_s": 0.5,
        "labels": ["a", "b"],
        "probabilities": [[0.25, 0.75], [0.5, 0.5]],
    }
    assert said["warnings"] == [{"kind": "clipped", "message": "2 % at full scale"}]


def test_shortcuts() -> None:
    assert _prediction().genre == "b"
    assert _prediction().confidences == {"b": 0.62, "a": 0.38}

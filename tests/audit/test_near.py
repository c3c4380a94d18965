"""Copies by ear: the model's embedding at the best shift."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from genrescope.audit.near import SAME, SKETCH_SAME, Pair, compare, likeness, listener
from genrescope.errors import AudioError
from genrescope.records import FloatArray


def windows(n: int, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(size=(n, 50)).astype(np.float32)


@pytest.mark.parametrize("shift", [0, 1, 5])
def test_a_shift_does_not_matter(shift: int) -> None:
    long = windows(20)
    assert likeness(long[: 20 - shift], long[shift:]) == pytest.approx(1.0, abs=1e-5)
    assert likeness(long[shift:], 3 * long[: 20 - shift]) == pytest.approx(1.0, abs=1e-5)


def test_half_of_the_shorter_must_be_heard_in_both() -> None:
    one, other = windows(10), windows(10, seed=1)
    other[0] = one[-1]  # one window alike at the edge is chance
    assert likeness(one, other) < 0.5
    assert likeness(one[:1], one[3:4]) < 0.5


def test_what_could_not_be_heard_is_left_to_the_sketch() -> None:
    vectors: dict[str, FloatArray | AudioError] = {"a": windows(4), "b": windows(4), "c": AudioError("silent", "c", "")}
    pairs = compare([("a", "b", 0.15), ("a", "c", 0.01), ("b", "c", 0.15)], vectors)
    assert [pair.likeness is None for pair in pairs] == [False, True, True]
    assert [pair.is_same for pair in pairs] == [True, True, False]


def test_both_thresholds_decide() -> None:
    assert Pair("a", "b", 0.15, SAME).is_same
    assert not Pair("a", "b", 0.15, SAME - 0.01).is_same
    assert Pair("a", "b", SKETCH_SAME - 0.01, 0.5).is_same


def test_real_clips(shared_data: Path, tmp_path: Path, ffmpeg: str) -> None:
    clips = sorted((shared_data / "gtzan_mini" / "classical").glob("*.ogg"))[:3]
    copy = tmp_path / "copy.mp3"
    options = ["-ss", "0.35", "-af", "volume=-9dB", "-ar", "32000", "-b:a", "96k"]
    subprocess.run([ffmpeg, "-v", "error", "-i", clips[0], *options, copy], check=True)
    hear: Callable[[str], FloatArray | AudioError] = listener()
    vectors = {str(path): hear(str(path)) for path in (*clips, copy)}
    pairs = compare([(str(clip), str(copy), 0.15) for clip in clips], vectors)
    assert [pair.is_same for pair in pairs] == [True, False, False], pairs


def test_a_file_that_cannot_be_heard_is_an_answer(tmp_path: Path) -> None:
    (tmp_path / "none.mp3").write_bytes(b"")
    answer = listener()(str(tmp_path / "none.mp3"))
    assert isinstance(answer, AudioError)
    assert answer.kind == "empty"

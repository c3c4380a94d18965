"""The course over time, told piece by piece while a file is heard."""

from pathlib import Path

import numpy as np
import pytest

from genrescope.errors import AudioError
from genrescope.records import Clip, Timeline
from genrescope.runtime.model import load_model


def test_the_pieces_are_the_timeline() -> None:
    time_s = np.arange(75 * 16_000) / 16_000
    tone = (np.sin(2 * np.pi * 220 * time_s) * (0.3 + 0.2 * np.sin(time_s))).astype(np.float32)
    pieces: list[Timeline] = []
    answer = load_model().predict(Clip(tone, 16_000), vocabulary="fma", on_windows=pieces.append)
    assert answer.timeline is not None
    assert len(pieces) > 2
    assert np.array_equal(np.concatenate([piece.probabilities for piece in pieces]), answer.timeline.probabilities)
    n_before = 0
    for piece in pieces:
        assert np.isclose(piece.start_s, n_before * piece.hop_s)
        assert piece.labels == answer.timeline.labels
        n_before += len(piece.probabilities)


def test_nothing_is_told_of_what_has_no_answer(tmp_path: Path) -> None:
    pieces: list[Timeline] = []
    (tmp_path / "a.mp3").write_bytes(b"words")
    with pytest.raises(AudioError):
        load_model().predict(tmp_path / "a.mp3", on_windows=pieces.append)
    assert pieces == []

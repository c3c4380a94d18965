"""Tempograms against librosa's, and on clicks whose tempo is known."""

import sys
from pathlib import Path

import librosa
import numpy as np
import pytest

from genrescope.audio.stream import load
from genrescope.errors import MissingExtraError, UsageError
from genrescope.features.tempogram import TempogramSettings, compute, tempogram
from genrescope.records import Clip


def clicks(bpm: float, seconds: float = 12.0) -> Clip:
    sound = np.zeros(int(22_050 * seconds), dtype=np.float32)
    burst = 0.5 * np.random.default_rng(0).normal(size=600).astype(np.float32)
    for start in np.arange(0, len(sound) - 600, 60 / bpm * 22_050).astype(int):
        sound[start : start + 600] = burst
    return Clip(sound + 1e-4, 22_050)


def test_real_songs_give_librosas_numbers(shared_data: Path) -> None:
    songs = sorted(shared_data.glob("fma/audio/*.mp3"))
    assert songs
    for song in songs:
        clip = load(song, 22_050)
        theirs = librosa.feature.tempogram(y=clip.samples, sr=22_050).T
        assert np.abs(compute(TempogramSettings(), clip) - theirs).max() < 1e-3


def test_other_settings_give_librosas_numbers() -> None:
    clip, settings = clicks(100), TempogramSettings(hop_samples=256, n_lags=200)
    theirs = librosa.feature.tempogram(y=clip.samples, sr=22_050, hop_length=256, win_length=200).T
    assert np.abs(compute(settings, clip) - theirs).max() < 1e-3


def test_clicks_repeat_after_their_own_time() -> None:
    frames = tempogram().compute(clicks(120))
    strength = frames[100:-100].mean(axis=0)
    lag = 60 / 120 * 22_050 / 512
    best = 15 + int(np.argmax(strength[15:30]))
    assert abs(best - lag) < 1


def test_crop_and_pad() -> None:
    clip = clicks(120, 4.0)
    whole = compute(TempogramSettings(), clip)
    assert np.array_equal(compute(TempogramSettings(n_frames=50), clip), whole[:50])
    padded = compute(TempogramSettings(n_frames=400), clip)
    assert np.array_equal(padded[: len(whole)], whole)
    assert not padded[len(whole) :].any()


def test_without_librosa_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "librosa", None)
    with pytest.raises(MissingExtraError, match=r"genrescope\[train\]"):
        tempogram().compute(clicks(120, 2.0))


def test_wrong_settings_are_said() -> None:
    with pytest.raises(UsageError, match="above 0"):
        TempogramSettings(n_frames=0)

"""MFCC sequences against librosa's."""

from pathlib import Path

import librosa
import numpy as np
import pytest

from genrescope.audio.stream import load
from genrescope.errors import UsageError
from genrescope.features.mfcc import FMA_MFCC_NETS, MfccSettings, compute, cosines, mfcc
from genrescope.records import Clip, FloatArray

TOLERANCE = 0.005
"""Measured: 0.0003 on FMA's songs, where the numbers reach from -380 to 160."""


def _librosas(settings: MfccSettings, clip: Clip) -> FloatArray:
    numbers = librosa.feature.mfcc(
        y=clip.samples,
        sr=clip.sample_rate_hz,
        n_mfcc=settings.n_mfcc,
        n_fft=settings.n_fft,
        hop_length=settings.hop_samples,
        n_mels=settings.n_mels,
    )
    return np.asarray(numbers.T[: settings.n_frames])


@pytest.mark.parametrize("settings", [MfccSettings(), MfccSettings(13, n_mels=40, hop_samples=1_024), FMA_MFCC_NETS])
def test_numbers_are_librosas(settings: MfccSettings) -> None:
    noise = np.random.default_rng(1).normal(size=66_150).astype(np.float32)
    clip = Clip(noise * np.linspace(1e-4, 1, len(noise), dtype=np.float32), 22_050)
    ours, theirs = compute(settings, clip), _librosas(settings, clip)
    assert ours.dtype == np.float32
    assert np.abs(ours[: len(theirs)] - theirs).max() < TOLERANCE


@pytest.mark.parametrize("settings", [MfccSettings(), FMA_MFCC_NETS])
def test_real_songs_give_librosas_numbers(settings: MfccSettings, shared_data: Path) -> None:
    songs = sorted(shared_data.glob("fma/audio/*.mp3"))
    assert songs
    for song in songs:
        clip = load(song, 22_050)
        assert np.abs(compute(settings, clip) - _librosas(settings, clip)).max() < TOLERANCE


def test_the_reports_frames_last_23_ms_and_overlap_by_half() -> None:
    assert FMA_MFCC_NETS.n_fft / FMA_MFCC_NETS.sample_rate_hz == pytest.approx(0.023, abs=0.001)
    assert FMA_MFCC_NETS.hop_samples * 2 == FMA_MFCC_NETS.n_fft
    clip = Clip(np.random.default_rng(0).normal(size=int(29.98 * 22_050)).astype(np.float32), 22_050)
    assert mfcc(FMA_MFCC_NETS).compute(clip).shape == (2_580, 20)


def test_padding_is_silence() -> None:
    noise = np.random.default_rng(0).normal(size=22_050).astype(np.float32)
    frames = compute(MfccSettings(n_frames=60), Clip(noise, 22_050))
    assert frames.shape == (60, 20)
    assert np.abs(frames[50] - frames[59]).max() < TOLERANCE  # a matrix product may round its rows differently
    assert frames[59, 0] < frames[:40, 0].min() - 500
    assert np.abs(frames[59, 1:]).max() < 0.01


def test_cosines_are_orthonormal() -> None:
    whole = cosines(40, 40)
    assert np.allclose(whole.T @ whole, np.eye(40), atol=1e-5)
    assert np.array_equal(cosines(40, 13), whole[:, :13])


@pytest.mark.parametrize("values", [{"n_mfcc": 0}, {"n_mfcc": 41, "n_mels": 40}, {"hop_samples": 0}])
def test_wrong_settings_are_said(values: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=r"n_mfcc is between|above 0"):
        MfccSettings(**values)  # type: ignore[arg-type]

"""Log-mel spectrograms against librosa's, on made and on real sound."""

import sys
from pathlib import Path

import librosa
import numpy as np
import pytest

from genrescope.audio.stream import load
from genrescope.errors import UsageError
from genrescope.features.logmel import (
    FMA_CNN,
    MUSICNN,
    OVER_TIME,
    PRESETS,
    VGGISH,
    LogMelSettings,
    compute,
    decibels,
    hz_to_mel,
    logmel,
    mel_spectrogram,
    mel_to_hz,
)
from genrescope.records import Clip, FloatArray

TOLERANCE_DB = 0.005
"""Measured: 0.0004 dB on FMA's songs; less in natural logarithms."""


def _clip(rate_hz: int = 22_050, seconds: float = 3.0) -> Clip:
    rng = np.random.default_rng(3)
    t = np.arange(int(rate_hz * seconds)) / rate_hz
    tones = 0.3 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * 3_100 * t * (1 + 0.1 * t))
    return Clip(np.asarray(tones + 0.05 * rng.normal(size=len(t)), dtype=np.float32), rate_hz)


def _librosas(settings: LogMelSettings, clip: Clip) -> FloatArray:
    mel = librosa.feature.melspectrogram(
        y=clip.samples,
        sr=settings.sample_rate_hz,
        n_fft=settings.n_fft,
        win_length=settings.window,
        hop_length=settings.hop_samples,
        n_mels=settings.n_mels,
        fmin=settings.low_hz,
        fmax=settings.top_hz,
        power=settings.power,
    )[:, : settings.n_frames]
    if settings.log == "db":
        to_db = librosa.power_to_db if settings.power == 2 else librosa.amplitude_to_db
        return np.asarray(to_db(mel, ref=np.max, top_db=settings.top_db).T)
    log = np.log if settings.log == "ln" else np.log10
    return np.asarray(log(settings.gain * mel + settings.offset).T)


SETTINGS = [
    LogMelSettings(),
    OVER_TIME,
    FMA_CNN,
    LogMelSettings(44_100, 4_096, None, 1_024, 96, power=1),
    LogMelSettings(22_050, 1_024, 600, 256, 64, 30.0, 8_000.0, top_db=60.0),
    LogMelSettings(16_000, 512, 401, 160, 40, log="log10", gain=1_000.0, offset=1.0, n_frames=120),
]


@pytest.mark.parametrize("settings", SETTINGS, ids=range(len(SETTINGS)))
def test_made_sound_gives_librosas_numbers(settings: LogMelSettings) -> None:
    clip = _clip(settings.sample_rate_hz)
    ours, theirs = compute(settings, clip), _librosas(settings, clip)
    assert ours.dtype == np.float32
    assert np.abs(ours[: len(theirs)] - theirs).max() < TOLERANCE_DB
    assert settings.n_frames is not None or len(ours) == len(theirs)


@pytest.mark.parametrize("settings", SETTINGS[:5], ids=range(5))
def test_real_songs_give_librosas_numbers(settings: LogMelSettings, shared_data: Path) -> None:
    songs = sorted(shared_data.glob("fma/audio/*.mp3"))
    assert songs
    for song in songs:
        clip = load(song, settings.sample_rate_hz)
        assert np.abs(compute(settings, clip) - _librosas(settings, clip)).max() < TOLERANCE_DB


def test_numpy_serves_where_scipy_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    clip = _clip()
    with_scipy = compute(LogMelSettings(), clip)
    monkeypatch.setitem(sys.modules, "scipy.fft", None)
    assert np.abs(compute(LogMelSettings(), clip) - with_scipy).max() < TOLERANCE_DB


@pytest.mark.parametrize("n_samples", [1, 511, 512, 1_023, 5_000])
def test_a_centred_spectrogram_has_librosas_frames(n_samples: int) -> None:
    clip = Clip(_clip().samples[:n_samples], 22_050)
    settings = LogMelSettings(n_fft=1_024, n_mels=64)
    theirs = librosa.feature.melspectrogram(
        y=np.pad(clip.samples, 1_024), sr=22_050, n_fft=1_024, hop_length=512, n_mels=64, center=False
    )
    ours = mel_spectrogram(settings, clip)
    assert len(ours) == 1 + n_samples // 512
    # The same frames cut out of the padded sound: frame i of ours is its frame i + 1.
    assert np.allclose(ours, theirs.T[1 : 1 + len(ours)], rtol=1e-3, atol=1e-6)


def test_too_short_for_one_frame_is_said() -> None:
    with pytest.raises(UsageError, match="399 samples and one frame needs 400"):
        compute(VGGISH, Clip(np.ones(399, dtype=np.float32), 16_000))
    assert compute(VGGISH, Clip(np.ones(400, dtype=np.float32), 16_000)).shape == (1, 64)


def test_crop_and_pad() -> None:
    clip = _clip(seconds=1.0)
    whole = mel_spectrogram(LogMelSettings(), clip)
    short, long = (mel_spectrogram(LogMelSettings(n_frames=n), clip) for n in (10, 100))
    assert np.allclose(short, whole[:10], rtol=1e-5)  # a product of fewer rows may add in another order
    assert np.allclose(long[: len(whole)], whole, rtol=1e-5)
    assert len(long) == 100
    assert not long[len(whole) :].any()
    padded_db = compute(LogMelSettings(n_frames=100), clip)
    assert np.array_equal(padded_db[len(whole) :], np.full((100 - len(whole), 128), -80.0))


def test_thirty_seconds_fill_the_reports_picture() -> None:
    clip = _clip(seconds=29.98)
    assert compute(FMA_CNN, clip).shape == (400, 128)
    assert mel_spectrogram(FMA_CNN, clip)[-1].any()
    assert compute(OVER_TIME, clip).shape == (646, 128)


@pytest.mark.parametrize(("settings", "window_s", "n_frames"), [(VGGISH, 0.975, 96), (MUSICNN, 3.008, 187)])
def test_presets_give_one_input_of_their_networks(settings: LogMelSettings, window_s: float, n_frames: int) -> None:
    assert compute(settings, _clip(16_000, window_s)).shape == (n_frames, settings.n_mels)


def test_silence_is_finite() -> None:
    silence = Clip(np.zeros(22_050, dtype=np.float32), 22_050)
    assert np.array_equal(compute(LogMelSettings(), silence), np.zeros((44, 128)))
    assert np.allclose(compute(OVER_TIME, silence), np.log(1e-6))


def test_decibels_are_librosas() -> None:
    levels = np.abs(np.random.default_rng(0).normal(size=(50, 8))).astype(np.float32) ** 8
    assert np.allclose(decibels(levels), librosa.power_to_db(levels, ref=np.max), atol=1e-4)
    assert np.allclose(decibels(levels, loudest=1.0), librosa.power_to_db(levels), atol=1e-4)
    assert np.allclose(decibels(levels, 1), librosa.amplitude_to_db(levels, ref=np.max), atol=1e-4)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"n_fft": 1_024, "window_samples": 2_048}, "longer than n_fft"),
        ({"hop_samples": 0}, "above 0"),
        ({"high_hz": 12_000.0}, "half of sample_rate_hz=22050"),
        ({"low_hz": 5_000.0, "high_hz": 4_000.0}, "must rise"),
        ({"log": "ln"}, "silence has no logarithm"),
        ({"n_frames": 0}, "n_frames is above 0"),
    ],
)
def test_wrong_settings_are_said(values: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        LogMelSettings(**values)  # type: ignore[arg-type]


def test_another_rate_is_refused() -> None:
    with pytest.raises(UsageError, match="the clip has 44100 Hz and the settings say 22050 Hz"):
        logmel().compute(_clip(44_100))


def test_every_preset_is_a_feature_of_its_own() -> None:
    made = [logmel(settings) for settings in [LogMelSettings(), *PRESETS.values()]]
    assert len({feature.fingerprint for feature in made}) == len(made)
    for feature in made:
        assert feature.compute(_clip(feature.sample_rate_hz or 0, 1.5)).ndim == len(feature.axes)


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_mel_scales_turn_back(scale: str) -> None:
    hz = np.array([0.0, 100.0, 999.0, 1_000.0, 1_001.0, 7_999.0])
    assert np.allclose(mel_to_hz(hz_to_mel(hz, scale), scale), hz)
    assert np.allclose(hz_to_mel(hz, scale), librosa.hz_to_mel(hz, htk=scale == "htk"))

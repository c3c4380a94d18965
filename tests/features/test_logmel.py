"""The drift test: our front end, which lies inside the graph, against librosa's, which knows nothing of it."""

import librosa
import numpy as np
import pytest
import torch

from genrescope.features.logmel import MUSICNN, VGGISH, LogMel, LogMelSettings, hz_to_mel, mel_to_hz
from genrescope.records import FloatArray

TOLERANCE = 1e-4


def _sound() -> FloatArray:
    rng = np.random.default_rng(3)
    t = np.arange(48_000) / 16_000
    tones = 0.3 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * 3_100 * t * (1 + 0.1 * t))
    return np.asarray(tones + 0.05 * rng.normal(size=len(t)), dtype=np.float32)


def _ours(settings: LogMelSettings, sound: FloatArray) -> FloatArray:
    return np.asarray(LogMel(settings)(torch.from_numpy(sound)[None])[0].numpy())


def _htk_filters() -> FloatArray:
    """Return YAMNet's triangles, straight in mel, from librosa's frequencies alone."""
    bins_mel = librosa.hz_to_mel(librosa.fft_frequencies(sr=16_000, n_fft=512), htk=True)
    corners = librosa.hz_to_mel(librosa.mel_frequencies(66, fmin=125, fmax=7_500, htk=True), htk=True)
    return np.stack([np.interp(bins_mel, corners[i : i + 3], [0.0, 1.0, 0.0]) for i in range(64)])


def test_musicnn_front_end_is_librosas() -> None:
    sound = _sound()
    mel = librosa.feature.melspectrogram(y=sound, sr=16_000, n_fft=512, hop_length=256, n_mels=96, center=False).T
    assert np.abs(_ours(MUSICNN, sound) - np.log10(10_000 * mel + 1)).max() < TOLERANCE


def test_yamnet_front_end_is_librosas() -> None:
    sound = _sound()
    # librosa lays a short window into the middle of a frame, ours begins with it: 56 samples apart.
    padded = np.pad(sound, (56, 56))
    magnitude = np.abs(librosa.stft(padded, n_fft=512, hop_length=160, win_length=400, center=False))
    ours = _ours(VGGISH, sound)
    theirs = np.log(_htk_filters() @ magnitude + 0.001).T[: len(ours)]
    assert np.abs(ours - theirs).max() < TOLERANCE
    # librosa's own filters are straight in Hz where YAMNet's are straight in mel: near, not equal.
    near = librosa.filters.mel(sr=16_000, n_fft=512, n_mels=64, fmin=125, fmax=7_500, htk=True, norm=None)
    assert np.abs(ours - np.log(near @ magnitude + 0.001).T[: len(ours)]).max() < 0.02


@pytest.mark.parametrize("settings", [MUSICNN, VGGISH])
@pytest.mark.parametrize("n_samples", [512, 767, 768, 16_000])
def test_frames_lie_whole_inside_the_sound(settings: LogMelSettings, n_samples: int) -> None:
    frames = LogMel(settings)(torch.zeros(2, n_samples))
    n_frames = 1 + (n_samples - settings.window_samples) // settings.hop_samples
    assert frames.shape == (2, n_frames, settings.n_mels)


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_mel_scales_turn_back(scale: str) -> None:
    hz = np.array([0.0, 100.0, 999.0, 1_000.0, 1_001.0, 7_999.0])
    assert np.allclose(mel_to_hz(hz_to_mel(hz, scale), scale), hz)
    assert np.allclose(hz_to_mel(hz, scale), librosa.hz_to_mel(hz, htk=scale == "htk"))


def test_loud_sound_stays_finite() -> None:
    assert np.isfinite(_ours(MUSICNN, 50 * _sound())).all()

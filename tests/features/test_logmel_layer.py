"""The drift test: our front end, which lies inside the graph, against librosa's, which knows nothing of it."""

from dataclasses import replace

import librosa
import numpy as np
import pytest
import torch

from genrescope.errors import UsageError
from genrescope.features.logmel import MUSICNN, VGGISH, YAMNET, LogMelSettings, compute
from genrescope.features.logmel_layer import LogMel
from genrescope.records import Clip, FloatArray

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


@pytest.mark.parametrize(("settings", "offset"), [(YAMNET, 0.001), (VGGISH, 0.01)])
def test_yamnet_and_vggish_front_ends_are_librosas(settings: LogMelSettings, offset: float) -> None:
    sound = _sound()
    # librosa lays a short window into the middle of a frame, ours begins with it: 56 samples apart.
    padded = np.pad(sound, (56, 56))
    magnitude = np.abs(librosa.stft(padded, n_fft=512, hop_length=160, win_length=400, center=False))
    ours = _ours(settings, sound)
    theirs = np.log(_htk_filters() @ magnitude + offset).T[: len(ours)]
    assert np.abs(ours - theirs).max() < TOLERANCE
    # librosa's own filters are straight in Hz where YAMNet's are straight in mel: near, not equal.
    near = librosa.filters.mel(sr=16_000, n_fft=512, n_mels=64, fmin=125, fmax=7_500, htk=True, norm=None)
    assert np.abs(ours - np.log(near @ magnitude + offset).T[: len(ours)]).max() < 0.02


@pytest.mark.parametrize("settings", [MUSICNN, YAMNET, VGGISH])
def test_layer_and_feature_are_one_front_end(settings: LogMelSettings) -> None:
    sound = _sound()
    feature = compute(settings, Clip(sound, 16_000))
    assert np.abs(_ours(settings, sound) - feature).max() < TOLERANCE


@pytest.mark.parametrize("settings", [MUSICNN, YAMNET])
@pytest.mark.parametrize("n_samples", [512, 767, 768, 16_000])
def test_frames_lie_whole_inside_the_sound(settings: LogMelSettings, n_samples: int) -> None:
    frames = LogMel(settings)(torch.zeros(2, n_samples))
    n_frames = 1 + (n_samples - settings.window) // settings.hop_samples
    assert frames.shape == (2, n_frames, settings.n_mels)


def test_loud_sound_stays_finite() -> None:
    assert np.isfinite(_ours(MUSICNN, 50 * _sound())).all()


@pytest.mark.parametrize("change", [{"center": True}, {"log": "db"}, {"n_frames": 10}])
def test_what_a_stream_cannot_know_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="inside a model"):
        LogMel(replace(MUSICNN, **change))  # type: ignore[arg-type]

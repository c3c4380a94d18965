"""What tempogram and tempo share: the onset envelope, from our own mel spectrogram, and librosa behind an extra."""

from typing import Any

import numpy as np

from genrescope.errors import MissingExtraError
from genrescope.features.logmel import LogMelSettings, decibels, mel_spectrogram
from genrescope.records import Clip, FloatArray

N_FFT = 2_048
N_MELS = 128


def librosa_rhythm(what: str) -> Any:
    """Return ``librosa.feature``, or say which extra brings it."""
    try:
        import librosa
    except ModuleNotFoundError as cause:
        raise MissingExtraError(what, "train") from cause
    return librosa.feature


def onset_envelope(clip: Clip, sample_rate_hz: int, hop_samples: int) -> FloatArray:
    """Return how much louder the bands become in each frame, shape (n_frames,): librosa's ``onset_strength``.

    The mean over 128 mel bands of the rise in dB from the frame before (Böck and Widmer 2013, without the maximum
    filter), moved by half a window so that it tells of a frame's middle.
    """
    settings = LogMelSettings(sample_rate_hz, N_FFT, hop_samples=hop_samples, n_mels=N_MELS)
    levels_db = decibels(mel_spectrogram(settings, clip), loudest=1.0)
    rise = np.maximum(np.diff(levels_db, axis=0), 0.0).mean(axis=1)
    before = 1 + N_FFT // (2 * hop_samples)
    return np.pad(rise, (before, 0))[: len(levels_db)].astype(np.float32)

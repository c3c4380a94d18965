"""What `fma518` is held to: librosa, called step by step as the authors of FMA call it, on samples in memory.

Two names are today's: `rmse` is ``librosa.feature.rms``, and twelve bins an octave, once the default of the chroma
functions, are said aloud.
"""

from collections.abc import Callable, Mapping

import librosa
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from genrescope.features.fma518 import CHANNELS, STATISTICS
from genrescope.records import FloatArray

Matrix = NDArray[np.floating]

N_FFT, HOP = 2048, 512


def channels(samples: FloatArray, rate_hz: int, assumed_rate_hz: int = 22_050) -> dict[str, Matrix]:
    """Return the 74 channels: group to array of shape (n_channels, n_frames)."""
    feature = librosa.feature
    notes = np.abs(librosa.cqt(samples, sr=rate_hz, hop_length=HOP, n_bins=84, bins_per_octave=12, tuning=None))
    levels = np.abs(librosa.stft(samples, n_fft=N_FFT, hop_length=HOP))
    cens = feature.chroma_cens(C=notes, bins_per_octave=12)
    mel = feature.melspectrogram(S=levels**2, sr=rate_hz)
    return {
        "chroma_cens": cens,
        "chroma_cqt": feature.chroma_cqt(C=notes, bins_per_octave=12),
        "chroma_stft": feature.chroma_stft(S=levels**2, sr=assumed_rate_hz),
        "mfcc": feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=20),
        "rmse": feature.rms(S=levels),
        "spectral_bandwidth": feature.spectral_bandwidth(S=levels, sr=assumed_rate_hz),
        "spectral_centroid": feature.spectral_centroid(S=levels, sr=assumed_rate_hz),
        "spectral_contrast": feature.spectral_contrast(S=levels, sr=assumed_rate_hz),
        "spectral_rolloff": feature.spectral_rolloff(S=levels, sr=assumed_rate_hz),
        "tonnetz": feature.tonnetz(chroma=cens),
        "zcr": feature.zero_crossing_rate(samples, frame_length=N_FFT, hop_length=HOP),
    }


MOMENTS: Mapping[str, Callable[..., Matrix]] = {
    "kurtosis": stats.kurtosis,
    "max": np.max,
    "mean": np.mean,
    "median": np.median,
    "min": np.min,
    "skew": stats.skew,
    "std": np.std,
}


def moments(values: Matrix) -> Matrix:
    """Return the seven statistics, shape (7, n_channels), of (n_channels, n_frames)."""
    return np.stack([MOMENTS[name](values, axis=1) for name in STATISTICS])


def deviations(ours: FloatArray, reference: Mapping[str, Matrix]) -> dict[str, tuple[float, float]]:
    """Return how far 518 numbers are from a reference's, by group.

    Parameters
    ----------
    ours : ndarray of float32, shape (518,)
        What `fma518` says.
    reference : mapping of str to ndarray
        What `channels` says of the same samples.

    Returns
    -------
    dict of str to (float, float)
        The largest distance of max, mean, median, min and std, as a share of the channel's standard deviation; and that
        of skew and kurtosis, of 1 or of the value, whichever is larger.
    """
    found, first = {}, 0
    shapes = [STATISTICS.index("kurtosis"), STATISTICS.index("skew")]
    for group, n_channels in CHANNELS.items():
        stop = first + len(STATISTICS) * n_channels
        expected = moments(reference[group]).astype(np.float64)
        apart = np.abs(ours[first:stop].reshape(len(STATISTICS), n_channels) - expected)
        shape = apart[shapes] / np.maximum(1, np.abs(expected[shapes]))
        place = np.delete(apart, shapes, axis=0) / np.maximum(expected[STATISTICS.index("std")], 1e-30)
        found[group], first = (float(place.max()), float(shape.max())), stop
    return found

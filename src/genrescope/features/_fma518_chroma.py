"""The twelve pitch classes for `fma518`, three ways, and the tonal centroids that follow from them."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from genrescope.features._fma518_cqt import N_NOTES, N_OCTAVES
from genrescope.features._fma518_spectrum import N_FFT
from genrescope.records import FloatArray

Matrix = NDArray[np.float64]

CENS_STEPS = (0.4, 0.2, 0.1, 0.05)
CENS_FRAMES = 41

_BATCH_FRAMES = 256


def chroma_of_spectrum(magnitudes: FloatArray, rate_hz: int, tuning: float) -> Matrix:
    """Return the chroma of the power spectrum, shape (n_frames, 12), the loudest class of a frame being 1."""
    filters = _chroma_filters(rate_hz, tuning)
    raw = np.empty((len(magnitudes), N_NOTES), dtype=np.float32)
    for first in range(0, len(magnitudes), _BATCH_FRAMES):
        rows = slice(first, first + _BATCH_FRAMES)
        np.matmul(np.square(magnitudes[rows]), filters, out=raw[rows])
    return _scaled(raw, np.inf)


def fold(notes: FloatArray) -> Matrix:
    """Return the sum of each pitch class over the octaves, shape (n_frames, 12), of (n_frames, 84)."""
    return np.asarray(notes.reshape(-1, N_OCTAVES, N_NOTES).sum(axis=1), dtype=np.float64)


def chroma_of_notes(classes: Matrix) -> Matrix:
    """Return the chroma of the constant-Q transform, shape (n_frames, 12); see `fold`."""
    return _scaled(classes, np.inf)


def chroma_cens(classes: Matrix) -> Matrix:
    """Return chroma energies, quantised and smoothed over 0.5 s at 44.1 kHz, shape (n_frames, 12); see `fold`.

    Source: Müller and Ewert 2011, Chroma Toolbox.
    """
    from scipy.ndimage import convolve1d

    shares = _scaled(classes, 1)
    steps = sum((shares > step) * 0.25 for step in CENS_STEPS)
    window = np.hanning(CENS_FRAMES + 2)
    return _scaled(convolve1d(steps, window / window.sum(), axis=0, mode="constant"), 2)


def tonnetz(chroma: Matrix) -> Matrix:
    """Return the tonal centroids, shape (n_frames, 6): fifths, minor thirds and major thirds as points on circles.

    Source: Harte, Sandler and Gasser 2006, Detecting harmonic change in musical audio.
    """
    turns = np.outer([7 / 6, 7 / 6, 3 / 2, 3 / 2, 2 / 3, 2 / 3], np.arange(N_NOTES))
    turns[::2] -= 0.5
    circles = np.cos(np.pi * turns) * np.array([1, 1, 1, 1, 0.5, 0.5])[:, None]
    return _scaled(chroma, 1) @ circles.T


def _scaled(rows: Matrix | FloatArray, norm: float) -> Matrix:
    """Return rows whose norm is 1; silent ones stay as they are."""
    length = np.linalg.norm(rows.astype(np.float64), ord=norm, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length < np.finfo(rows.dtype).tiny, 1.0, length))


@lru_cache(maxsize=128)
def _chroma_filters(rate_hz: int, tuning: float) -> FloatArray:
    """Return the weight of each bin in each pitch class, shape (1025, 12)."""
    import librosa

    return np.ascontiguousarray(librosa.filters.chroma(sr=rate_hz, n_fft=N_FFT, tuning=tuning).T)

"""One pass over a clip's spectrum for `fma518`: what every channel that leans on the STFT needs.

Magnitudes are those of librosa: transformed in float64, kept as float32. The moments of the spectrum are summed in
float64, which a bandwidth needs: it is a small difference of large sums.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from genrescope.records import Clip, FloatArray

Matrix = NDArray[np.float64]

N_FFT = 2048
HOP_SAMPLES = 512
N_MELS = 128
N_MFCC = 20
ROLLOFF_SHARE = 0.85
CONTRAST_LOW_HZ = 200.0
CONTRAST_BANDS = 6
CONTRAST_QUANTILE = 0.02
QUIETEST = 1e-10
TOP_DB = 80.0

_BATCH_FRAMES = 48
"""Frames and spectra of so many stay in the processor's cache, all steps of a batch through."""

_MEL_GROUP = 16
"""So many mel bands are summed in one product, over the bins of these alone: few products, and few weights of 0."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """What a clip's spectrum says, frame by frame.

    Attributes
    ----------
    magnitudes : ndarray of float32, shape (n_frames, 1025)
        Absolute values of the STFT.
    centroid, bandwidth, rolloff, rms : ndarray, shape (n_frames,)
        The first three in Hz.
    contrast : ndarray, shape (n_frames, 7)
        In dB.
    mfcc : ndarray, shape (n_frames, 20)
        Cosine transform of the mel bands' decibels.
    """

    magnitudes: FloatArray
    centroid: Matrix
    bandwidth: Matrix
    rolloff: Matrix
    rms: Matrix
    contrast: Matrix
    mfcc: Matrix


def analyse(clip: Clip, rate_hz: int) -> Spectrum:
    """Return the spectrum of a clip and its shape; frame `i` is centred at sample ``512 * i``.

    Parameters
    ----------
    clip : Clip
        The sound.
    rate_hz : int
        The rate that centroid, bandwidth, contrast and rolloff take it for; the mel bands know its own.
    """
    n_frames = 1 + len(clip.samples) // HOP_SAMPLES
    magnitudes = np.empty((n_frames, N_FFT // 2 + 1), dtype=np.float32)
    centroid, bandwidth, rolloff, rms = np.empty((4, n_frames))
    mel = np.empty((n_frames, N_MELS), dtype=np.float32)
    valleys, peaks = np.empty((2, n_frames, CONTRAST_BANDS + 1))
    for rows, power in _powers(clip.samples, n_frames):
        rms[rows] = _rms(power)
        levels = np.sqrt(power, out=power)
        magnitudes[rows] = levels
        centroid[rows], bandwidth[rows] = _moments(levels, rate_hz)
        rolloff[rows] = _rolloff(magnitudes[rows], rate_hz)
        valleys[rows], peaks[rows] = _extremes(magnitudes[rows], rate_hz)
        _sum_mels(np.square(magnitudes[rows]), clip.sample_rate_hz, mel[rows])
    contrast = decibels(peaks) - decibels(valleys)
    return Spectrum(magnitudes, centroid, bandwidth, rolloff, rms, contrast, decibels(mel) @ _cosines())


def decibels(power: Matrix | FloatArray) -> Matrix:
    """Return decibels, no less than 80 below the loudest."""
    level = 10.0 * np.log10(np.maximum(power, QUIETEST, dtype=np.float64))
    return np.maximum(level, level.max() - TOP_DB)


def zero_crossing_rate(samples: FloatArray) -> Matrix:
    """Return the share of samples, frame by frame, whose sign is another than the one's before; shape (n_frames,)."""
    padded = np.pad(samples, N_FFT // 2, mode="edge")
    n_frames = 1 + len(samples) // HOP_SAMPLES
    is_negative = padded < -QUIETEST
    changes = np.empty(len(padded), dtype=bool)
    changes[0] = False
    np.not_equal(is_negative[1:], is_negative[:-1], out=changes[1:])
    n_hops = n_frames - 1 + N_FFT // HOP_SAMPLES
    hops = changes[: n_hops * HOP_SAMPLES].reshape(n_hops, HOP_SAMPLES)
    counts = np.convolve(np.count_nonzero(hops, axis=1), np.ones(N_FFT // HOP_SAMPLES, dtype=int), "valid")
    # A frame knows nothing of the sample before its first.
    return np.asarray((counts - hops[:n_frames, 0]) / N_FFT)


def _powers(samples: FloatArray, n_frames: int) -> Iterator[tuple[slice, Matrix]]:
    """Yield which frames, and their power spectra, shape (n_frames_of_the_batch, 1025); silence is around the sound."""
    from scipy.fft import rfft

    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, N_FFT // 2), N_FFT)[::HOP_SAMPLES]
    for first in range(0, n_frames, _BATCH_FRAMES):
        rows = slice(first, min(first + _BATCH_FRAMES, n_frames))
        parts = rfft(frames[rows] * window, axis=1).view(np.float64)
        np.square(parts, out=parts)
        yield rows, parts[:, 0::2] + parts[:, 1::2]


def _rms(power: Matrix) -> Matrix:
    """Return the root mean square of each frame."""
    inside = power.sum(axis=1) - (power[:, 0] + power[:, -1]) / 2
    return np.asarray(np.sqrt(2 * inside) / N_FFT)


def _moments(levels: Matrix, rate_hz: int) -> tuple[Matrix, Matrix]:
    """Return mean and standard deviation of the frequency in Hz, weighted by magnitude; 0 where there is no sound."""
    total, first, second = (levels @ _powers_of_frequency()).T
    total = np.where(total < np.finfo(np.float32).tiny, 1.0, total)
    mean = first / total
    variance = np.maximum(second / total - mean**2, 0.0)
    return mean * rate_hz / N_FFT, np.sqrt(variance) * rate_hz / N_FFT


@lru_cache(maxsize=1)
def _powers_of_frequency() -> Matrix:
    """Return 1, bin and its square, shape (1025, 3)."""
    bins = np.arange(N_FFT // 2 + 1, dtype=np.float64)
    return np.stack([np.ones_like(bins), bins, bins**2], axis=1)


def _rolloff(magnitudes: FloatArray, rate_hz: int) -> Matrix:
    """Return the frequency in Hz below which lie 85 % of the magnitudes."""
    summed = np.cumsum(magnitudes, axis=1)  # in float32, bin after bin, as the reference: the bin found is the same one
    found = np.argmax(summed >= np.float32(ROLLOFF_SHARE) * summed[:, -1:], axis=1)
    return found * (rate_hz / N_FFT)


def _extremes(magnitudes: FloatArray, rate_hz: int) -> tuple[Matrix, Matrix]:
    """Return the mean of the quietest and of the loudest bins of each octave band, each (n_frames, 7)."""
    bands = contrast_bands(rate_hz)
    valleys, peaks = np.empty((2, len(magnitudes), len(bands)))
    for number, (band, n_kept) in enumerate(bands):
        ordered = np.sort(magnitudes[:, band], axis=1)
        valleys[:, number] = ordered[:, :n_kept].mean(axis=1)
        peaks[:, number] = ordered[:, -n_kept:].mean(axis=1)
    return valleys, peaks


@lru_cache(maxsize=8)
def contrast_bands(rate_hz: int) -> tuple[tuple[slice, int], ...]:
    """Return the bins of each contrast band, and how many of them count as its quietest and loudest.

    A band begins at the last bin below its octave, and all but the highest give their last bin away.
    """
    edges_hz = [0.0, *(CONTRAST_LOW_HZ * 2.0 ** np.arange(CONTRAST_BANDS + 1))]
    bins_hz = np.fft.rfftfreq(N_FFT, 1 / rate_hz)
    bands = []
    for number, (low_hz, high_hz) in enumerate(pairwise(edges_hz)):
        inside = np.flatnonzero((bins_hz >= low_hz) & (bins_hz <= high_hz))
        is_last = number == CONTRAST_BANDS
        first = int(inside[0]) - (number > 0)
        stop = len(bins_hz) if is_last else int(inside[-1]) + 1
        n_kept = max(1, int(np.rint(CONTRAST_QUANTILE * (stop - first))))
        bands.append((slice(first, stop if is_last else stop - 1), n_kept))
    return tuple(bands)


def _sum_mels(power: FloatArray, rate_hz: int, out: FloatArray) -> None:
    for bins, bands, weights in _mel_filters(rate_hz):
        np.matmul(power[:, bins], weights, out=out[:, bands])


@lru_cache(maxsize=8)
def _mel_filters(rate_hz: int) -> tuple[tuple[slice, slice, FloatArray], ...]:
    """Return the mel filters in groups: which bins, which bands, and the weights that join them."""
    import librosa

    with warnings.catch_warnings():
        # From 128 kHz on, some of the lowest bands lie between two bins and hold nothing.
        warnings.filterwarnings("ignore", "Empty filters", UserWarning)
        filters = librosa.filters.mel(sr=rate_hz, n_fft=N_FFT, n_mels=N_MELS).T
    groups = []
    for first in range(0, N_MELS, _MEL_GROUP):
        bands = slice(first, min(first + _MEL_GROUP, N_MELS))
        used = np.flatnonzero(filters[:, bands].any(axis=1))
        bins = slice(int(used[0]), int(used[-1]) + 1)
        groups.append((bins, bands, np.ascontiguousarray(filters[bins, bands])))
    return tuple(groups)


@lru_cache(maxsize=1)
def _cosines() -> Matrix:
    """Return the orthonormal cosine transform (type II) of the mel bands, shape (128, 20)."""
    from scipy.fft import dct

    return np.ascontiguousarray(dct(np.eye(N_MELS), axis=1, norm="ortho")[:, :N_MFCC])

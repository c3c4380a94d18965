"""The constant-Q transform for `fma518`: 84 semitones up from C1, in librosa's recursive way.

The sound is halved in rate from octave to octave. Its filters are made in the frequency domain, cut there to positive
frequencies and thinned; here they are brought back into time, so that an octave is one product of frames and filters.
A tuning comes in steps of 0.01 semitones: filters are made once for each and kept.

Source: Schörkhuber and Klapuri 2010, Constant-Q transform toolbox for music processing.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from genrescope.features._fma518_spectrum import HOP_SAMPLES
from genrescope.records import Clip, FloatArray

N_OCTAVES = 7
N_NOTES = 12
LOWEST_NOTE = "C1"

RELATIVE_BANDWIDTH = (2.0 ** (2 / N_NOTES) - 1) / (2.0 ** (2 / N_NOTES) + 1)
"""Of a filter, as a share of its frequency: it reaches to the notes on both sides."""

THINNED_SHARE = 0.01
"""The weakest frequencies of a filter that make up this share of it are dropped."""

_BATCH_FRAMES = 256


@dataclass(frozen=True, eq=False)
class Plan:
    """How a rate is transformed at a tuning.

    Attributes
    ----------
    n_early : int
        How often the sound is halved before the highest octave.
    filters : tuple of ndarray of float32, shape (n_filter_samples, 24)
        One an octave, highest first: real parts of the twelve notes' filters, then the imaginary ones.
    """

    n_early: int
    filters: tuple[FloatArray, ...]


def constant_q(clip: Clip, tuning: float) -> FloatArray:
    """Return magnitudes in 84 semitones, shape (n_frames, 84), lowest first; frame `i` is at sample ``512 * i``."""
    plan = make_plan(clip.sample_rate_hz, tuning)
    samples, hop = _lower(clip.samples, 2**plan.n_early), HOP_SAMPLES // 2**plan.n_early
    octaves = []
    for number, filters in enumerate(plan.filters):
        if number:
            samples, hop = _lower(samples, 2), hop // 2
        octaves.append(_respond(samples, hop, filters))
    n_frames = min(len(octave) for octave in octaves)
    return np.concatenate([octave[:n_frames] for octave in reversed(octaves)], axis=1)


def _lower(samples: FloatArray, factor: int) -> FloatArray:
    """Return the sound at a fraction of its rate, with the same energy."""
    import librosa

    if factor == 1:
        return samples
    return np.asarray(librosa.resample(samples, orig_sr=factor, target_sr=1, res_type="soxr_hq", scale=True))


def _respond(samples: FloatArray, hop: int, filters: FloatArray) -> FloatArray:
    """Return the magnitudes of one octave, shape (n_frames, 12)."""
    length = len(filters)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, length // 2), length)[::hop]
    n_frames = 1 + len(samples) // hop
    result = np.empty((n_frames, N_NOTES), dtype=np.float32)
    for first in range(0, n_frames, _BATCH_FRAMES):
        rows = slice(first, min(first + _BATCH_FRAMES, n_frames))
        parts = np.ascontiguousarray(frames[rows]) @ filters
        np.hypot(parts[:, :N_NOTES], parts[:, N_NOTES:], out=result[rows])
    return result


@lru_cache(maxsize=128)
def make_plan(rate_hz: int, tuning: float) -> Plan:
    """Return how a rate is transformed at a tuning in semitones."""
    import librosa

    lowest_hz = float(librosa.note_to_hz(LOWEST_NOTE))
    notes_hz = librosa.cqt_frequencies(N_OCTAVES * N_NOTES, fmin=lowest_hz, bins_per_octave=N_NOTES, tuning=tuning)
    n_early = _count_early(rate_hz, notes_hz)
    top_rate_hz = rate_hz / 2**n_early
    filters = []
    for octave in range(N_OCTAVES):
        stop = N_NOTES * (N_OCTAVES - octave)
        filters.append(_make_filters(notes_hz[stop - N_NOTES : stop], top_rate_hz, octave))
    return Plan(n_early, tuple(filters))


def _count_early(rate_hz: int, notes_hz: NDArray[np.float64]) -> int:
    """Return how often the rate can be halved with the highest filter well below its half, and the hop still whole."""
    import librosa

    _, highest_hz = librosa.filters.wavelet_lengths(freqs=notes_hz, sr=rate_hz, alpha=RELATIVE_BANDWIDTH)
    n_by_rate = int(np.ceil(np.log2(rate_hz / 2 / highest_hz))) - 2
    n_by_hop = HOP_SAMPLES.bit_length() - N_OCTAVES
    return max(0, min(n_by_rate, n_by_hop))


def _make_filters(notes_hz: NDArray[np.float64], top_rate_hz: float, octave: int) -> FloatArray:
    """Return the filters of an octave, the top one being 0, in time; see `Plan`."""
    import librosa
    from scipy.fft import fft

    waves, lengths = librosa.filters.wavelet(freqs=notes_hz, sr=top_rate_hz / 2**octave, alpha=RELATIVE_BANDWIDTH)
    n_fft = waves.shape[1]
    waves *= lengths[:, None] / n_fft
    spectra = _thin(fft(waves, axis=1)[:, : n_fft // 2 + 1])
    # Of lengths at the top octave's rate, and of energies that each halving of the rate has doubled.
    spectra = spectra * np.sqrt(2.0**octave / (lengths * 2**octave))[:, None]
    in_time = fft(spectra, n=n_fft, axis=1).T
    return np.concatenate([in_time.real, in_time.imag], axis=1, dtype=np.float32)


def _thin(spectra: NDArray[np.complex64]) -> NDArray[np.complex64]:
    """Return filters without their weakest frequencies."""
    sizes = np.abs(spectra)
    ordered = np.sort(sizes, axis=1)
    shares = np.cumsum(ordered / sizes.sum(axis=1, keepdims=True), axis=1)
    weakest = np.take_along_axis(ordered, np.argmin(shares < THINNED_SHARE, axis=1)[:, None], axis=1)
    return np.where(sizes >= weakest, spectra, 0)

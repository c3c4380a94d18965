"""Short-time Fourier transforms of a clip in memory, in batches that fit the processor's cache."""

from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

from genrescope.errors import UsageError
from genrescope.records import FloatArray

BATCH_SAMPLES = 1 << 18
"""Samples that are transformed at once: a megabyte of float32 and as much of spectrum. Less costs more of Python."""


def squares(
    samples: FloatArray, n_fft: int, window_samples: int, hop_samples: int, *, center: bool, n_frames: int | None = None
) -> Iterator[FloatArray]:
    """Yield the squared real and imaginary parts of a clip's spectrum, a batch of frames at a time.

    Real and imaginary parts stay side by side: who sums with weights adds them in the same step.

    Parameters
    ----------
    samples : ndarray of float32, shape (n_samples,)
        The sound.
    n_fft, window_samples, hop_samples : int
        DFT length, length of the periodic Hann window in it, and step.
    center : bool
        Whether the middle of frame `i` is sample ``i * hop_samples``, with silence before and behind the sound; else
        frame `i` begins there, and all frames lie whole inside the sound.
    n_frames : int, optional
        No more frames than this.

    Yields
    ------
    ndarray of float32, shape (n_frames_of_the_batch, 2 * (n_fft // 2 + 1))
        Bin ``k`` in columns ``2 * k`` and ``2 * k + 1``. The array is used again for the next batch.
    """
    before = (n_fft // 2 - (n_fft - window_samples) // 2) if center else 0
    total = count_frames(len(samples), n_fft, window_samples, hop_samples, center=center)
    total = total if n_frames is None else min(total, n_frames)
    batch, window, rfft = max(8, BATCH_SAMPLES // n_fft), hann(window_samples), fast_rfft()
    held = np.zeros((min(batch, total), n_fft), dtype=np.float32)
    for first in range(0, total, batch):
        frames = held[: total - first]
        start = first * hop_samples - before
        piece = _piece(samples, start, start + (len(frames) - 1) * hop_samples + window_samples)
        views = np.lib.stride_tricks.sliding_window_view(piece, window_samples)[::hop_samples]
        np.multiply(views, window, out=frames[:, :window_samples])
        parts = np.ascontiguousarray(rfft(frames)).view(np.float32)
        np.square(parts, out=parts)
        yield parts


def count_frames(n_samples: int, n_fft: int, window_samples: int, hop_samples: int, *, center: bool) -> int:
    """Return how many frames a sound of so many samples has; see `squares`."""
    if center:
        return 1 + max(0, n_samples + 2 * (n_fft // 2) - n_fft) // hop_samples
    if n_samples < window_samples:
        raise UsageError(
            f"the sound has {n_samples} samples and one frame needs {window_samples}; "
            "take longer sound, or set center=true, which puts silence around it."
        )
    return 1 + (n_samples - window_samples) // hop_samples


@lru_cache(maxsize=8)
def hann(n_samples: int) -> FloatArray:
    """Return the periodic Hann window."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_samples) / n_samples)
    return np.asarray(window, dtype=np.float32)


def _piece(samples: FloatArray, start: int, stop: int) -> FloatArray:
    """Return the samples from `start` to `stop`, with silence where there are none."""
    if start >= 0 and stop <= len(samples):
        return samples[start:stop]
    piece = np.zeros(stop - start, dtype=np.float32)
    low, high = max(start, 0), min(stop, len(samples))
    if low < high:
        piece[low - start : high - start] = samples[low:high]
    return piece


def fast_rfft() -> Any:
    """Return SciPy's transform, which takes several rows at once; NumPy's needs twice as long, and no extra."""
    try:
        return import_module("scipy.fft").rfft
    except ModuleNotFoundError:
        return np.fft.rfft

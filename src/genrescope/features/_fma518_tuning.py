"""How far a clip is off concert pitch, for `fma518`.

It is estimated twice: from magnitudes for the constant-Q transform, from powers for the chroma of the STFT.

The reference interpolates every bin of every frame and looks at the peaks afterwards. Here the peaks are found first,
between 150 and 4000 Hz where they count, and once: the peaks of the powers are the higher ones among them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrescope.features._fma518_spectrum import N_FFT
from genrescope.records import FloatArray

LOW_HZ, HIGH_HZ = 150.0, 4000.0

THRESHOLD = np.float32(0.1)
"""A peak is higher than this share of its frame's highest value."""


@dataclass(frozen=True, eq=False)
class Peaks:
    """Local maxima of the magnitudes, with what lies beside them.

    Attributes
    ----------
    bins : ndarray of int, shape (n_peaks,)
        Where they are.
    around : ndarray of float32, shape (3, n_peaks)
        Magnitude in the bin below, the peak's, and in the bin above.
    highest : ndarray of float32, shape (n_peaks,)
        The highest magnitude of the peak's frame.
    """

    bins: NDArray[np.intp]
    around: FloatArray
    highest: FloatArray


def find_peaks(magnitudes: FloatArray, rates_hz: tuple[int, ...]) -> Peaks:
    """Return the peaks of all frames, shape (n_frames, 1025), that lie between 150 and 4000 Hz at one of the rates."""
    spans = [_span(rate_hz) for rate_hz in rates_hz]
    first, stop = min(span.start for span in spans), max(span.stop for span in spans)
    middle = magnitudes[:, first:stop]
    highest = magnitudes.max(axis=1)
    is_peak = (middle > THRESHOLD * highest[:, None]) & (middle > magnitudes[:, first - 1 : stop - 1])
    is_peak &= middle >= magnitudes[:, first + 1 : stop + 1]
    frames, bins = np.nonzero(is_peak)
    bins += first
    around = np.stack([magnitudes[frames, bins + offset] for offset in (-1, 0, 1)])
    return Peaks(bins, around, highest[frames])


def _span(rate_hz: int) -> range:
    """Return the bins between 150 and 4000 Hz."""
    bins_hz = np.fft.rfftfreq(N_FFT, 1 / rate_hz)
    used = np.flatnonzero((bins_hz >= LOW_HZ) & (bins_hz < HIGH_HZ))
    return range(int(used[0]), int(used[-1]) + 1)


def estimate(peaks: Peaks, rate_hz: int, *, power: bool) -> float:
    """Return the tuning in semitones, -0.5 to 0.5 in steps of 0.01; 0 where nothing has a pitch.

    Parameters
    ----------
    peaks : Peaks
        Of the magnitudes.
    rate_hz : int
        Samples per second; only peaks between 150 and 4000 Hz at this rate count.
    power : bool
        Whether the peaks of the power spectrum decide, or those of the magnitudes.
    """
    import librosa

    span, bins, around, highest = _span(rate_hz), peaks.bins, peaks.around, peaks.highest
    kept = (bins >= span.start) & (bins < span.stop)
    if power:
        around, highest = around * around, highest * highest
        kept &= (around[1] > THRESHOLD * highest) & (around[1] > around[0]) & (around[1] >= around[2])
    if not kept.any():
        return 0.0
    bins, (below, there, above) = bins[kept], around[:, kept]
    # Rounded where the reference rounds: the estimate is the fullest of 100 bins, and two may be nearly as full.
    bend = (above + below).astype(np.float64) - 2.0 * there
    slope = (above - below) / np.float32(2)
    shift = np.divide(-slope, bend, out=np.zeros(len(bins)), where=np.abs(slope) < np.abs(bend)).astype(np.float32)
    heights = there + np.float32(0.5) * slope * shift
    pitches = ((bins + shift) * float(rate_hz) / N_FFT).astype(np.float32)
    return float(librosa.pitch_tuning(pitches[heights >= np.median(heights)]))

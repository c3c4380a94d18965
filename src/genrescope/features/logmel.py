"""Log-mel spectrogram: how loud each band of pitch is, frame by frame.

The numbers are librosa's (``feature.melspectrogram``, then ``power_to_db``), in less time: most of what is left
is decoding (benchmarks/features.py). The same settings make the layer that lies inside exported models
(`genrescope.features.logmel_layer`); tests hold both to librosa.

Sources: Stevens, Volkmann and Newman 1937 (the mel); Slaney's Auditory Toolbox 1998 and the HTK book (its two scales).
"""

from dataclasses import dataclass
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import UsageError
from genrescope.features._base import Feature
from genrescope.features._stft import count_frames, squares
from genrescope.records import Clip, FloatArray

FloatMatrix = NDArray[np.float64]

VERSION = 1

QUIETEST = 1e-10
"""Power below this counts as this much before its logarithm is taken, as in librosa."""

_GROUP = 16
"""So many bands are summed in one product: few products, and few weights that are 0."""


@dataclass(frozen=True)
class LogMelSettings:
    """How a log-mel spectrogram is made. The defaults are librosa's, in dB below the loudest band.

    Attributes
    ----------
    sample_rate_hz : int
        Rate of the waveform.
    n_fft, window_samples, hop_samples : int
        DFT length, length of the periodic Hann window in it (None: the DFT's), and step, in samples.
    n_mels : int
        Bands between `low_hz` and `high_hz` (None: half the rate).
    mel_scale : {"slaney", "htk"}
        Slaney's bands have unit area, HTK's have unit height, as their common users have it.
    power : {1, 2}
        Magnitude or power spectrum.
    log : {"db", "log10", "ln"}
        ``db``: decibels relative to the loudest value of the clip, no less than ``-top_db``. ``log10``, ``ln``:
        ``log(gain * mel + offset)``.
    gain, offset, top_db : float
        Used by `log`.
    center : bool
        Whether the middle of frame `i` is sample ``i * hop_samples``, with silence around the sound; else it begins
        there, and all frames lie whole inside the sound.
    n_frames : int or None
        Crop to the first so many frames, or pad with silence behind.
    """

    sample_rate_hz: int = 22_050
    n_fft: int = 2_048
    window_samples: int | None = None
    hop_samples: int = 512
    n_mels: int = 128
    low_hz: float = 0.0
    high_hz: float | None = None
    mel_scale: Literal["slaney", "htk"] = "slaney"
    power: Literal[1, 2] = 2
    log: Literal["db", "log10", "ln"] = "db"
    gain: float = 1.0
    offset: float = 0.0
    top_db: float = 80.0
    center: bool = True
    n_frames: int | None = None

    def __post_init__(self) -> None:
        if min(self.sample_rate_hz, self.n_fft, self.window, self.hop_samples, self.n_mels) <= 0:
            raise UsageError(f"rates, lengths and numbers of bands are above 0; got {self}.")
        if self.window > self.n_fft:
            raise UsageError(f"window_samples={self.window} is longer than n_fft={self.n_fft}; set n_fft as well.")
        if not 0 <= self.low_hz < self.top_hz <= self.sample_rate_hz / 2:
            raise UsageError(
                f"low_hz={self.low_hz:g} and high_hz={self.top_hz:g} must rise between 0 and half of "
                f"sample_rate_hz={self.sample_rate_hz}."
            )
        if self.log != "db" and not (self.offset > 0 and self.gain > 0):
            raise UsageError(
                f"log={self.log} needs gain and offset above 0, because silence has no logarithm; "
                f"got gain={self.gain:g}, offset={self.offset:g}."
            )
        if self.n_frames is not None and self.n_frames <= 0:
            raise UsageError(f"n_frames is above 0, or null for all there are; got {self.n_frames}.")

    @property
    def window(self) -> int:
        """Length of the window in samples."""
        return self.n_fft if self.window_samples is None else self.window_samples

    @property
    def top_hz(self) -> float:
        """Where the highest band ends."""
        return self.sample_rate_hz / 2 if self.high_hz is None else self.high_hz


MUSICNN = LogMelSettings(16_000, 512, 512, 256, 96, 0.0, 8_000.0, "slaney", 2, "log10", 10_000.0, 1.0, center=False)
"""Input of musicnn, which takes 187 frames × 96 bands at a time (Pons and Serra 2019)."""

YAMNET = LogMelSettings(16_000, 512, 400, 160, 64, 125.0, 7_500.0, "htk", 1, "ln", 1.0, 0.001, center=False)
"""Input of YAMNet, which takes 96 frames × 64 bands at a time."""

VGGISH = LogMelSettings(16_000, 512, 400, 160, 64, 125.0, 7_500.0, "htk", 1, "ln", 1.0, 0.01, center=False)
"""Input of VGGish, which takes 96 frames × 64 bands (0.96 s) at a time (Hershey et al. 2017); report A4."""

OVER_TIME = LogMelSettings(hop_samples=1_024, log="ln", offset=1e-6)
"""Input of the recurrent network of report A3: DeepSound's window of 2048, its half as the step, 128 bands."""

FMA_CNN = LogMelSettings(hop_samples=1_654, n_frames=400)
"""Input of report A0, 400 frames × 128 bands. It gives no step: this one makes 400 frames of 30 s."""

PRESETS = MappingProxyType(
    {"musicnn": MUSICNN, "yamnet": YAMNET, "vggish": VGGISH, "over-time": OVER_TIME, "fma-cnn": FMA_CNN}
)
"""Settings by name, used as ``logmel:NAME``."""


def logmel(settings: LogMelSettings = LogMelSettings()) -> Feature:
    """Return the log-mel spectrogram as a feature.

    Shape (n_frames, n_mels), float32, low bands first. Unit and range follow from `settings.log`: decibels from
    ``-top_db`` to 0, or the logarithm of a scaled power. Source: librosa's ``feature.melspectrogram``, whose numbers
    these are (0.001 dB; HTK's bands are straight in mel, where librosa draws them straight in Hz).

    Parameters
    ----------
    settings : LogMelSettings
        How it is made.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 / 22050 * np.arange(22050), dtype=np.float32)
    >>> logmel(LogMelSettings(n_frames=100)).compute(Clip(tone, 22050)).shape
    (100, 128)
    """
    return Feature(
        name="logmel",
        version=VERSION,
        settings=settings,
        sample_rate_hz=settings.sample_rate_hz,
        axes=("frame", "mel band"),
        compute=partial(compute, settings),
    )


def compute(settings: LogMelSettings, clip: Clip) -> FloatArray:
    """Return a clip's log-mel spectrogram, shape (n_frames, n_mels), float32; see `logmel`."""
    mel = mel_spectrogram(settings, clip)
    if settings.log == "db":
        return decibels(mel, settings.power, top_db=settings.top_db)
    mel *= np.float32(settings.gain)
    mel += np.float32(settings.offset)
    return np.log10(mel, out=mel) if settings.log == "log10" else np.log(mel, out=mel)


def decibels(levels: FloatArray, power: int = 2, *, top_db: float = 80.0, loudest: float | None = None) -> FloatArray:
    """Return levels in dB relative to `loudest` (None: the loudest of them), no less than `top_db` below the highest.

    Parameters
    ----------
    levels : ndarray of float32
        Powers, or magnitudes where `power` is 1; at least one.
    power : {1, 2}
        Which of the two.
    top_db : float
        Range in dB.
    loudest : float, optional
        What is 0 dB.
    """
    quietest = QUIETEST ** (power / 2)
    loud = np.log(np.float32(max(float(levels.max()) if loudest is None else loudest, quietest)))
    result = np.maximum(levels, np.float32(quietest))
    np.log(result, out=result)  # NumPy takes several at once, which it does not for log10: a third of the time
    result -= loud
    result *= np.float32(20 / power / np.log(10))
    return np.maximum(result, result.max() - np.float32(top_db), out=result)


def mel_spectrogram(settings: LogMelSettings, clip: Clip) -> FloatArray:
    """Return power or magnitude in mel bands, before any logarithm, shape (n_frames, n_mels), float32."""
    if clip.sample_rate_hz != settings.sample_rate_hz:
        raise UsageError(
            f"the clip has {clip.sample_rate_hz} Hz and the settings say {settings.sample_rate_hz} Hz; "
            "load it at that rate."
        )
    form = (settings.n_fft, settings.window, settings.hop_samples)
    n_there = count_frames(len(clip.samples), *form, center=settings.center)
    mel = np.zeros((settings.n_frames or n_there, settings.n_mels), dtype=np.float32)
    done = 0
    for parts in squares(clip.samples, *form, center=settings.center, n_frames=settings.n_frames):
        rows = mel[done : done + len(parts)]
        _sum_bands(settings, parts, rows)
        done += len(parts)
    return mel


def _sum_bands(settings: LogMelSettings, parts: FloatArray, out: FloatArray) -> None:
    """Sum squared parts (see `squares`) into mel bands, of magnitudes where the settings say so."""
    if settings.power == 1:
        parts = np.sqrt(parts[:, 0::2] + parts[:, 1::2])
    for columns, bands, weights in _banded_filters(settings):
        np.matmul(parts[:, columns], weights, out=out[:, bands])


@lru_cache(maxsize=8)
def _banded_filters(settings: LogMelSettings) -> tuple[tuple[slice, slice, FloatArray], ...]:
    """Return the mel filters in groups of bands: which columns, which bands, and the weights that join them.

    A filter spans few of the bins: products over its own span alone cost a quarter of one product with all of them.
    """
    # A power is the sum of two squares that stand side by side; their filters do, too.
    filters = np.repeat(mel_filters(settings), settings.power, axis=0).astype(np.float32)
    groups = []
    for first in range(0, settings.n_mels, _GROUP):
        bands = slice(first, min(first + _GROUP, settings.n_mels))
        used = np.flatnonzero(filters[:, bands].any(axis=1))
        columns = slice(int(used[0]), int(used[-1]) + 1) if len(used) else slice(0, 1)
        groups.append((columns, bands, np.ascontiguousarray(filters[columns, bands])))
    return tuple(groups)


def hz_to_mel(hz: FloatMatrix, scale: str) -> FloatMatrix:
    """Return the mel number of frequencies in Hz, on Slaney's scale (linear below 1 kHz) or HTK's."""
    if scale == "htk":
        return 2595.0 * np.log10(1.0 + hz / 700.0)
    return np.where(hz < 1000.0, hz * 3.0 / 200.0, 15.0 + np.log(np.maximum(hz, 1e-9) / 1000.0) * 27.0 / np.log(6.4))


def mel_to_hz(mel: FloatMatrix, scale: str) -> FloatMatrix:
    """Return frequencies in Hz of mel numbers; the inverse of `hz_to_mel`."""
    if scale == "htk":
        return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))
    return np.where(mel < 15.0, mel * 200.0 / 3.0, 1000.0 * np.exp((mel - 15.0) * np.log(6.4) / 27.0))


def mel_filters(settings: LogMelSettings) -> FloatMatrix:
    """Return triangular mel filters, shape (n_fft // 2 + 1, n_mels).

    HTK's triangles are straight in mel, Slaney's in Hz, as in the programs that made them known.
    """
    scale = settings.mel_scale
    bins_hz = np.linspace(0, settings.sample_rate_hz / 2, settings.n_fft // 2 + 1)
    ends = hz_to_mel(np.array([settings.low_hz, settings.top_hz]), scale)
    corners = np.linspace(ends[0], ends[1], settings.n_mels + 2)
    axis, corners = (hz_to_mel(bins_hz, scale), corners) if scale == "htk" else (bins_hz, mel_to_hz(corners, scale))
    low, middle, high = corners[:-2], corners[1:-1], corners[2:]
    rising = (axis[:, None] - low) / (middle - low)
    falling = (high - axis[:, None]) / (high - middle)
    filters = np.maximum(0.0, np.minimum(rising, falling))
    if scale == "htk":
        filters[0] = 0.0  # HTK leaves the DC bin out
        return filters
    return filters * (2.0 / (high - low))

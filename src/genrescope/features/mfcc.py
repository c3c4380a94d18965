"""Mel-frequency cepstral coefficients (MFCC), frame by frame: the shape of the spectrum in a few numbers.

Source: Davis and Mermelstein 1980. The numbers are librosa's ``feature.mfcc``.
"""

from dataclasses import dataclass
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Literal

import numpy as np

from genrescope.errors import UsageError
from genrescope.features._base import Feature
from genrescope.features.logmel import LogMelSettings, decibels, mel_spectrogram
from genrescope.records import Clip, FloatArray

VERSION = 1


@dataclass(frozen=True)
class MfccSettings:
    """How MFCCs are made. The defaults are librosa's.

    Attributes
    ----------
    n_mfcc : int
        Coefficients of each frame, from the lowest.
    top_db : float
        Bands that are so much quieter than the clip's loudest count as this.
    sample_rate_hz, n_fft, window_samples, hop_samples, n_mels, low_hz, high_hz, mel_scale, center, n_frames
        Of the mel spectrogram that they are made from; see `LogMelSettings`.
    """

    n_mfcc: int = 20
    sample_rate_hz: int = 22_050
    n_fft: int = 2_048
    window_samples: int | None = None
    hop_samples: int = 512
    n_mels: int = 128
    low_hz: float = 0.0
    high_hz: float | None = None
    mel_scale: Literal["slaney", "htk"] = "slaney"
    top_db: float = 80.0
    center: bool = True
    n_frames: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.n_mfcc <= self.n_mels:
            raise UsageError(f"n_mfcc is between 1 and n_mels={self.n_mels}; got {self.n_mfcc}.")
        self.mel  # noqa: B018 - its settings are checked as they are made

    @property
    def mel(self) -> LogMelSettings:
        """Settings of the mel spectrogram underneath."""
        return LogMelSettings(
            sample_rate_hz=self.sample_rate_hz,
            n_fft=self.n_fft,
            window_samples=self.window_samples,
            hop_samples=self.hop_samples,
            n_mels=self.n_mels,
            low_hz=self.low_hz,
            high_hz=self.high_hz,
            mel_scale=self.mel_scale,
            center=self.center,
            n_frames=self.n_frames,
        )


FMA_MFCC_NETS = MfccSettings(n_fft=512, hop_samples=256, n_mels=40, n_frames=2_580)
"""Input of the networks of report A2: frames of 23.2 ms, each half over the next; 30 s fill 2,580 of them. The report
does not say how many bands: 40 is what so short a window can tell apart."""

PRESETS = MappingProxyType({"fma-mfcc-nets": FMA_MFCC_NETS})
"""Settings by name, used as ``mfcc:NAME``."""


def mfcc(settings: MfccSettings = MfccSettings()) -> Feature:
    """Return sequences of MFCCs as a feature.

    Shape (n_frames, n_mfcc), float32; column 0 is the loudness. Unit: dB re full scale, turned by an orthonormal DCT-II
    (column 0 is the mean over the bands times the root of `n_mels`); music is mostly within -700 to 300. Source:
    librosa's ``feature.mfcc``, whose numbers these are (within 0.001).

    Parameters
    ----------
    settings : MfccSettings
        How they are made.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 / 22050 * np.arange(22050), dtype=np.float32)
    >>> mfcc(MfccSettings(n_mfcc=13)).compute(Clip(tone, 22050)).shape
    (44, 13)
    """
    return Feature(
        name="mfcc",
        version=VERSION,
        settings=settings,
        sample_rate_hz=settings.sample_rate_hz,
        axes=("frame", "coefficient"),
        compute=partial(compute, settings),
    )


def compute(settings: MfccSettings, clip: Clip) -> FloatArray:
    """Return a clip's MFCCs, shape (n_frames, n_mfcc), float32; see `mfcc`."""
    levels_db = decibels(mel_spectrogram(settings.mel, clip), top_db=settings.top_db, loudest=1.0)
    return levels_db @ cosines(settings.n_mels, settings.n_mfcc)


@lru_cache(maxsize=8)
def cosines(n_in: int, n_out: int) -> FloatArray:
    """Return the first columns of the orthonormal DCT-II, shape (n_in, n_out)."""
    angle = np.pi / n_in * (np.arange(n_in)[:, None] + 0.5) * np.arange(n_out)
    columns = np.sqrt(2 / n_in) * np.cos(angle)
    columns[:, 0] /= np.sqrt(2)
    return np.asarray(columns, dtype=np.float32)

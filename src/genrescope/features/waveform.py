"""The sound itself, at one rate and length: the input of networks that learn their own front end."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from genrescope.errors import UsageError
from genrescope.features._base import Feature
from genrescope.records import Clip, FloatArray

VERSION = 1


@dataclass(frozen=True)
class WaveformSettings:
    """How the sound is cut.

    Attributes
    ----------
    sample_rate_hz : int
        Samples per second.
    duration_s : float or None
        Length that every clip gets; None leaves each its own.
    crop : {"start", "middle"}
        Which part of a longer clip is kept. A shorter one gets silence behind.
    """

    sample_rate_hz: int = 16_000
    duration_s: float | None = 30.0
    crop: Literal["start", "middle"] = "start"

    def __post_init__(self) -> None:
        if self.sample_rate_hz <= 0 or (self.duration_s is not None and self.n_samples <= 0):
            raise UsageError(
                f"rate and length are above 0; got sample_rate_hz={self.sample_rate_hz}, duration_s={self.duration_s}."
            )

    @property
    def n_samples(self) -> int:
        """Samples of every clip; 0 where each has its own length."""
        return round((self.duration_s or 0.0) * self.sample_rate_hz)


def waveform(settings: WaveformSettings = WaveformSettings()) -> Feature:
    """Return the waveform as a feature.

    Shape (n_samples,), float32; no unit, full scale is ±1 (resampling may reach beyond it by a little). Source: the
    file's channels, mixed by their mean.

    Parameters
    ----------
    settings : WaveformSettings
        Rate and length.

    Examples
    --------
    >>> waveform(WaveformSettings(duration_s=0.5)).compute(Clip(np.ones(4, np.float32), 16000)).shape
    (8000,)
    """
    return Feature(
        name="waveform",
        version=VERSION,
        settings=settings,
        sample_rate_hz=settings.sample_rate_hz,
        axes=("sample",),
        compute=partial(compute, settings),
    )


def compute(settings: WaveformSettings, clip: Clip) -> FloatArray:
    """Return a clip's samples at the settings' length, shape (n_samples,), float32; see `waveform`."""
    if clip.sample_rate_hz != settings.sample_rate_hz:
        raise UsageError(
            f"the clip has {clip.sample_rate_hz} Hz and the settings say {settings.sample_rate_hz} Hz; "
            "load it at that rate."
        )
    if settings.duration_s is None:
        return clip.samples
    n_wanted, n_there = settings.n_samples, len(clip.samples)
    start = max(0, n_there - n_wanted) // 2 if settings.crop == "middle" else 0
    kept = clip.samples[start : start + n_wanted]
    return np.pad(kept, (0, n_wanted - len(kept)))

"""Tempogram: how strongly the onsets repeat after each lag, frame by frame; the picture of rhythm.

Source: Grosche, Müller and Kurth 2010. The numbers are librosa's ``feature.tempogram``.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from genrescope.errors import UsageError
from genrescope.features._base import Feature
from genrescope.features._rhythm import librosa_rhythm, onset_envelope
from genrescope.records import Clip, FloatArray

VERSION = 1


@dataclass(frozen=True)
class TempogramSettings:
    """How a tempogram is made. The defaults are librosa's.

    Attributes
    ----------
    sample_rate_hz, hop_samples : int
        Rate of the waveform, and step from frame to frame.
    n_lags : int
        Frames of the window whose onsets are compared, and number of lags.
    n_frames : int or None
        Crop to the first so many frames, or pad with zeros.
    """

    sample_rate_hz: int = 22_050
    hop_samples: int = 512
    n_lags: int = 384
    n_frames: int | None = None

    def __post_init__(self) -> None:
        if min(self.sample_rate_hz, self.hop_samples, self.n_lags, 1 if self.n_frames is None else self.n_frames) <= 0:
            raise UsageError(f"rates and lengths are above 0; got {self}.")


def tempogram(settings: TempogramSettings = TempogramSettings()) -> Feature:
    """Return the tempogram as a feature; it needs the extra ``train``.

    Shape (n_frames, n_lags), float32; no unit, 0 to 1, where 1 is the frame's highest. Column ``k`` is a lag of
    ``k * hop_samples / sample_rate_hz`` seconds: 60 over it is the tempo in beats per minute. Source: librosa's
    ``feature.tempogram``, on our onset envelope (equal to librosa's; within 0.001).

    Parameters
    ----------
    settings : TempogramSettings
        How it is made.

    Examples
    --------
    >>> tempogram().description["settings"]["n_lags"]
    384
    """
    return Feature(
        name="tempogram",
        version=VERSION,
        settings=settings,
        sample_rate_hz=settings.sample_rate_hz,
        axes=("frame", "lag"),
        compute=partial(compute, settings),
    )


def compute(settings: TempogramSettings, clip: Clip) -> FloatArray:
    """Return a clip's tempogram, shape (n_frames, n_lags), float32; see `tempogram`."""
    features = librosa_rhythm("the feature 'tempogram'")
    envelope = onset_envelope(clip, settings.sample_rate_hz, settings.hop_samples)
    lags = features.tempogram(
        onset_envelope=envelope,
        sr=settings.sample_rate_hz,
        hop_length=settings.hop_samples,
        win_length=settings.n_lags,
    )
    frames = np.asarray(lags.T[: settings.n_frames], dtype=np.float32)
    missing = 0 if settings.n_frames is None else settings.n_frames - len(frames)
    return np.pad(frames, ((0, missing), (0, 0)))

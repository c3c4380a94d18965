"""Tempo: one number for a clip, the beats per minute that its onsets repeat with best.

Source: Ellis 2007 (a preference for 120 beats per minute); librosa's ``feature.tempo``.
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
class TempoSettings:
    """How the tempo is found. The defaults are librosa's.

    Attributes
    ----------
    sample_rate_hz, hop_samples : int
        Rate of the waveform, and step from frame to frame: tempi differ by whole steps.
    start_bpm : float
        The tempo that is preferred where several fit.
    """

    sample_rate_hz: int = 22_050
    hop_samples: int = 512
    start_bpm: float = 120.0

    def __post_init__(self) -> None:
        if min(self.sample_rate_hz, self.hop_samples, self.start_bpm) <= 0:
            raise UsageError(f"rates, lengths and tempi are above 0; got {self}.")


def tempo(settings: TempoSettings = TempoSettings()) -> Feature:
    """Return the tempo as a feature; it needs the extra ``train``.

    Shape (1,), float32, in beats per minute, 30 to 320. Source: librosa's ``feature.tempo`` on our onset envelope
    (equal to librosa's).

    Parameters
    ----------
    settings : TempoSettings
        How it is found.

    Examples
    --------
    >>> tempo().columns
    ('tempo',)
    """
    return Feature(
        name="tempo",
        version=VERSION,
        settings=settings,
        sample_rate_hz=settings.sample_rate_hz,
        axes=("column",),
        compute=partial(compute, settings),
        columns=("tempo",),
    )


def compute(settings: TempoSettings, clip: Clip) -> FloatArray:
    """Return a clip's tempo in beats per minute, shape (1,), float32; see `tempo`."""
    features = librosa_rhythm("the feature 'tempo'")
    envelope = onset_envelope(clip, settings.sample_rate_hz, settings.hop_samples)
    found = features.tempo(
        onset_envelope=envelope,
        sr=settings.sample_rate_hz,
        hop_length=settings.hop_samples,
        start_bpm=settings.start_bpm,
    )
    return np.asarray(found, dtype=np.float32).reshape(1)

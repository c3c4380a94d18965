"""All features by name, and how a name with settings becomes a feature."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from genrescope.errors import UsageError
from genrescope.features import fma518, image, logmel, mfcc, tempo, tempogram, waveform
from genrescope.features._base import Feature
from genrescope.features._settings import nearest, with_values


@dataclass(frozen=True)
class Kind:
    """A feature that can be named.

    Attributes
    ----------
    line : str
        What it is, in one line.
    make : callable
        Settings to `Feature`.
    defaults : dataclass instance
        The settings that it has without a preset.
    presets : mapping of str to dataclass instance
        Settings by name.
    """

    line: str
    make: Callable[[Any], Feature]
    defaults: Any
    presets: Mapping[str, Any] = field(default_factory=dict)


FEATURES: Mapping[str, Kind] = MappingProxyType(
    {
        "fma518": Kind("FMA's 518 statistics", fma518.fma518, fma518.Fma518Settings()),
        "image": Kind("spectrogram pictures", image.image, image.ImageSettings(), image.PRESETS),
        "logmel": Kind("log-mel spectrograms", logmel.logmel, logmel.LogMelSettings(), logmel.PRESETS),
        "mfcc": Kind("sequences of MFCCs", mfcc.mfcc, mfcc.MfccSettings(), mfcc.PRESETS),
        "tempo": Kind("beats per minute", tempo.tempo, tempo.TempoSettings()),
        "tempogram": Kind("rhythm: onsets by lag", tempogram.tempogram, tempogram.TempogramSettings()),
        "waveform": Kind("the sound itself", waveform.waveform, waveform.WaveformSettings()),
    }
)
"""Every feature that is computed from sound."""


def make_feature(name: str, **settings: Any) -> Feature:
    """Return a feature by its name.

    Parameters
    ----------
    name : str
        ``FEATURE`` or ``FEATURE:PRESET``, such as ``logmel`` or ``logmel:vggish``.
    **settings
        Settings that differ from the preset's, or from the defaults.

    Returns
    -------
    Feature
        Ready to compute.

    Raises
    ------
    UsageError
        A name, preset or setting that is not known (the message lists those that are), or a value that does not fit.

    Examples
    --------
    >>> feature = make_feature("logmel:vggish", n_frames=96)
    >>> feature.sample_rate_hz, feature.settings.n_mels
    (16000, 64)
    >>> make_feature("logmell")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    genrescope.errors.UsageError: there is no feature 'logmell': did you mean logmel? there is: ...
    """
    base, _, preset = name.partition(":")
    if base not in FEATURES:
        raise UsageError(f"there is no feature {base!r}: {nearest(base, list(FEATURES))}")
    kind = FEATURES[base]
    if preset and preset not in kind.presets:
        known = nearest(preset, list(kind.presets)) if kind.presets else "it has none."
        raise UsageError(f"{base} has no preset {preset!r}: {known}")
    return kind.make(with_values(base, kind.presets[preset] if preset else kind.defaults, settings))

"""Spectrogram pictures for networks that were made for photographs.

A picture is a log spectrogram in dB, brought to a size by the mean over the area of each pixel, and scaled to its own
range, as when a plotting program saves it.
"""

from dataclasses import dataclass
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Literal

import numpy as np

from genrescope.errors import UsageError
from genrescope.features._base import Feature
from genrescope.features._stft import squares
from genrescope.features.logmel import LogMelSettings, decibels, mel_spectrogram
from genrescope.records import Clip, FloatArray

VERSION = 1

FLAT_DB = 1e-3
"""A picture whose levels differ by less is one grey."""


@dataclass(frozen=True)
class ImageSettings:
    """How a picture is made.

    Attributes
    ----------
    height, width : int
        Pixels along frequency and along time.
    channels : {1, 3}
        Grey, or the same grey three times, which is what networks for photographs take.
    frequency : {"linear", "mel"}
        The vertical axis: all frequencies alike, or `n_mels` bands of the mel scale.
    pixels : {"byte", "unit"}
        Whole numbers 0 to 255 (a store of uint8 keeps them as they are), or 0 to 1.
    top_db : float
        Range in dB below the loudest point.
    sample_rate_hz, n_fft, hop_samples, n_mels
        Of the spectrogram; see `LogMelSettings`.
    """

    height: int = 128
    width: int = 400
    channels: Literal[1, 3] = 1
    frequency: Literal["linear", "mel"] = "linear"
    pixels: Literal["byte", "unit"] = "byte"
    top_db: float = 80.0
    sample_rate_hz: int = 22_050
    n_fft: int = 2_048
    hop_samples: int = 512
    n_mels: int = 128

    def __post_init__(self) -> None:
        if min(self.height, self.width, self.top_db) <= 0:
            raise UsageError(
                f"a picture has a size and a range above 0; got height={self.height}, width={self.width}, "
                f"top_db={self.top_db:g}."
            )
        self.mel  # noqa: B018 - its settings are checked as they are made

    @property
    def mel(self) -> LogMelSettings:
        """Settings of the spectrogram underneath."""
        return LogMelSettings(
            sample_rate_hz=self.sample_rate_hz, n_fft=self.n_fft, hop_samples=self.hop_samples, n_mels=self.n_mels
        )


PRESETS = MappingProxyType(
    {
        "fma-vgg16": ImageSettings(128, 400, 3, "mel"),
        "fma-vgg16-progressive": ImageSettings(42, 100, 3, "mel"),
        "fma-vgg16-progressive-double": ImageSettings(84, 100, 3, "mel"),
        "gtzan-cnn": ImageSettings(128, 400, 1, "linear"),
        "imagenet": ImageSettings(224, 224, 3, "linear"),
        "inception": ImageSettings(299, 299, 3, "linear"),
    }
)
"""Settings by name, used as ``image:NAME``: reports A0 and A1, and the usual sizes of VGG16 and InceptionV3."""


def image(settings: ImageSettings = ImageSettings()) -> Feature:
    """Return a spectrogram picture as a feature.

    Shape (height, width, channels), float32; row 0 is the lowest frequency, time runs along the columns. No unit:
    0 is the picture's quietest point and 255 (or 1) its loudest. Source: our log spectrograms; `PRESETS` tell which
    report has which size.

    Parameters
    ----------
    settings : ImageSettings
        How it is made.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 / 22050 * np.arange(22050), dtype=np.float32)
    >>> image(ImageSettings(42, 100, 3)).compute(Clip(tone, 22050)).shape
    (42, 100, 3)
    """
    return Feature(
        name="image",
        version=VERSION,
        settings=settings,
        sample_rate_hz=settings.sample_rate_hz,
        axes=("row", "column", "channel"),
        compute=partial(compute, settings),
    )


def compute(settings: ImageSettings, clip: Clip) -> FloatArray:
    """Return a clip's picture, shape (height, width, channels), float32; see `image`."""
    power = mel_spectrogram(settings.mel, clip) if settings.frequency == "mel" else power_spectrogram(settings, clip)
    levels_db = decibels(power, top_db=settings.top_db)
    rows = area_means(levels_db.shape[1], settings.height)
    columns = area_means(levels_db.shape[0], settings.width)
    return _to_pixels(np.linalg.multi_dot([rows, levels_db.T, columns.T]).astype(np.float32), settings)


def power_spectrogram(settings: ImageSettings, clip: Clip) -> FloatArray:
    """Return the power at all frequencies, shape (n_frames, n_fft // 2 + 1), float32."""
    if clip.sample_rate_hz != settings.sample_rate_hz:
        raise UsageError(
            f"the clip has {clip.sample_rate_hz} Hz and the settings say {settings.sample_rate_hz} Hz; "
            "load it at that rate."
        )
    form = (settings.n_fft, settings.n_fft, settings.hop_samples)
    return np.concatenate([parts[:, 0::2] + parts[:, 1::2] for parts in squares(clip.samples, *form, center=True)])


def _to_pixels(picture: FloatArray, settings: ImageSettings) -> FloatArray:
    low, high = float(picture.min()), float(picture.max())
    # A flat picture has no range of its own: stretched to 255, the rounding of its means would look like sound.
    unit = (picture - low) / (high - low) if high - low > FLAT_DB else np.zeros_like(picture)
    grey = np.round(255 * unit) if settings.pixels == "byte" else unit
    return np.repeat(grey[:, :, None], settings.channels, axis=2)


@lru_cache(maxsize=32)
def area_means(n_in: int, n_out: int) -> FloatArray:
    """Return the matrix, shape (n_out, n_in), that brings `n_in` points to `n_out` by the mean over equal areas.

    Examples
    --------
    >>> area_means(3, 2) * 3
    array([[2., 1., 0.], [0., 1., 2.]], dtype=float32)
    """
    edges_in, edges_out = np.arange(n_in + 1) / n_in, np.arange(n_out + 1) / n_out
    ends = np.minimum(edges_out[1:, None], edges_in[None, 1:])
    starts = np.maximum(edges_out[:-1, None], edges_in[None, :-1])
    return np.asarray(np.maximum(0.0, ends - starts) * n_out, dtype=np.float32)

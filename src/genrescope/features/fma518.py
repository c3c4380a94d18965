"""The 518 numbers that the FMA data set describes a track with: 74 channels over time, seven statistics of each.

The numbers are those of librosa 0.11, called as the data set's authors call it, in a fraction of the time; tests hold
every channel to librosa's on the same samples within `TOLERANCES`, and benchmarks/fma518.py prints how near they are.

Not librosa's: a channel that never changes has skew 0 and kurtosis -3, as in SciPy of the table's time; today's gives
NaN. And two things differ between the published table and any librosa of today: the table's authors had whole tracks,
and an ``rmse`` that was not divided by the length of the window, about 45 times larger (2048 / sqrt(2 × 1025)).

Sources: Defferrard, Benzi, Vandergheynst and Bresson 2017, FMA: A Dataset for Music Analysis; librosa 0.11.
"""

from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import MissingExtraError, UsageError
from genrescope.features._base import Feature
from genrescope.records import Clip, FloatArray

Matrix = NDArray[np.float64]

VERSION = 1

CHANNELS = MappingProxyType(
    {
        "chroma_cens": 12,
        "chroma_cqt": 12,
        "chroma_stft": 12,
        "mfcc": 20,
        "rmse": 1,
        "spectral_bandwidth": 1,
        "spectral_centroid": 1,
        "spectral_contrast": 7,
        "spectral_rolloff": 1,
        "tonnetz": 6,
        "zcr": 1,
    }
)
"""How many channels each group has, in the order of FMA's table."""

STATISTICS = ("kurtosis", "max", "mean", "median", "min", "skew", "std")
"""What is kept of a channel, in the order of FMA's table."""

COLUMNS = tuple(
    (group, statistic, f"{number:02}")
    for group, n_channels in CHANNELS.items()
    for statistic in STATISTICS
    for number in range(1, n_channels + 1)
)
"""Names of the 518 numbers as the three header rows of ``features.csv`` have them: (feature, statistic, number)."""

TOLERANCES = MappingProxyType(
    {
        "chroma_cens": (1e-3, 1e-2),
        "chroma_cqt": (1e-4, 1e-3),
        "chroma_stft": (1e-4, 1e-3),
        "mfcc": (1e-5, 1e-5),
        "rmse": (1e-5, 1e-5),
        "spectral_bandwidth": (1e-5, 1e-5),
        "spectral_centroid": (1e-5, 1e-5),
        "spectral_contrast": (1e-5, 1e-5),
        "spectral_rolloff": (1e-3, 1e-2),
        "tonnetz": (1e-3, 1e-2),
        "zcr": (1e-5, 1e-5),
    }
)
"""Largest distance from librosa's numbers in each group: that of max, mean, median, min and std as a share of the
channel's standard deviation; that of skew and kurtosis as a share of 1 or of the value, whichever is larger.

Four times what was measured or more. Much more where values take steps (`chroma_cens`, after it `tonnetz`, and
`spectral_rolloff`): of a value within rounding of a step, a frame may land on the other side."""

MIN_SOUND_S = 1.0
"""Below this the lowest notes have no room."""

MIN_RATE_HZ = 8_500
"""Below this the highest of the 84 notes, B7, does not fit under half the rate."""

MIN_ASSUMED_RATE_HZ = 13_000
"""Below this the highest band of the spectral contrast, from 6.4 kHz up, does not."""


def _group_slices() -> dict[str, slice]:
    starts = np.cumsum([0, *(len(STATISTICS) * n for n in CHANNELS.values())])
    slices = {group: slice(int(a), int(b)) for group, a, b in zip(CHANNELS, starts[:-1], starts[1:], strict=True)}
    return {**slices, "rms": slices["rmse"]}


GROUPS = MappingProxyType(_group_slices())
"""Where each group lies among the 518; ``rms``, as librosa calls it today, is ``rmse``."""


@dataclass(frozen=True)
class Fma518Settings:
    """How the 518 numbers are made.

    Attributes
    ----------
    assumed_rate_hz : int or None
        The rate that `chroma_stft` and the four `spectral_…` groups take the sound for, whatever its own. FMA's authors
        leave it at librosa's default there, so that in their table a centroid "in Hz" is half the true one at 44.1 kHz:
        22,050 makes numbers that belong to the table. None: the file's own rate, for true Hz.
    """

    assumed_rate_hz: int | None = 22_050

    def __post_init__(self) -> None:
        if self.assumed_rate_hz is not None and self.assumed_rate_hz < MIN_ASSUMED_RATE_HZ:
            raise UsageError(
                f"assumed_rate_hz is at least {MIN_ASSUMED_RATE_HZ}, or null for each file's own; "
                f"got {self.assumed_rate_hz}."
            )


def fma518(settings: Fma518Settings = Fma518Settings()) -> Feature:
    """Return FMA's 518 numbers as a feature.

    Shape (518,), float32, in the order of `COLUMNS`; the names join their parts with ``_``. Every value is finite.
    Clips keep their own rate. Silence has an answer, too: no channel of it changes. Working on a clip takes some five
    times its own memory, as its spectrum is kept until the tuning is known.

    Parameters
    ----------
    settings : Fma518Settings
        How they are made.

    Raises
    ------
    UsageError
        While computing, where a clip is too short, its rate too low, or a sample is not a number.
    MissingExtraError
        While computing, where librosa is not installed.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 / 22050 * np.arange(44100), dtype=np.float32)
    >>> feature = fma518()
    >>> row = feature.compute(Clip(tone, 22050))
    >>> row.shape, feature.columns[0], feature.columns[-1]
    ((518,), 'chroma_cens_kurtosis_01', 'zcr_std_01')
    >>> round(float(row[feature.columns.index("chroma_cqt_mean_10")]), 2)  # A, the tenth pitch class from C
    1.0
    """
    return Feature(
        name="fma518",
        version=VERSION,
        settings=settings,
        sample_rate_hz=None,
        axes=("column",),
        compute=partial(compute, settings),
        columns=tuple("_".join(column) for column in COLUMNS),
    )


def compute(settings: Fma518Settings, clip: Clip) -> FloatArray:
    """Return the 518 numbers of a clip, shape (518,), float32, in the order of `COLUMNS`; see `fma518`."""
    channels = compute_channels(settings, clip)
    return np.concatenate([statistics(channels[group]).ravel() for group in CHANNELS], dtype=np.float32)


def compute_channels(settings: Fma518Settings, clip: Clip) -> dict[str, Matrix]:
    """Return the 74 channels over time: group to array of shape (n_channels, n_frames), 512 samples a frame."""
    try:
        import librosa  # noqa: F401 - the parts below need it
    except ModuleNotFoundError as cause:
        raise MissingExtraError("the feature fma518", "explore") from cause
    from genrescope.features import _fma518_chroma, _fma518_cqt, _fma518_spectrum, _fma518_tuning

    _check(settings, clip)
    rate_hz = clip.sample_rate_hz
    assumed_hz = settings.assumed_rate_hz or rate_hz
    spectrum = _fma518_spectrum.analyse(clip, assumed_hz)
    peaks = _fma518_tuning.find_peaks(spectrum.magnitudes, (rate_hz, assumed_hz))
    tuning = _fma518_tuning.estimate(peaks, assumed_hz, power=True)
    chroma_stft = _fma518_chroma.chroma_of_spectrum(spectrum.magnitudes, assumed_hz, tuning)
    notes = _fma518_cqt.constant_q(clip, _fma518_tuning.estimate(peaks, rate_hz, power=False))
    classes = _fma518_chroma.fold(notes)
    cens = _fma518_chroma.chroma_cens(classes)
    return {
        "chroma_cens": cens.T,
        "chroma_cqt": _fma518_chroma.chroma_of_notes(classes).T,
        "chroma_stft": chroma_stft.T,
        "mfcc": spectrum.mfcc.T,
        "rmse": spectrum.rms[None],
        "spectral_bandwidth": spectrum.bandwidth[None],
        "spectral_centroid": spectrum.centroid[None],
        "spectral_contrast": spectrum.contrast.T,
        "spectral_rolloff": spectrum.rolloff[None],
        "tonnetz": _fma518_chroma.tonnetz(cens).T,
        "zcr": _fma518_spectrum.zero_crossing_rate(clip.samples)[None],
    }


def _check(settings: Fma518Settings, clip: Clip) -> None:
    """Raise where a clip has no 518 numbers."""
    if clip.duration_s < MIN_SOUND_S:
        raise UsageError(f"fma518 needs at least {MIN_SOUND_S:g} s of sound; the clip has {clip.duration_s:.2f} s.")
    least_hz = MIN_RATE_HZ if settings.assumed_rate_hz else MIN_ASSUMED_RATE_HZ
    if clip.sample_rate_hz < least_hz:
        raise UsageError(
            f"fma518 needs a rate of at least {least_hz} Hz; the clip has {clip.sample_rate_hz} Hz. "
            "Take a better copy of the recording, or another feature."
        )
    if not np.isfinite(clip.samples).all():
        raise UsageError("fma518 needs samples that are numbers; some of the clip's are not finite. Decode it again.")


def statistics(channels: Matrix) -> Matrix:
    """Return seven statistics of each channel, as SciPy has them by default.

    Parameters
    ----------
    channels : ndarray of float64, shape (n_channels, n_frames)
        Values over time.

    Returns
    -------
    ndarray of float64, shape (7, n_channels)
        In the order of `STATISTICS`. Of a channel that never changes, skew is 0 and kurtosis -3.
    """
    ordered = np.sort(channels, axis=1)
    lowest, highest, n_frames = ordered[:, 0], ordered[:, -1], ordered.shape[1]
    median = (ordered[:, (n_frames - 1) // 2] + ordered[:, n_frames // 2]) / 2
    mean = np.clip(ordered.mean(axis=1), lowest, highest)  # rounding puts the mean of equal values beside them
    away = ordered - mean[:, None]
    square = away * away
    variance = square.mean(axis=1)
    is_constant = variance <= (np.finfo(np.float64).eps * mean) ** 2
    divisor = np.where(is_constant, 1.0, variance)
    skew = np.where(is_constant, 0.0, (square * away).mean(axis=1) / divisor**1.5)
    kurtosis = np.where(is_constant, 0.0, (square * square).mean(axis=1) / divisor**2) - 3.0
    return np.stack([kurtosis, highest, mean, median, lowest, skew, np.sqrt(variance)])

"""What a worker hears of a track: a row of numbers and a small picture, never the sound itself."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from genrescope.audio.decode import open_audio
from genrescope.audio.stream import Limits, stream_mono
from genrescope.errors import AudioError, UsageError
from genrescope.features._base import Feature
from genrescope.features.catalogue import make_feature
from genrescope.records import Clip, FloatArray
from genrescope.runtime.model import Model, load_model

HEARD_S = 120.0
"""So much of a track is drawn; a file of hours takes no more memory than one of two minutes."""
MEL_S = 10.0
LIMIT_S = 600.0


@dataclass(frozen=True, eq=False)
class Numbers:
    """What is kept of a track.

    Attributes
    ----------
    row : ndarray of shape (518,)
        FMA's statistics of its beginning.
    embedding : ndarray of shape (embedding_size,)
        Mean of the bundled model's.
    mel : ndarray of shape (n_frames, n_mels)
        Log-mel of the first `MEL_S` seconds.
    duration_s : float
        Of all of it.
    rate_hz : int
        The file's own.
    """

    row: FloatArray
    embedding: FloatArray
    mel: FloatArray
    duration_s: float
    rate_hz: int


def beginning(path: str, sample_rate_hz: int | None, seconds: float = HEARD_S) -> tuple[Clip, float]:
    """Return the first `seconds` of a file at a rate (None: the file's own), and the length of all of it in seconds.

    Raises
    ------
    AudioError
        The file has no sound to show.
    """
    if sample_rate_hz is None:
        with open_audio(path) as audio:
            sample_rate_hz = audio.sample_rate_hz
    stream = stream_mono(path, sample_rate_hz, block_samples=int(seconds * sample_rate_hz), limits=Limits())
    blocks = iter(stream)
    first = next(blocks)
    for _ in blocks:
        pass
    return Clip(first, sample_rate_hz), stream.duration_s


def ear() -> Callable[[str], Numbers | AudioError]:
    """Set a worker up: after that it hears files."""
    return partial(_numbers, make_feature("fma518"), make_feature("logmel:over-time"), load_model(threads=1))


def _numbers(statistics: Feature, mel: Feature, model: Model, path: str) -> Numbers | AudioError:
    try:
        clip, duration_s = beginning(path, None)
        start, _ = beginning(path, mel.sample_rate_hz, MEL_S)
        embedding = model.embed(clip).vectors.mean(axis=0)
        return Numbers(
            statistics.compute(clip), np.asarray(embedding), mel.compute(start), duration_s, clip.sample_rate_hz
        )
    except AudioError as error:
        return error
    except UsageError as error:  # too short for one of the numbers
        return AudioError("too_short", path, str(error))

"""Which files are one recording, though not sample for sample: those whose sketches lie near are heard by the model.

The bundled model's embedding of a file costs twice as much as decoding it, so that it is taken only of files that have
a near sketch (`genrescope.audit.fingerprint`), level made equal. Two files are one recording where, at the best
shift in time, the middle cosine of their windows is at least `SAME`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from genrescope.audio.stream import Limits, stream_mono
from genrescope.errors import AudioError
from genrescope.records import Clip, FloatArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from genrescope.runtime.model import Model

SAME = 0.97
"""Measured on clips of GTZAN and FMA: copies at another rate or format, later or louder reach 0.98 and more, different
pieces at most 0.96 (two of one orchestra). Copies at 64 kbit/s may fall to 0.95; their sketches agree instead."""

SKETCH_SAME = 0.06
"""Sketches nearer than this are those of one recording, whatever the model says: no two others came within 0.29."""

EXCERPT_S = 60.0
"""So much of a file, from its beginning, is heard."""

_BLOCK_S = 5
_LEVEL = 0.1


@dataclass(frozen=True)
class Pair:
    """Two files that may be one recording: how far apart their sketches are, and how alike they sound."""

    first: str
    second: str
    distance: float
    likeness: float | None

    @property
    def is_same(self) -> bool:
        """Whether the two are one recording."""
        return self.distance < SKETCH_SAME or (self.likeness is not None and self.likeness >= SAME)


def listener(model: "Model | None" = None) -> "Callable[[str], FloatArray | AudioError]":
    """Return what hears a file closely; for worker processes, each of which opens the model for itself."""
    if model is None:
        from genrescope.runtime.model import load_model

        model = load_model()
    return partial(_embed, model)


def _embed(model: "Model", path: str) -> FloatArray | AudioError:
    """Return the embedding of each window of a file's beginning, shape (n_windows, embedding_size)."""
    try:
        return model.embed(_excerpt(path, model.card.sample_rate_hz)).vectors
    except AudioError as error:
        return error


def _excerpt(path: str, sample_rate_hz: int) -> Clip:
    """Return the beginning of a file, mono, all at one level: a model hears a loud copy otherwise than a soft one."""
    stream = stream_mono(path, sample_rate_hz, block_samples=_BLOCK_S * sample_rate_hz, limits=Limits())
    most = EXCERPT_S / _BLOCK_S
    samples = np.concatenate([block for _, block in takewhile(lambda numbered: numbered[0] < most, enumerate(stream))])
    level = float(np.sqrt(np.square(samples).mean()))
    return Clip(samples * np.float32(_LEVEL / max(level, 1e-6)), sample_rate_hz)


def likeness(first: FloatArray, second: FloatArray) -> float:
    """Return how alike two files sound: the middle cosine of their windows at the best shift in time.

    Parameters
    ----------
    first, second : ndarray of float32, shape (n_windows, embedding_size)
        At shifts that leave less than half of the shorter one to compare nothing is compared.

    Examples
    --------
    >>> windows = np.eye(6, dtype=np.float32)
    >>> likeness(windows[:5], windows[1:]), likeness(windows[:3], windows[3:])
    (1.0, 0.0)
    """
    cosines = _unit(first) @ _unit(second).T
    needed = max(1, min(len(first), len(second)) // 2)
    shifts = range(needed - len(first), len(second) - needed + 1)
    return max(float(np.median(np.diagonal(cosines, shift))) for shift in shifts)


def compare(candidates: Iterable[tuple[str, str, float]], vectors: Mapping[str, FloatArray | AudioError]) -> list[Pair]:
    """Return the candidates with their likeness, as far as both could be heard.

    Parameters
    ----------
    candidates : iterable of (str, str, float)
        Two files and the distance of their sketches.
    vectors : mapping
        What `listener` says of each file.
    """
    pairs = []
    for first, second, distance in candidates:
        one, other = vectors.get(first), vectors.get(second)
        can = isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
        pairs.append(Pair(first, second, distance, likeness(one, other) if can else None))  # type: ignore[arg-type]
    return pairs


def _unit(vectors: FloatArray) -> FloatArray:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)

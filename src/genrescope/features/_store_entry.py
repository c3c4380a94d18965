"""One file's entry, made in a worker: its sum, its sound, its numbers, or the reason why it has none."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.audio.stream import Limits, stream_mono
from genrescope.errors import AudioError, MissingExtraError
from genrescope.features._base import Feature
from genrescope.features._store_pack import DType, Packed, pack
from genrescope.records import Clip, FloatArray, Notice

NO_FILE = -1
"""The size of a file that is not there."""


@dataclass(frozen=True)
class Stamp:
    """What a look at a file's directory entry tells: if it is the same, so is the file."""

    size_bytes: int = NO_FILE
    mtime_ns: int = 0


def stamp_of(path: Path | None) -> Stamp:
    """Return size and time of a file; those of no file where it cannot be looked at."""
    try:
        found = os.stat(path) if path is not None else None
    except (OSError, ValueError):
        found = None
    return Stamp() if found is None else Stamp(found.st_size, found.st_mtime_ns)


@dataclass(frozen=True)
class Task:
    """A file to be worked on; `known_source` is the sum that its entry was made from, empty where there is none."""

    track_id: str
    path: Path | None
    known_source: str = ""


@dataclass(frozen=True, eq=False)
class Entry:
    """A row of the store: numbers, or (with a `kind`) the reason why there are none.

    Attributes
    ----------
    track_id, path : str
        Whose it is, and where its file lay.
    stamp : Stamp
        Size and time of the file.
    source : str
        SHA-256 of the file; empty where it could not be read.
    kind, message : str
        Why it has no numbers; empty where it has.
    notices : str
        Cautions as JSON; empty where there are none.
    packed : Packed or None
        The numbers.
    digest : str
        Of the packed numbers.
    """

    track_id: str
    path: str
    stamp: Stamp
    source: str = ""
    kind: str = ""
    message: str = ""
    notices: str = ""
    packed: Packed | None = None
    digest: str = ""


@dataclass(frozen=True)
class Unchanged:
    """A file whose time changed and whose content did not."""

    track_id: str
    path: str
    stamp: Stamp


Outcome = Entry | Unchanged


def file_sum(path: Path) -> str:
    """Return a file's SHA-256 in hex (0.6 ms for each megabyte, where decoding takes 30)."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def array_digest(values: NDArray[Any]) -> str:
    """Return a digest of an array's type, shape and bytes."""
    digest = hashlib.sha256(f"{values.dtype}{values.shape}".encode())
    digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()[:32]


def prepare(make: Callable[[], Feature], dtype: DType, limits: Limits) -> Callable[[Task], Outcome]:
    """Make the feature once, and return what makes an entry of each file."""
    return partial(make_entry, make(), dtype, limits)


def make_entry(feature: Feature, dtype: DType, limits: Limits, task: Task) -> Outcome:
    """Return a file's entry; whatever is wrong with the file is said in the entry."""
    stamp, path, source = stamp_of(task.path), "" if task.path is None else str(task.path), _source(task.path)
    if source and source == task.known_source:
        return Unchanged(task.track_id, path, stamp)
    blank = partial(Entry, task.track_id, path, stamp, source)
    try:
        numbers, notices = _compute(feature, task.path, limits)
    except AudioError as error:
        return blank(kind=error.kind, message=error.message)
    except MemoryError:
        return blank(kind="too_large", message="there is not enough memory for it; use fewer workers.")
    except MissingExtraError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a feature stumbles over, the other files go on
        return blank(kind="feature", message=f"{feature.name} cannot be computed ({type(error).__name__}: {error}).")
    if fault := _fault(feature, numbers):
        return blank(kind="feature", message=fault)
    packed = pack(numbers, dtype)
    said = json.dumps([notice.to_dict() for notice in notices], ensure_ascii=False) if notices else ""
    return blank(notices=said, packed=packed, digest=array_digest(packed.values))


def _source(path: Path | None) -> str:
    """Return a file's sum; nothing where it cannot be read, of which the decoder says why."""
    try:
        return file_sum(path) if path is not None and path.is_file() else ""
    except (OSError, ValueError):
        return ""


def _compute(feature: Feature, path: Path | None, limits: Limits) -> tuple[FloatArray, tuple[Notice, ...]]:
    if path is None:
        message = "the data set names no file for it, and this feature is computed from sound."
        raise AudioError("not_found", "", message)
    rate_hz = feature.sample_rate_hz or _own_rate_hz(path, limits)
    stream = stream_mono(path, rate_hz, block_samples=30 * rate_hz, limits=limits)
    clip = Clip(np.concatenate(list(stream)), rate_hz)
    return np.asarray(feature.compute(clip), dtype=np.float32), stream.notices


def _own_rate_hz(path: Path, limits: Limits) -> int:
    from genrescope.audio.decode import open_audio

    with open_audio(path, limits) as audio:
        return audio.sample_rate_hz


def _fault(feature: Feature, numbers: FloatArray) -> str:
    """Say what is wrong with the numbers; a store holds none that would spoil a mean."""
    if numbers.ndim != len(feature.axes):
        return f"{feature.name} promises the axes {feature.axes} and gave an array of shape {numbers.shape}."
    n_bad = int(numbers.size - np.count_nonzero(np.isfinite(numbers)))
    if n_bad:
        return f"{n_bad} of {numbers.size} values of {feature.name} are not finite numbers for this sound."
    return ""

"""What a model learns from: inputs that are read in batches, targets, and who must stay together."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import UsageError

Indices = Sequence[int] | NDArray[np.integer[Any]]


class Inputs(Protocol):
    """Arrays of one shape, read when they are asked for: a feature store, or an array in memory."""

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Of one example; None where they differ in length."""

    def __len__(self) -> int:
        """How many examples there are."""

    def batch(self, indices: Indices) -> NDArray[Any]:
        """Return the examples at `indices`, shape (n, *shape)."""


@dataclass(frozen=True, eq=False)
class ArrayInputs:
    """An array in memory or memory-mapped, shape (n, ...)."""

    array: NDArray[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example."""
        return self.array.shape[1:]

    def __len__(self) -> int:
        return len(self.array)

    def batch(self, indices: Indices) -> NDArray[Any]:
        """Return the examples at `indices`."""
        return self.array[np.asarray(indices, dtype=np.int64)]


@dataclass(frozen=True, eq=False)
class Chosen:
    """Some of other inputs' examples; nothing is copied."""

    of: Inputs
    rows: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Of one example."""
        return self.of.shape

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, indices: Indices) -> NDArray[Any]:
        """Return the examples at `indices`."""
        return self.of.batch(self.rows[np.asarray(indices, dtype=np.int64)])


@dataclass(frozen=True, eq=False)
class Examples:
    """Tracks as a model learns them.

    Attributes
    ----------
    ids : tuple of str
        The tracks.
    inputs : Inputs
        What the model sees of each.
    targets : ndarray
        Genre numbers, int64, shape (n,); or several genres at once, 0 and 1 in float32, shape (n, n_labels).
    labels : tuple of str
        The genres, in the order of the numbers.
    groups : tuple of str
        Tracks with equal groups stand and fall together: an artist, or else the recording itself.
    input : mapping
        What the inputs are: a feature's `description`, or ``{"kind": ...}`` of a table.
    data : str
        What it was made from, in words for a caption.
    columns : tuple of str
        Names of the last axis' entries, where they have names.
    """

    ids: tuple[str, ...]
    inputs: Inputs
    targets: NDArray[Any]
    labels: tuple[str, ...]
    groups: tuple[str, ...]
    input: Mapping[str, object]
    data: str
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sizes = {
            "ids": len(self.ids),
            "inputs": len(self.inputs),
            "targets": len(self.targets),
            "groups": len(self.groups),
        }
        if len(set(sizes.values())) != 1:
            raise UsageError(f"examples have one of everything for each track; got {sizes}.")

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def multi_label(self) -> bool:
        """Whether a track may have several genres."""
        return self.targets.ndim == 2

    def take(self, rows: Indices) -> "Examples":
        """Return those at `rows`, in that order."""
        at = np.asarray(rows, dtype=np.int64)
        return replace(
            self,
            ids=tuple(self.ids[row] for row in at),
            inputs=Chosen(self.inputs, at),
            targets=self.targets[at],
            groups=tuple(self.groups[row] for row in at),
        )

    def matrix(self) -> NDArray[np.float32]:
        """Return all inputs as one row a track, shape (n, n_numbers), float32; for tables that fit in memory."""
        return self.inputs.batch(np.arange(len(self))).reshape(len(self), -1).astype(np.float32, copy=False)

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits of the ids, targets, labels and what the inputs are; not of the inputs' numbers."""
        digest = hashlib.sha256(repr((self.ids, self.labels, sorted(self.input.items(), key=repr))).encode())
        digest.update(np.ascontiguousarray(self.targets).tobytes())
        return digest.hexdigest()[:16]

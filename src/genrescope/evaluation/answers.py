"""What is evaluated: the truth and the answers of a model, row by row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import UsageError

SUM_SLACK = 0.05
"""How far from 1 the sum of a row's probabilities may be: written with two decimals they add up to nearly 1."""


@dataclass(frozen=True, eq=False)
class Answers:
    """One genre a track: the true one and the one that a model says.

    Attributes
    ----------
    labels : tuple of str
        The genres; truth and predicted count in this order.
    truth, predicted : ndarray of int64, shape (n,)
        Places in `labels`.
    probabilities : ndarray of float32, shape (n, n_labels), or None
        Each row sums to 1; None for a classifier that only says classes.
    groups : tuple of str
        What makes rows alike, such as the artist or the recording of each; empty where it is not known.
    ids : tuple of str
        The name of each row, once; empty where rows have none.

    Raises
    ------
    UsageError
        Where there are no rows, where shapes disagree, or where a figure is none that can be.
    """

    labels: tuple[str, ...]
    truth: NDArray[np.int64]
    predicted: NDArray[np.int64]
    probabilities: NDArray[np.float32] | None = None
    groups: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n, n_labels = len(self.truth), len(self.labels)
        _check_names(self.labels, self.groups, self.ids, n)
        for name, column in (("truth", self.truth), ("predicted", self.predicted)):
            if column.shape != (n,):
                raise UsageError(f"{name}: {n} rows are expected, shape ({n},); got shape {column.shape}")
            if not np.issubdtype(column.dtype, np.integer) or column.min() < 0 or column.max() >= n_labels:
                raise UsageError(f"{name}: whole numbers from 0 to {n_labels - 1} are expected, one a row")
        if self.probabilities is not None:
            _check_probabilities(self.probabilities, (n, n_labels), self.ids)

    def __len__(self) -> int:
        return len(self.truth)

    @classmethod
    def from_labels(
        cls,
        truth: Sequence[str],
        predicted: Sequence[str],
        *,
        labels: Iterable[str] = (),
        groups: Sequence[str] = (),
        ids: Sequence[str] = (),
    ) -> "Answers":
        """Return the answers that are given as names of genres; `labels` are those that are seen where none are given.

        Examples
        --------
        >>> Answers.from_labels(["rock", "jazz"], ["rock", "rock"]).labels
        ('jazz', 'rock')
        """
        names = tuple(labels) or tuple(sorted({*truth, *predicted}))
        place = {name: i for i, name in enumerate(names)}
        strange = sorted({*truth, *predicted} - set(names))
        if strange:
            raise UsageError(f"genre '{strange[0]}' is none of the labels: {', '.join(names)}")
        true, said = (np.array([place[name] for name in side], dtype=np.int64) for side in (truth, predicted))
        return cls(names, true, said, groups=tuple(groups), ids=tuple(ids))

    @property
    def group_places(self) -> NDArray[np.int64]:
        """Return the group of each row as a number from 0, shape (n,); each row is its own where none is known."""
        return group_places(self.groups, len(self))


@dataclass(frozen=True, eq=False)
class MultiLabelAnswers:
    """Any number of genres a track: those that it has, and how sure a model is of each.

    Attributes
    ----------
    labels : tuple of str
        The genres.
    truth : ndarray of int8 or bool, shape (n, n_labels)
        1 where the track has the genre.
    scores : ndarray of float32, shape (n, n_labels)
        How sure the model is, 0 to 1; rows need not sum to 1.
    groups, ids : tuple of str
        As in `Answers`.
    """

    labels: tuple[str, ...]
    truth: NDArray[np.int8]
    scores: NDArray[np.float32]
    groups: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n, shape = len(self.truth), (len(self.truth), len(self.labels))
        _check_names(self.labels, self.groups, self.ids, n)
        if self.truth.shape != shape or self.scores.shape != shape:
            raise UsageError(
                f"truth and scores are expected in shape {shape}; got {self.truth.shape} and {self.scores.shape}"
            )
        if not np.isin(self.truth, (0, 1)).all():
            raise UsageError("truth: 1 where a track has the genre and 0 where it does not; something else was given")
        _check_range(self.scores, self.ids, "scores")

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def group_places(self) -> NDArray[np.int64]:
        """Return the group of each row as a number from 0, shape (n,); each row is its own where none is known."""
        return group_places(self.groups, len(self))


def group_places(groups: Sequence[str], n: int) -> NDArray[np.int64]:
    """Return the group of each of `n` rows as a number from 0; an empty name is a row of its own group."""
    place: dict[str, int] = {}
    keys = groups or [""] * n
    return np.array([place.setdefault(key or f"\0{row}", len(place)) for row, key in enumerate(keys)], dtype=np.int64)


def _check_names(labels: Sequence[str], groups: Sequence[str], ids: Sequence[str], n: int) -> None:
    if n == 0:
        raise UsageError("there is nothing to evaluate: no row was given")
    if len(set(labels)) < len(labels):
        raise UsageError(f"a genre stands twice among the labels: {', '.join(labels)}")
    for name, column in (("groups", groups), ("ids", ids)):
        if column and len(column) != n:
            raise UsageError(f"{name}: {n} are expected, one a row; got {len(column)}")
    if len(set(ids)) < len(ids):
        seen: set[str] = set()
        twice = [name for name in ids if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
        raise UsageError(
            f"the id '{twice[0]}' stands on more than one row, {len(twice)} rows too many in all; give each row once"
        )


def _check_range(figures: NDArray[np.float32], ids: Sequence[str], what: str) -> None:
    bad = ~((figures >= 0) & (figures <= 1)).all(axis=1)  # a NaN compares as false
    if bad.any():
        row = int(np.argmax(bad))
        percent = "; percentages are written with a %, as 25 %" if (figures[row] > 1).any() else ""
        shown = ", ".join(f"{figure:g}" for figure in figures[row].tolist())
        raise UsageError(f"{what}: each is a number from 0 to 1; {_row(ids, row)} has {shown}{percent}")


def _check_probabilities(probabilities: NDArray[np.float32], shape: tuple[int, int], ids: Sequence[str]) -> None:
    if probabilities.shape != shape:
        raise UsageError(f"probabilities: shape {shape} is expected, a column a genre; got {probabilities.shape}")
    _check_range(probabilities, ids, "probabilities")
    totals = probabilities.sum(axis=1, dtype=np.float64)
    off = np.abs(totals - 1) > SUM_SLACK
    if off.any():
        row = int(np.argmax(off))
        raise UsageError(
            f"probabilities of a row sum to 1; {_row(ids, row)} sums to {totals[row]:.3f}, as {int(off.sum())} of "
            f"{len(off)} rows do not"
        )


def _row(ids: Sequence[str], row: int) -> str:
    return f"row '{ids[row]}'" if ids else f"row {row + 1}"

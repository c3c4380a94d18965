"""Scores of one genre a track: pure functions over places in a list of genres.

What cannot be known is None (in an array: NaN), never a zero: the recall of a genre that no track of the evaluated
part has, the precision of one that was never said. Means over the genres are over those that the truth has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import UsageError
from genrescope.evaluation.intervals import Interval, wilson

Places = NDArray[np.int64]
"""The genre of each row as a place in the list of genres, shape (n,)."""

_SMALLEST = float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class GenreMetrics:
    """The scores of one genre; None where one cannot be known.

    Attributes
    ----------
    label : str
        The genre.
    support, said : int
        Rows that have it, and rows for which it was said.
    precision, recall, f1 : float or None
        Right of those said; right of those that have it; their harmonic mean.
    recall_95ci : Interval or None
        Wilson's.
    """

    label: str
    support: int
    said: int
    precision: float | None
    recall: float | None
    f1: float | None
    recall_95ci: Interval | None

    def to_dict(self) -> dict[str, object]:
        """Return the scores as the JSON output has them."""
        figures = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        rounded: dict[str, object] = {name: None if v is None else round(v, 4) for name, v in figures.items()}
        interval = None if self.recall_95ci is None else self.recall_95ci.to_list()
        return {**rounded, "support": self.support, "said": self.said, "recall_95ci": interval}


def confusion_matrix(truth: Places, predicted: Places, n_labels: int) -> NDArray[np.int64]:
    """Return how often each genre was said for each.

    Returns
    -------
    ndarray of int64, shape (n_labels, n_labels)
        Rows are the true genre, columns the predicted one.

    Examples
    --------
    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    if len(truth) != len(predicted):
        raise UsageError(f"truth and predicted are of one length; got {len(truth)} and {len(predicted)}")
    return np.bincount(truth * n_labels + predicted, minlength=n_labels**2).reshape(n_labels, n_labels)


def row_shares(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the confusion matrix with each row summing to 1; the row of a genre without a track is NaN."""
    totals = confusion.sum(axis=1, keepdims=True)
    shares = np.full(confusion.shape, np.nan)
    np.divide(confusion, totals, out=shares, where=totals > 0)
    return shares


def accuracy(confusion: NDArray[np.int64]) -> float:
    """Return the share of rows that are right."""
    return float(np.trace(confusion) / confusion.sum())


def per_genre(confusion: NDArray[np.int64], labels: Sequence[str]) -> tuple[GenreMetrics, ...]:
    """Return the scores of each genre, in the order of `labels`."""
    figures = zip(
        labels,
        np.diag(confusion).tolist(),
        confusion.sum(axis=1).tolist(),
        confusion.sum(axis=0).tolist(),
        strict=True,
    )
    return tuple(_genre(label, right, support, said) for label, right, support, said in figures)


def _genre(label: str, right: int, support: int, said: int) -> GenreMetrics:
    precision = right / said if said else None
    if not support:
        return GenreMetrics(label, 0, said, precision, None, None, None)
    f1 = 2 * right / (support + said)
    return GenreMetrics(label, support, said, precision, right / support, f1, wilson(right, support))


def balanced_accuracy(genres: Sequence[GenreMetrics]) -> float:
    """Return the mean recall over the genres of the truth."""
    return float(np.mean([genre.recall for genre in genres if genre.recall is not None]))


def macro_f1(genres: Sequence[GenreMetrics]) -> float:
    """Return the mean F1 over the genres of the truth."""
    return float(np.mean([genre.f1 for genre in genres if genre.f1 is not None]))


def weighted_f1(genres: Sequence[GenreMetrics]) -> float:
    """Return the mean F1 over the genres of the truth, each weighing as much as it has tracks."""
    known = [(genre.f1, genre.support) for genre in genres if genre.f1 is not None]
    return float(np.average([f1 for f1, _ in known], weights=[support for _, support in known]))


def top_k(truth: Places, probabilities: NDArray[np.float32], k: int) -> float | None:
    """Return the share of rows whose genre is among the `k` likeliest; None where that is all of them.

    Of equally likely genres the earlier column comes first.
    """
    if k >= probabilities.shape[1]:
        return None
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    return float(np.mean((best == truth[:, None]).any(axis=1)))


def log_loss(truth: Places, probabilities: NDArray[np.float32]) -> float:
    """Return the mean of ``-ln(probability of the true genre)``; 0 is best.

    A probability below what a float32 beside 1 can hold (1.2e-7) counts as that: one row alone must not make the
    mean infinite.
    """
    scaled = probabilities.astype(np.float64)
    scaled /= scaled.sum(axis=1, keepdims=True)
    of_truth = scaled[np.arange(len(truth)), truth]
    return float(-np.log(np.clip(of_truth, _SMALLEST, 1)).mean())

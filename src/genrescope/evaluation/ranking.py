"""How well scores rank: the area under the ROC curve and average precision, a genre at a time or over all."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Averages:
    """A figure for each genre and its two averages; None where it cannot be known.

    Attributes
    ----------
    micro : float or None
        Over every pair of a row and a genre at once.
    macro : float or None
        The mean over the genres for which the figure is known.
    per_genre : tuple of float or None
        In the order of the columns.
    """

    micro: float | None
    macro: float | None
    per_genre: tuple[float | None, ...]

    def to_dict(self) -> dict[str, float | None]:
        """Return the averages as the JSON output has them."""
        return {
            "micro": None if self.micro is None else round(self.micro, 4),
            "macro": None if self.macro is None else round(self.macro, 4),
        }


def roc_auc(truth: Flags, scores: Scores) -> float | None:
    """Return how often a row that has the genre scores above one that has not (a tie counts half).

    Parameters
    ----------
    truth : ndarray of bool, shape (n,)
        Which rows have the genre.
    scores : ndarray of float32, shape (n,)
        How sure the model is of it.

    Returns
    -------
    float or None
        From 0 to 1, 0.5 for scores that say nothing; None where all rows have it or none has.

    Examples
    --------
    >>> roc_auc(np.array([False, False, True, True]), np.array([0.1, 0.4, 0.35, 0.8], dtype=np.float32))
    0.75
    """
    n_true, n = int(truth.sum()), len(truth)
    if n_true in (0, n):
        return None
    _, tie, counts = np.unique(scores, return_inverse=True, return_counts=True)
    middle_ranks = np.cumsum(counts) - (counts - 1) / 2  # tied rows share the mean of their ranks
    above = middle_ranks[tie][truth].sum() - n_true * (n_true + 1) / 2
    return float(above / (n_true * (n - n_true)))


def average_precision(truth: Flags, scores: Scores) -> float | None:
    """Return the mean precision at the rows that have the genre, best score first, tied rows at once.

    Takes and returns what `roc_auc` does; None where no row has the genre. A model that knows nothing gets the share
    of rows that have it.

    Examples
    --------
    >>> ap = average_precision(np.array([False, False, True, True]), np.array([0.1, 0.4, 0.35, 0.8], dtype=np.float32))
    >>> round(ap, 2)
    0.83
    """
    n_true = int(truth.sum())
    if n_true == 0:
        return None
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(truth[order])
    last_of_tie = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    found = found[last_of_tie]
    precision = found / (last_of_tie + 1)
    return float(np.sum(np.diff(found, prepend=0) * precision) / n_true)


def averages(measure: Callable[[Flags, Scores], float | None], truth: Flags, scores: Scores) -> Averages:
    """Take a figure for each column and over all.

    Parameters
    ----------
    measure : callable
        `roc_auc` or `average_precision`.
    truth, scores : ndarray, shape (n, n_labels)
        Which rows have which genre, and how sure the model is.
    """
    each = tuple(measure(truth[:, column], scores[:, column]) for column in range(truth.shape[1]))
    known = [figure for figure in each if figure is not None]
    return Averages(measure(truth.ravel(), scores.ravel()), float(np.mean(known)) if known else None, each)


def one_hot(truth: NDArray[np.int64], n_labels: int) -> Flags:
    """Return places in a list as flags, shape (n, n_labels).

    Examples
    --------
    >>> one_hot(np.array([1, 0]), 2).tolist()
    [[False, True], [True, False]]
    """
    return np.asarray(truth[:, None] == np.arange(n_labels), dtype=np.bool_)

"""Which genres a model takes for each other: the confusion matrix read as similarity.

Source: Shepard, "Stimulus and response generalization" (1957): two things are as similar as they are confused with
each other, measured against how often each is known for what it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import MissingExtraError, UsageError
from genrescope.evaluation.metrics import row_shares

if TYPE_CHECKING:
    from typing import Any

FEWEST = 3
"""With fewer genres there is nothing to group."""


@dataclass(frozen=True, eq=False)
class Similarity:
    """Similarity of genres.

    Attributes
    ----------
    labels : tuple of str
        The genres that the truth has.
    values : ndarray of float64, shape (n, n)
        Symmetric, from 0 (never confused) to 1 (cannot be told apart; the diagonal).
    """

    labels: tuple[str, ...]
    values: NDArray[np.float64]

    @property
    def distances(self) -> NDArray[np.float64]:
        """Return ``1 - values``."""
        return 1 - self.values

    def pairs(self) -> list[tuple[str, str, float]]:
        """Return the pairs that are confused at all, the most alike first."""
        found = [
            (self.labels[i], self.labels[j], float(self.values[i, j]))
            for i, j in zip(*np.triu_indices(len(self.labels), 1), strict=True)
            if self.values[i, j] > 0
        ]
        return sorted(found, key=lambda pair: -pair[2])


def similarity(confusion: NDArray[np.int64], labels: Sequence[str]) -> Similarity:
    """Read a confusion matrix as similarity.

    With ``p`` the shares of each row, genres ``i`` and ``j`` are ``(p_ij + p_ji) / (p_ii + p_jj)`` alike, at most 1.

    Parameters
    ----------
    confusion : ndarray of int64, shape (n_labels, n_labels)
        Rows are the true genre, columns the predicted one.
    labels : sequence of str
        The genres; those without a row in the truth are left out.

    Examples
    --------
    >>> similarity(np.array([[6, 2], [0, 8]]), ("rock", "jazz")).values.round(3).tolist()
    [[1.0, 0.143], [0.143, 1.0]]
    """
    there = np.flatnonzero(confusion.sum(axis=1)).tolist()
    shares = row_shares(confusion)[np.ix_(there, there)]
    confused = shares + shares.T
    known = np.diag(shares)[:, None] + np.diag(shares)[None, :]
    values = np.divide(confused, known, out=(confused > 0).astype(np.float64), where=known > 0)
    values = np.clip(values, 0, 1)
    np.fill_diagonal(values, 1)
    return Similarity(tuple(labels[i] for i in there), values)


def linkage(similar: Similarity) -> "NDArray[Any]":
    """Join the most alike again and again (average linkage), neighbours beside each other.

    Returns
    -------
    ndarray of float64, shape (n - 1, 4)
        As SciPy's ``linkage`` returns it, with heights ``1 - similarity``.
    """
    _enough(similar)
    try:
        from scipy.cluster import hierarchy
        from scipy.spatial.distance import squareform
    except ImportError as cause:
        raise MissingExtraError("the dendrogram of genres", "explore") from cause
    condensed = squareform(similar.distances, checks=False)
    joined: NDArray[Any] = hierarchy.linkage(condensed, method="average", optimal_ordering=True)
    return joined


def dendrogram_order(similar: Similarity) -> tuple[str, ...]:
    """Return the genres in the order of the dendrogram's leaves: those that are alike stand together."""
    from scipy.cluster import hierarchy

    return tuple(similar.labels[leaf] for leaf in hierarchy.leaves_list(linkage(similar)))


def genre_map(similar: Similarity) -> NDArray[np.float64]:
    """Place the genres on a plane so that those that are alike lie near (classical scaling, Torgerson 1952).

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Coordinates around 0, the wider axis first; the same matrix gives the same map.
    """
    _enough(similar)
    n = len(similar.labels)
    centre = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-0.5 * centre @ similar.distances**2 @ centre)
    best = np.argsort(-values)[:2]
    axes = vectors[:, best]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), (0, 1)] < 0, -1, 1)  # a sign that does not flip
    return np.asarray(axes * np.sqrt(np.clip(values[best], 0, None)), dtype=np.float64)


def _enough(similar: Similarity) -> None:
    if len(similar.labels) < FEWEST:
        raise UsageError(f"genres are grouped from {FEWEST} on; the truth has {len(similar.labels)}")

"""How genres go together over time: which rise and fall with each other inside tracks, from their courses."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import UsageError
from genrescope.records import Timeline

LEAST_WINDOWS = 2


@dataclass(frozen=True, eq=False)
class TimeCorrelations:
    """How two genres' probabilities move together inside tracks.

    Attributes
    ----------
    labels : tuple of str
        The genres.
    r : ndarray of float64, shape (n_labels, n_labels)
        Pearson's r of each pair, -1 to 1, over the windows of all tracks, each track's mean taken away first; NaN
        where a genre never moves.
    n_tracks, n_windows : int
        Of how many.
    """

    labels: tuple[str, ...]
    r: NDArray[np.float64]
    n_tracks: int
    n_windows: int

    def pairs(self) -> list[tuple[str, str, float]]:
        """Return every pair of genres with its r, the strongest first, whichever its sign."""
        n = len(self.labels)
        found = [
            (self.labels[one], self.labels[other], float(self.r[one, other]))
            for one in range(n)
            for other in range(one + 1, n)
            if np.isfinite(self.r[one, other])
        ]
        return sorted(found, key=lambda pair: -abs(pair[2]))

    def to_dict(self) -> dict[str, object]:
        """Return the correlations as the JSON output has them; what cannot be known is null."""
        known = [[None if np.isnan(r) else round(float(r), 4) for r in row] for row in self.r]
        return {"tracks": self.n_tracks, "windows": self.n_windows, "labels": list(self.labels), "r": known}


def correlations_over_time(timelines: Iterable[Timeline]) -> TimeCorrelations | None:
    """Return how genres move together; None where no timeline has two windows, and so there is no course.

    Shares of a whole move against each other by themselves: with k genres that know nothing of each other, r is about
    -1 / (k - 1), not 0.

    Parameters
    ----------
    timelines : iterable of Timeline
        Of one model; those of a single window say nothing of time and are left out.

    Raises
    ------
    UsageError
        The timelines are of different genres.
    """
    labels: tuple[str, ...] = ()
    products, n_tracks, n_windows = None, 0, 0
    for line in timelines:
        if labels and line.labels != labels:
            raise UsageError(f"the timelines are of different genres: {', '.join(labels)}; {', '.join(line.labels)}.")
        labels = line.labels
        if len(line.probabilities) < LEAST_WINDOWS:
            continue
        moved = line.probabilities - line.probabilities.mean(axis=0, dtype=np.float64)
        here = moved.T @ moved
        products = here if products is None else products + here
        n_tracks, n_windows = n_tracks + 1, n_windows + len(moved)
    if products is None:
        return None
    spread = np.sqrt(np.diag(products))
    still = spread < 1e-9
    r = products / np.where(still, np.nan, spread) / np.where(still, np.nan, spread)[:, None]
    return TimeCorrelations(labels, np.asarray(r, dtype=np.float64), n_tracks, n_windows)

"""How genres go together over time: which rise and fall with each other inside tracks, from their courses."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import MissingExtraError, UsageError
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


def correlations_over_time(timelines: Iterable[Timeline]) -> TimeCorrelations:
    """Return how genres move together.

    Shares of a whole move against each other by themselves: with k genres that know nothing of each other, r is about
    -1 / (k - 1), not 0.

    Parameters
    ----------
    timelines : iterable of Timeline
        Of one model; those of a single window say nothing of time and are left out.

    Raises
    ------
    UsageError
        The timelines are of different genres, or none has two windows.
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
        raise UsageError(f"no timeline has {LEAST_WINDOWS} windows or more: there is no course to compare.")
    spread = np.sqrt(np.diag(products))
    still = spread < 1e-9
    r = products / np.where(still, np.nan, spread) / np.where(still, np.nan, spread)[:, None]
    return TimeCorrelations(labels, np.asarray(r, dtype=np.float64), n_tracks, n_windows)


def draw_correlations(found: TimeCorrelations, path: Path) -> None:
    """Draw the correlations as a picture, PNG or SVG by the file's name.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as cause:
        raise MissingExtraError("a picture of correlations", "explore") from cause
    n = len(found.labels)
    size = 2.4 + 0.42 * n
    figure = Figure(figsize=(size + 0.8, size), layout="constrained")
    axes = figure.subplots()
    picture = axes.imshow(found.r, vmin=-1, vmax=1, cmap="RdBu_r")
    axes.set_xticks(range(n), found.labels, rotation=60, ha="right")
    axes.set_yticks(range(n), found.labels)
    for row in range(n):
        for column in range(n):
            value = found.r[row, column]
            if np.isfinite(value):
                dark = abs(value) > 0.6
                axes.text(
                    column, row, f"{value:.1f}", ha="center", va="center", fontsize=7, color="w" if dark else "0.2"
                )
    figure.colorbar(picture, ax=axes, shrink=0.8, label="Pearson's r inside tracks")
    axes.set_title(f"{found.n_tracks:,} tracks, {found.n_windows:,} windows", fontsize=9)
    figure.savefig(path, dpi=120)

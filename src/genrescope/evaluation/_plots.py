"""The page's plots: confusions, scores by genre, reliability, and which genres are taken for each other."""

from typing import TYPE_CHECKING, Any

import numpy as np

from genrescope.evaluation import _draw
from genrescope.evaluation.over_time import TimeCorrelations
from genrescope.evaluation.similarity import Similarity, genre_map, linkage, similarity
from genrescope.palette import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from genrescope.evaluation.report import Report

BLUE, ORANGE, SKY = COLOURS[4], COLOURS[5], COLOURS[1]
MOST_GENRES = 40
_DARK_CELL = 0.55


def shown(report: "Report") -> list[int]:
    """Return the places of the genres that are drawn: of very many, those with the most tracks."""
    by_support = sorted(range(len(report.labels)), key=lambda place: -report.per_genre[place].support)
    return sorted(by_support[:MOST_GENRES])


def confusion(report: "Report") -> str:
    """Draw the confusion matrix: colours are shares of each row, figures are tracks."""
    from matplotlib.colors import LinearSegmentedColormap

    places = shown(report)
    n, grid = len(places), np.ix_(places, places)
    shares, counts = np.nan_to_num(report.shares[grid]), report.confusion[grid]
    side = max(3.2, 0.46 * n)
    with _draw.style("confusion"):
        drawn, axes = _draw.axes(side + 1.9, side + 1.0)
        # From nothing to blue, so that the page shows through: zeros are quiet, in light and in dark.
        shade = LinearSegmentedColormap.from_list("shade", [f"{BLUE}00", f"{BLUE}ff"])
        image = axes.pcolormesh(shares, cmap=shade, vmin=0, vmax=1, edgecolors="#88888855", linewidth=0.5)
        for row, column in zip(*np.nonzero(counts), strict=True):
            colour = "white" if shares[row, column] > _DARK_CELL else _draw.INK
            axes.text(column + 0.5, row + 0.5, f"{counts[row, column]}", ha="center", va="center", color=colour)
        middles = np.arange(n) + 0.5
        axes.set_xticks(middles, [report.labels[i] for i in places], rotation=45, ha="right", rotation_mode="anchor")
        axes.set_yticks(middles, [f"{report.labels[i]} ({report.per_genre[i].support})" for i in places])
        axes.invert_yaxis()
        axes.set_aspect("equal")
        axes.set_xlabel("predicted genre")
        axes.set_ylabel("true genre (tracks)")
        drawn.colorbar(image, ax=axes, label="share of the true genre's tracks", shrink=0.7, pad=0.02)
        return _draw.to_svg(drawn, "Confusion matrix: rows are the true genre, columns the predicted one")


def by_genre(report: "Report") -> str:
    """Draw F1, precision and recall of each genre."""
    known = [genre for genre in (report.per_genre[i] for i in shown(report)) if genre.f1 is not None]
    known.sort(key=lambda genre: genre.f1 or 0.0)
    places = np.arange(len(known))
    with _draw.style("by-genre"):
        drawn, axes = _draw.axes(7.5, 1.1 + 0.3 * len(known))
        axes.barh(places, [genre.f1 or 0.0 for genre in known], color=SKY, alpha=0.45, height=0.62, label="F1")
        for place, genre in zip(places, known, strict=True):
            if genre.recall_95ci is not None:
                axes.plot([genre.recall_95ci.low, genre.recall_95ci.high], [place, place], color=_draw.INK, lw=1)
        _marks(axes, [genre.recall for genre in known], "o", BLUE, "recall, with its 95 % interval (Wilson)")
        _marks(axes, [genre.precision for genre in known], "D", ORANGE, "precision")
        axes.set_yticks(places, [genre.label for genre in known])
        axes.set_xlim(0, 1.01)
        axes.set_xlabel("score (0 to 1)")
        axes.set_ylabel("true genre")
        _legend_above(drawn, axes)
        return _draw.to_svg(drawn, "F1, precision and recall of each genre")


def reliability(report: "Report") -> str:
    """Draw accuracy against confidence, and how many answers each point stands for."""
    bins = report.confidence.reliability if report.confidence else ()
    from matplotlib.figure import Figure

    with _draw.style("reliability"):
        drawn = Figure(figsize=(5.2, 5.0), layout="constrained")
        axes, below = drawn.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
        sure, right = [one.confidence for one in bins], [one.accuracy for one in bins]
        lengths = np.array(
            [[one.accuracy - one.accuracy_95ci.low, one.accuracy_95ci.high - one.accuracy] for one in bins]
        )
        axes.plot([0, 1], [0, 1], ls="--", color="#888888", lw=1, label="as often right as it says")
        axes.errorbar(sure, right, np.abs(lengths.T), color=BLUE, marker="o", capsize=2, lw=1.4, label="this model")
        axes.set_ylim(-0.02, 1.02)
        axes.set_ylabel("accuracy (share right)")
        _legend_above(drawn, axes)
        widths = [one.high - one.low for one in bins]
        below.bar([one.low for one in bins], [one.n for one in bins], widths, align="edge", color=SKY, edgecolor="none")
        below.set_xlim(0, 1)
        below.set_ylabel("tracks")
        below.set_xlabel("confidence in the predicted genre")
        return _draw.to_svg(drawn, "Reliability: accuracy against confidence")


def dendrogram(similar: Similarity) -> str:
    """Draw which genres are taken for each other, as a tree."""
    from scipy.cluster import hierarchy

    with _draw.style("dendrogram"):
        drawn, axes = _draw.axes(7.5, 1.0 + 0.28 * len(similar.labels))
        hierarchy.dendrogram(
            linkage(similar),
            labels=list(similar.labels),
            orientation="left",
            ax=axes,
            color_threshold=0,
            link_color_func=lambda _: _draw.INK,
            leaf_font_size=9,
        )
        axes.set_xlim(1.02, min(0.0, axes.get_xlim()[1]))
        axes.set_xlabel("distance (0: cannot be told apart, 1: never confused)")
        axes.set_ylabel("true genre")
        return _draw.to_svg(drawn, "Genres joined by how often they are confused")


def genres_on_a_plane(similar: Similarity) -> str:
    """Draw the genres so that those that are confused lie near, with lines between the most alike."""
    points = genre_map(similar)
    place = {label: row for row, label in enumerate(similar.labels)}
    with _draw.style("map"):
        drawn, axes = _draw.axes(7.5, 5.2)
        for one, other, alike in similar.pairs()[: 2 * len(place)]:
            across, up = points[[place[one], place[other]]].T
            axes.plot(across, up, color="#888888", lw=0.6 + 6 * alike, alpha=0.45, zorder=1, solid_capstyle="round")
        axes.scatter(points[:, 0], points[:, 1], color=BLUE, s=34, zorder=2)
        for label, (across, up) in zip(similar.labels, points, strict=True):
            axes.annotate(label, (across, up), xytext=(6, 5), textcoords="offset points")
        axes.margins(0.16, 0.1)
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_xlabel("first axis of the map (no unit)")
        axes.set_ylabel("second axis (no unit)")
        return _draw.to_svg(drawn, "Map of genres: near ones are often confused")


def over_time(found: TimeCorrelations) -> str:
    """Draw how genres move together inside tracks: orange together, blue against each other."""
    from matplotlib.colors import LinearSegmentedColormap

    places = moving(found)
    n, r = len(places), found.r[np.ix_(places, places)]
    labels = [found.labels[place] for place in places]
    side = max(3.2, 0.42 * n)
    with _draw.style("over-time"):
        drawn, axes = _draw.axes(side + 1.9, side + 1.0)
        shade = LinearSegmentedColormap.from_list("shade", [f"{BLUE}ff", f"{BLUE}00", f"{ORANGE}00", f"{ORANGE}ff"])
        image = axes.pcolormesh(r, cmap=shade, vmin=-1, vmax=1, edgecolors="#88888855", linewidth=0.5)
        for row, column in zip(*np.nonzero(~np.eye(n, dtype=bool)), strict=True):
            axes.text(column + 0.5, row + 0.5, f"{r[row, column]:.1f}", ha="center", va="center", fontsize=7)
        middles = np.arange(n) + 0.5
        axes.set_xticks(middles, labels, rotation=45, ha="right", rotation_mode="anchor")
        axes.set_yticks(middles, labels)
        axes.invert_yaxis()
        axes.set_aspect("equal")
        axes.set_xlabel("genre")
        axes.set_ylabel("genre")
        drawn.colorbar(image, ax=axes, label="Pearson's r over time, inside tracks", shrink=0.7, pad=0.02)
        return _draw.to_svg(drawn, "How genres rise and fall together inside tracks")


def moving(found: TimeCorrelations) -> list[int]:
    """Return the places of the genres that move at all; of very many, those that move most together with others."""
    known = [place for place in range(len(found.labels)) if np.isfinite(found.r[place, place])]
    strength = np.nansum(np.abs(found.r), axis=1)
    return sorted(sorted(known, key=lambda place: -strength[place])[:MOST_GENRES])


def similar_genres(report: "Report") -> Similarity:
    """Read the report's confusions as similarity."""
    places = shown(report)
    return similarity(report.confusion[np.ix_(places, places)], [report.labels[place] for place in places])


def _marks(axes: "Axes", values: list[float | None], marker: str, colour: str, name: str) -> None:
    known = [(value, place) for place, value in enumerate(values) if value is not None]
    style: dict[str, Any] = {"marker": marker, "s": 30, "zorder": 3, "edgecolor": "white", "linewidth": 0.6}
    axes.scatter([value for value, _ in known], [place for _, place in known], color=colour, label=name, **style)


def _legend_above(drawn: "Figure", axes: "Axes") -> None:
    names = axes.get_legend_handles_labels()
    drawn.legend(*names, loc="outside upper left", ncols=3)

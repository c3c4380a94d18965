"""How the columns of a data set's features go together: every pair, within each group, and the strongest."""

import re
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.explore._draw import LINE, SECOND, bar, figure, named
from genrescope.explore._measure import Measured
from genrescope.explore.page import Plot, wide

MOST_COLUMNS = 74
LABEL = 5
"""Points of the columns' names: as large as so many of them allow."""
FEWEST = 3
"""With fewer tracks than this nothing can be said of how numbers go together."""
N_PAIRS = 10
PANELS_A_ROW = 4
_STATISTICS = "kurtosis|max|mean|median|min|skew|std|var"
_PARTED = re.compile(rf"^(?P<group>.+)_(?P<statistic>{_STATISTICS})_(?P<number>\d+)$")


def correlations(measured: Measured) -> tuple[list[Plot], str]:
    """Draw how the columns correlate, and return the strongest pairs as tables of HTML."""
    # What is the same in nearly all tracks, as the largest chroma, which is 1, would go together by one of the others.
    low, high = np.percentile(measured.rows, [5, 95], axis=0)
    keep = np.flatnonzero(high - low > 1e-6 * np.abs(measured.rows).max(axis=0))
    if len(measured.rows) < FEWEST or len(keep) < 2:
        return [], f"<p>{len(measured.rows)} tracks with {len(keep)} numbers that differ: nothing to correlate.</p>"
    names = [measured.columns[index] for index in keep]
    rows = measured.rows[:, keep]
    whole = np.atleast_2d(np.corrcoef(rows.T))
    groups = _groups(names)
    plots = [_overview(whole, names), *_within(whole, names, groups), _all_pairs(whole)]
    among_all = _table("The strongest pairs", _strongest(whole, np.arange(len(names)), N_PAIRS), names, rows)
    within = [pair for places in groups.values() for pair in _strongest(whole, places, 1)]
    of_groups = _table("The strongest pair within each group", within, names, rows) if len(groups) > 1 else ""
    return plots, among_all + of_groups


def _groups(names: list[str]) -> dict[str, NDArray[np.int64]]:
    """Return the places of each group's columns, where the names tell groups of more than one column."""
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        if parted := _PARTED.match(name):
            found.setdefault(parted["group"], []).append(place)
    return {group: np.array(places) for group, places in found.items() if len(places) > 1}


def _strongest(matrix: NDArray[np.float64], places: NDArray[np.int64], n: int) -> list[tuple[int, int]]:
    one, other = np.triu_indices(len(places), 1)
    first, second = places[one], places[other]
    order = np.argsort(-np.abs(matrix[first, second]), kind="stable")[:n]
    return [(int(first[place]), int(second[place])) for place in order]


def _table(title: str, pairs: list[tuple[int, int]], names: list[str], rows: NDArray[np.float64]) -> str:
    from scipy import stats

    lines = []
    for one, other in pairs:
        found = stats.pearsonr(rows[:, one], rows[:, other])
        cells = (names[one], names[other], f"{found.statistic:.3f}", f"{found.pvalue:.1g}")
        lines.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    head = "<tr><th>one</th><th>other</th><th>Pearson r</th><th>p</th></tr>"
    return f"<h3>{title}</h3>" + wide(f"<table>{head}{''.join(lines)}</table>")


def _overview(whole: NDArray[np.float64], names: list[str]) -> Plot:
    means = [place for place, name in enumerate(names) if "_mean_" in name] or list(range(len(names)))
    chosen = np.array(means)[np.unique(np.linspace(0, len(means) - 1, MOST_COLUMNS).astype(int))]
    said = [names[place] for place in chosen]
    drawn, axes = figure((8.0, 6.9))
    image = axes.imshow(whole[np.ix_(chosen, chosen)], vmin=-1, vmax=1, cmap="PuOr")
    axes.set_xticks(range(len(said)), said, rotation=90, fontsize=LABEL)
    axes.set_yticks(range(len(said)), said, fontsize=LABEL)
    bar(drawn, image, axes, "Pearson r")
    which = "The means of all features" if "_mean_" in said[0] else f"{len(said)} of {len(names)} columns, evenly drawn"
    caption = f"{which}. Dark blocks off the diagonal say the same thing twice."
    return Plot("correlation", "Correlation of features", caption, drawn)


def _within(whole: NDArray[np.float64], names: list[str], groups: dict[str, NDArray[np.int64]]) -> list[Plot]:
    """Draw a matrix for each group of features, all its statistics in it; nothing where the names tell no groups."""
    if len(groups) < 2:
        return []
    from matplotlib.figure import Figure

    n_rows = -(-len(groups) // PANELS_A_ROW)
    drawn = Figure(figsize=(8.0, 2.0 * n_rows), layout="constrained")
    panels = drawn.subplots(n_rows, PANELS_A_ROW, squeeze=False).ravel()
    for axes in panels[len(groups) :]:
        axes.set_axis_off()
    for axes, (group, places) in zip(panels, groups.items(), strict=False):
        image = axes.imshow(whole[np.ix_(places, places)], vmin=-1, vmax=1, cmap="PuOr")
        axes.set_title(group.replace("spectral_", ""), fontsize=8)
        _statistic_ticks(axes, [names[place] for place in places])
    drawn.colorbar(image, ax=panels.tolist(), label="Pearson r", shrink=0.6)
    caption = (
        "One matrix a group of features, all its statistics in it. Stripes beside the diagonal are the same statistic "
        "of neighbouring bands; what is dark throughout can be left out."
    )
    return [Plot("correlation-groups", "Correlation within each group", caption, drawn)]


def _statistic_ticks(axes: Any, names: list[str]) -> None:
    """Name each statistic at the middle of its columns."""
    at: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        if parted := _PARTED.match(name):
            at.setdefault(parted["statistic"], []).append(place)
    middles = [float(np.mean(places)) for places in at.values()]
    axes.set_xticks(middles, list(at), rotation=90, fontsize=5)
    axes.set_yticks(middles, list(at), fontsize=5)


def _all_pairs(whole: NDArray[np.float64]) -> Plot:
    pairs = whole[np.triu_indices(len(whole), 1)]
    low, high = np.percentile(pairs, [2.5, 97.5]) if len(pairs) else (0.0, 0.0)
    drawn, axes = figure((8.0, 1.9))
    axes.hist(pairs, bins=100, range=(-1, 1), color=LINE)
    for edge in (low, high):
        axes.axvline(edge, color=SECOND, ls="--")
    named(axes, "Pearson r", "pairs")
    caption = (
        f"All {len(pairs):,} pairs of the {len(whole)} columns; 95 % lie between the dashed lines, {low:.2f} and "
        f"{high:.2f}."
    )
    return Plot("pairs", "All correlations", caption, drawn)

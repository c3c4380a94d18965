"""The picture of a prediction that notebooks show: plain HTML and SVG, drawn without any plotting package."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from genrescope.palette import COLOURS, OTHER_COLOUR, assign_colours

_WIDTH, _HEIGHT = 720, 120
_MAX_COLUMNS = 240  # a column of three pixels: more cannot be seen, and an hour would weigh a notebook down
_TICKS = 6


def clock(seconds: float) -> str:
    """Return a time as a player shows it.

    Examples
    --------
    >>> clock(83.2), clock(3725)
    ('1:23', '1:02:05')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def genre_table(confidences: Mapping[str, float], colours: Mapping[str, str], top: int = 5) -> str:
    """Return an HTML table of the first `top` genres, each with a bar as long as its confidence."""
    rows = []
    for label, confidence in list(confidences.items())[:top]:
        bar = f"width:{200 * confidence:.0f}px;height:0.8em;background:{colours.get(label, OTHER_COLOUR)}"
        rows.append(
            f'<tr><td style="text-align:left">{escape(label)}</td><td>{confidence:.0%}</td>'
            f'<td style="text-align:left"><div style="{bar}"></div></td></tr>'
        )
    return f"<table>{''.join(rows)}</table>"


def course(
    probabilities: NDArray[np.float32], labels: Sequence[str], colours: Mapping[str, str], start_s: float, end_s: float
) -> str:
    """Return an SVG of genres stacked over time, with a legend above and a clock below.

    Parameters
    ----------
    probabilities : ndarray of float32, shape (n_windows, n_labels)
        Each row sums to 1.
    labels : sequence of str
        One name a column.
    colours : mapping of str to str
        The genres to show, from the bottom up, and their colours; all others are left grey on top.
    start_s, end_s : float
        The times that the first window begins and the last one ends.
    """
    columns = _thin(np.asarray(probabilities, dtype=np.float64))
    base = np.zeros(len(columns))
    areas = [f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="{OTHER_COLOUR}"/>']
    for label, colour in colours.items():
        top = base + columns[:, list(labels).index(label)]
        areas.append(f'<path d="{_area(base, top)}" fill="{colour}"><title>{escape(label)}</title></path>')
        base = top
    return (
        f'<div style="max-width:{_WIDTH}px">{_legend(colours)}'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + 16}" style="width:100%" role="img" aria-label="genres over time">'
        f"{''.join(areas)}{_axis(start_s, end_s)}</svg></div>"
    )


def _thin(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average neighbouring windows until there are at most `_MAX_COLUMNS`."""
    return np.stack(
        [part.mean(axis=0) for part in np.array_split(probabilities, min(len(probabilities), _MAX_COLUMNS))]
    )


def _area(base: NDArray[np.float64], top: NDArray[np.float64]) -> str:
    """Return the outline of a stacked area as steps, one a column, so that a single window can be seen too."""
    edges = np.linspace(0, _WIDTH, len(base) + 1)
    across = np.repeat(edges, 2)[1:-1]
    upper = np.repeat(_HEIGHT * (1 - top), 2)
    lower = np.repeat(_HEIGHT * (1 - base), 2)
    corners = [*zip(across, upper, strict=True), *zip(across[::-1], lower[::-1], strict=True)]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z"


def _legend(colours: Mapping[str, str]) -> str:
    entries = [
        f'<span style="white-space:nowrap;margin-right:1em"><span style="color:{colour}">&#9632;</span>'
        f"&nbsp;{escape(label)}</span> "
        for label, colour in [*colours.items(), ("other", OTHER_COLOUR)]
    ]
    return f"<div>{''.join(entries)}</div>"


def _axis(start_s: float, end_s: float) -> str:
    times = []
    for tick in range(_TICKS):
        share = tick / (_TICKS - 1)
        anchor = {0: "start", _TICKS - 1: "end"}.get(tick, "middle")
        times.append(
            f'<text x="{_WIDTH * share:.0f}" y="{_HEIGHT + 13}" font-size="12" fill="currentColor" '
            f'text-anchor="{anchor}">{clock(start_s + share * (end_s - start_s))}</text>'
        )
    return "".join(times)


def shown_colours(strongest: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    """Return the genres that a picture shows, strongest first, and their colours."""
    return assign_colours(strongest[: len(COLOURS)], labels)

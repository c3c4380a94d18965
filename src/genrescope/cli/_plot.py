"""A picture of the course over time: stacked shares, strongest genre at the bottom."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genrescope.cli._lines import plain
from genrescope.cli._terminal import clock
from genrescope.errors import MissingExtraError, UsageError
from genrescope.palette import COLOURS, OTHER_COLOUR, assign_colours
from genrescope.records import Prediction, Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatTimes = NDArray[np.float64]

PLOT_SUFFIXES = (".png", ".svg")
SMALLEST_SHARE = 0.02
"""A genre that never has more than this on average goes to the others: its band could not be seen."""

MOST_PARTS = 240
"""A longer timeline is averaged into this many parts: narrower bands would only flicker."""

_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
"""Seconds between the marks of the time axis."""
_OTHER_SCRIPTS = (
    "Noto Sans CJK JP",
    "Hiragino Sans",
    "Yu Gothic",
    "Microsoft YaHei",
    "Malgun Gothic",
    "Arial Unicode MS",
)
"""Fonts for names that matplotlib's own font cannot write; used where they are installed."""
_INK, _FAINT = "#222222", "#666666"


def check_plot(target: Path) -> None:
    """Fail early where a plot cannot be written: UsageError for its name, MissingExtraError without matplotlib."""
    if target.suffix.lower() not in PLOT_SUFFIXES:
        raise UsageError(f"--plot {target}: a plot is a .png or an .svg; end the name in one of them.")
    if not target.resolve().parent.is_dir():
        raise UsageError(f"--plot {target}: there is no folder '{target.parent}'; make it first.")
    try:
        import matplotlib as mpl  # noqa: F401
    except ImportError as cause:
        raise MissingExtraError("--plot", "explore") from cause


def plot_names(target: Path, n_songs: int) -> list[Path]:
    """Name the plots of several songs: `target` for one, else numbered in the order in which the songs were named.

    Examples
    --------
    >>> [path.name for path in plot_names(Path("course.png"), 2)]
    ['course-1.png', 'course-2.png']
    """
    if n_songs == 1:
        return [target]
    digits = len(str(n_songs))
    return [target.with_stem(f"{target.stem}-{number:0{digits}}") for number in range(1, n_songs + 1)]


def save_plot(prediction: Prediction, target: Path) -> None:
    """Draw the course of a song into a file.

    Parameters
    ----------
    prediction : Prediction
        An answer with a timeline.
    target : Path
        A ``.png`` (1600 × 800 points) or an ``.svg``; a file that is there is replaced when the new one is whole.
    """
    from genrescope.cli._resume import replacing

    kind = target.suffix.lower().removeprefix(".")
    metadata = {"Software": None} if kind == "png" else {"Date": None}
    with _style(), replacing(target) as temporary:
        draw(prediction).savefig(temporary, format=kind, dpi=200, metadata=metadata)


@contextmanager
def _style() -> Iterator[None]:
    import matplotlib as mpl
    from matplotlib.font_manager import get_font_names

    installed = set(get_font_names())
    families = ["DejaVu Sans", *(name for name in _OTHER_SCRIPTS if name in installed)]
    # Text stays text in an SVG: it can be searched, and the viewer's fonts know more scripts than matplotlib's.
    with (
        mpl.rc_context(
            {"font.size": 10, "font.family": families, "svg.fonttype": "none", "svg.hashsalt": "genrescope"}
        ),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def draw(prediction: Prediction) -> "Figure":
    """Draw the course of a song, 8 × 4 inches."""
    from matplotlib.figure import Figure

    timeline = prediction.timeline
    if timeline is None:
        raise UsageError(f"{prediction.path}: there is no course over time to draw; ask for the timeline.")
    figure = Figure(figsize=(8, 4), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    _stack(axes, timeline, prediction.duration_s)
    _dress(axes, prediction)
    handles, names = axes.get_legend_handles_labels()
    # top of the legend = top of the stack
    figure.legend(handles[::-1], names[::-1], loc="outside right center", frameon=False, labelcolor=_INK)
    return figure


def strongest(timeline: Timeline) -> tuple[list[str], NDArray[np.float32]]:
    """Return the genres that can be seen, strongest first, and their shares, shape (n_genres, n_windows)."""
    means = timeline.probabilities.mean(axis=0)
    order = [int(column) for column in np.argsort(-means) if means[column] >= SMALLEST_SHARE][: len(COLOURS)]
    return [timeline.labels[column] for column in order], timeline.probabilities[:, order].T


def averaged(times_s: FloatTimes, shares: NDArray[np.float32]) -> tuple[FloatTimes, NDArray[np.float32]]:
    """Average neighbours until at most `MOST_PARTS` are left; shapes (n,) and (n_genres, n)."""
    if len(times_s) <= MOST_PARTS:
        return times_s, shares
    firsts = np.linspace(0, len(times_s), MOST_PARTS, endpoint=False).astype(int)
    counts = np.diff([*firsts, len(times_s)])
    means = np.add.reduceat(shares, firsts, axis=1) / counts
    return np.add.reduceat(times_s, firsts) / counts, means.astype(np.float32)


def _stack(axes: "Axes", timeline: Timeline, duration_s: float) -> None:
    labels, shares = strongest(timeline)
    times_s, shares = _to_the_ends(*averaged(timeline.times_s, shares), duration_s)
    colours = assign_colours(labels, timeline.labels)
    rest = np.clip(1 - shares.sum(axis=0), 0, 1)
    rows, names, fills = list(shares), list(labels), [colours[label] for label in labels]
    if rest.mean() > 1e-3:
        rows, names, fills = [*rows, rest], [*names, "others"], [*fills, OTHER_COLOUR]
    # thin white lines part neighbours whose colours are near each other in grey
    axes.stackplot(times_s, rows, labels=names, colors=fills, edgecolor="white", linewidth=0.4)
    axes.set_xlim(0, duration_s)


def _to_the_ends(
    times_s: FloatTimes, shares: NDArray[np.float32], duration_s: float
) -> tuple[FloatTimes, NDArray[np.float32]]:
    """Hold the first and the last window to the ends of the song, which no middle of a window reaches."""
    ends = np.concatenate([[0.0], np.clip(times_s, 0, duration_s), [duration_s]])
    return ends, np.concatenate([shares[:, :1], shares, shares[:, -1:]], axis=1)


def _dress(axes: "Axes", prediction: Prediction) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator, PercentFormatter

    def minutes(value: float, _: Any) -> str:
        return clock(value)

    best = prediction.genres[0]
    guess = "unsure, perhaps " if prediction.unsure else ""
    axes.set_title(_title(prediction.path), loc="left", fontsize=13, fontweight="bold", color=_INK, pad=22)
    words = f"{guess}{best.label}, {best.confidence:.0%}"
    axes.annotate(
        words, (0, 1), (0, 7), xycoords="axes fraction", textcoords="offset points", color=_FAINT, fontsize=11
    )
    axes.set_ylim(0, 1)
    step_s = next((step for step in _STEPS_S if prediction.duration_s / step <= 8), _STEPS_S[-1])
    axes.xaxis.set_major_locator(MultipleLocator(step_s))
    axes.xaxis.set_major_formatter(FuncFormatter(minutes))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel("time", color=_FAINT)
    axes.set_ylabel("confidence", color=_FAINT)
    axes.tick_params(color=_FAINT, labelcolor=_FAINT, length=3)
    axes.spines[:].set_visible(False)


def _title(path: str) -> str:
    """Return the song's file name, short enough for one line, with nothing that matplotlib would take as a formula."""
    name = plain(os.path.basename(path))
    short = name if len(name) <= 60 else f"{name[:40]}…{name[-19:]}"
    return short.replace("$", r"\$")

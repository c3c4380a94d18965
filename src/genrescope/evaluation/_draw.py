"""How the page's plots are drawn: one style, text and lines in the colour of the page."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from genrescope.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#010203"
"""Stands for the colour of text in a drawing; the page puts its own in its place."""


def need_extra() -> None:
    """Raise where what the page is made with is not installed."""
    try:
        import matplotlib as mpl  # noqa: F401
        import scipy  # noqa: F401
    except ImportError as cause:
        raise MissingExtraError("a page of scores", "explore") from cause


@contextmanager
def style(salt: str) -> Iterator[None]:
    """Draw in one style; `salt` keeps the names inside an SVG apart from those of the page's other drawings."""
    import matplotlib as mpl

    look: dict[Any, Any] = {"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": salt, "savefig.transparent": True}
    look |= dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK)
    look |= {"axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False, "text.parse_math": False}
    with mpl.rc_context(look):
        yield


def axes(width: float, height: float) -> "tuple[Figure, Axes]":
    """Return a figure of so many inches with one pair of axes."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(width, height), layout="constrained")
    return drawn, drawn.add_subplot()


def to_svg(drawn: "Figure", label: str) -> str:
    """Return a figure as an SVG whose text takes the colour of what surrounds it, named for those who cannot see it."""
    import warnings

    target = io.StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # the browser has the font
        drawn.savefig(target, format="svg", metadata={"Date": None})
    text = target.getvalue()
    text = re.sub(r'<g id="[^"]*"', "<g", text[text.index("<svg") :])
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    return text.replace(INK, "currentColor").replace("<svg", f'<svg role="img" aria-label="{label}"', 1)

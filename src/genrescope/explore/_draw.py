"""How every plot is drawn: one style, axes with units, text that takes the page's colour."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from genrescope.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#010203"
"""Stands for the colour of text in a drawing; the page puts its own in its place."""
PAPER_INK = "#333333"
LINE, SECOND = "#0072B2", "#D55E00"
MAP = "cividis"
WIDE, FLAT = (8.0, 2.6), (8.0, 1.9)


def need_extra() -> None:
    """Raise where what plots are made with is not installed."""
    try:
        import librosa  # noqa: F401
        import matplotlib as mpl  # noqa: F401
        import sklearn  # noqa: F401
        import threadpoolctl  # noqa: F401
    except ImportError as cause:
        raise MissingExtraError("'explore'", "explore") from cause


@contextmanager
def style(salt: str) -> Iterator[None]:
    """Draw in one style; `salt` keeps the names inside an SVG apart from those of the page's other drawings."""
    import matplotlib as mpl

    look: dict[Any, Any] = {
        "font.size": 9,
        "svg.fonttype": "none",
        "svg.hashsalt": salt,
        "image.cmap": MAP,
        "savefig.transparent": True,
    }
    look |= dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK)
    look |= {"axes.xmargin": 0.0, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
    with mpl.rc_context(look), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def figure(size: tuple[float, float] = WIDE) -> "tuple[Figure, Axes]":
    """Return a figure of `size` inches with one pair of axes."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=size, layout="constrained")
    return drawn, drawn.add_subplot()


def named(axes: "Axes", across: str, up: str) -> None:
    """Name the axes, with their units."""
    axes.set_xlabel(across)
    axes.set_ylabel(up)


def bar(drawn: "Figure", image: Any, axes: "Axes", name: str) -> None:
    """Put a scale beside an image."""
    drawn.colorbar(image, ax=axes, label=name, pad=0.01)


def to_svg(drawn: "Figure", salt: str) -> str:
    """Return a figure as an SVG whose text takes the colour of what surrounds it."""
    target = io.StringIO()
    with style(salt):
        drawn.savefig(target, format="svg", dpi=110, metadata={"Date": None})
    text = target.getvalue()
    text = re.sub(r'<g id="[^"]*"', "<g", text[text.index("<svg") :])
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    return text.replace(INK, "currentColor")


def to_png(drawn: "Figure") -> bytes:
    """Return a figure as a PNG on white."""
    from matplotlib import colors

    for text in drawn.findobj(lambda artist: hasattr(artist, "get_color") or hasattr(artist, "get_edgecolor")):
        for key in ("color", "edgecolor"):
            get, put = getattr(text, f"get_{key}", None), getattr(text, f"set_{key}", None)
            if get and put and colors.is_color_like(get()) and colors.to_hex(get()) == INK:
                put(PAPER_INK)
    target = io.BytesIO()
    with style("png"):
        drawn.savefig(target, format="png", dpi=150, facecolor="white", transparent=False)
    return target.getvalue()

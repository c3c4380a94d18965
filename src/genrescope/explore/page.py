"""The page that holds the plots: one file that needs nothing else, light and dark, wide and narrow."""

import base64
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from genrescope.datasets.quarantine import see_that_it_takes_files
from genrescope.errors import UsageError
from genrescope.explore._draw import PAPER_INK, to_png, to_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_REMEDY = "make room, or name another place"

_STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1d1f23;--faint:#5b6068;--line:#d9dce1}
@media(prefers-color-scheme:dark){:root{--paper:#15171a;--ink:#e6e8eb;--faint:#a2a8b0;--line:#33373d}}
body{margin:0 auto;max-width:64rem;padding:1rem;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
nav{display:flex;flex-wrap:wrap;gap:.2rem .9rem;font-size:.9rem;margin:1rem 0}a{color:inherit}
figure{margin:1.6rem 0;border-top:1px solid var(--line);padding-top:.6rem}
.wide{overflow-x:auto}.wide svg{width:100%;min-width:40rem;height:auto;display:block}
h1{font-size:1.5rem;margin:.4rem 0}h2{font-size:1.2rem;margin:2.2rem 0 0}h3{font-size:1rem;margin:0 0 .3rem}
figcaption,.lead{color:var(--faint);font-size:.9rem}audio{width:100%}
table{border-collapse:collapse;font-size:.9rem}td,th{padding:.15rem .8rem .15rem 0;text-align:left}
td,th{white-space:nowrap}td:nth-child(n+3),th:nth-child(n+3){text-align:right;font-variant-numeric:tabular-nums}
.wide+h3{margin-top:1.2rem}details ul{margin:.2rem 0}
"""


@dataclass(frozen=True, eq=False)
class Plot:
    """A picture with its words.

    Attributes
    ----------
    slug : str
        Its name as a file and in the page's address.
    title, caption : str
        What it is, and what to see in it.
    figure : Figure
        The drawing.
    """

    slug: str
    title: str
    caption: str
    figure: "Figure"


@dataclass(frozen=True, eq=False)
class Section:
    """A part of a page: plots under a heading, after some HTML of its own."""

    title: str
    plots: Sequence[Plot]
    html: str = ""


@dataclass(frozen=True, eq=False)
class Page:
    """A page before it is written."""

    title: str
    lead: str
    sections: Sequence[Section]
    sound: bytes = field(default=b"", repr=False)


def render(page: Page) -> str:
    """Return the page as HTML."""
    links = "".join(f'<a href="#{plot.slug}">{escape(plot.title)}</a>' for s in page.sections for plot in s.plots)
    body = "".join(_section(section) for section in page.sections)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(page.title)}</title><style>{_STYLE}</style></head><body><h1>{escape(page.title)}</h1>"
        f'<p class="lead">{escape(page.lead)}</p>{_audio(page.sound)}'
        f"<nav>{links}</nav><main>{body}</main></body></html>"
    )


def write(page: Page, out: Path, plots: Path | None = None) -> None:
    """Write the page, and each plot as PNG and SVG into the folder `plots`; a file is there whole or not at all.

    Raises
    ------
    UsageError
        It cannot be written there, or the disk is full.
    """
    html = render(page)
    if plots is not None:
        make_folder(plots)
        for plot in (plot for section in page.sections for plot in section.plots):
            on_paper = to_svg(plot.figure, plot.slug).replace("currentColor", PAPER_INK)
            _replace(plots / f"{plot.slug}.svg", on_paper.encode())
            _replace(plots / f"{plot.slug}.png", to_png(plot.figure))
    _replace(out, html.encode())


def make_folder(path: Path) -> None:
    """Make a folder for plots, and see that it can be written to; UsageError where it cannot."""
    see_that_it_takes_files(path, _REMEDY)


def _refused(path: Path, cause: OSError) -> UsageError:
    return UsageError(f"{path}: cannot be written to ({cause.strerror or cause}); {_REMEDY}.")


def _section(section: Section) -> str:
    return f"<section><h2>{escape(section.title)}</h2>{section.html}{''.join(map(_figure, section.plots))}</section>"


def _figure(plot: Plot) -> str:
    picture = to_svg(plot.figure, plot.slug).replace("<svg", f'<svg role="img" aria-label="{escape(plot.title)}"', 1)
    caption = f"<figcaption>{escape(plot.caption)}</figcaption>"
    return f'<figure id="{plot.slug}"><h3>{escape(plot.title)}</h3>{wide(picture)}{caption}</figure>'


def wide(content: str) -> str:
    """Return HTML that keeps a size that can be read; on a narrow screen it is moved sideways, by keys too."""
    return f'<div class="wide" tabindex="0">{content}</div>'


def _audio(sound: bytes) -> str:
    if not sound:
        return ""
    return f'<audio controls src="data:audio/ogg;base64,{base64.b64encode(sound).decode()}"></audio>'


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError as cause:
        raise _refused(path, cause) from cause
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)

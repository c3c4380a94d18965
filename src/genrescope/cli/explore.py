"""``genrescope explore``: a song or a data set as one page of plots."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrescope.errors import UsageError

if TYPE_CHECKING:
    from genrescope.explore.page import Page


def explore(
    what: Annotated[str, typer.Argument(metavar="PATH|NAME", help="An audio file, or a data set from 'data list'.")],
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="The page to write.")],
    root: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the data set lies.")] = None,
    plots: Annotated[Path | None, typer.Option(metavar="DIR", help="Also save each plot there as PNG and SVG.")] = None,
    work: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where 'data check' left its list of tracks to pass over.")
    ] = None,
) -> None:
    """Draw a song or a data set: one page that needs nothing else.

    Example:  genrescope explore song.mp3 --out song.html
    """
    from genrescope.explore.page import write

    if out.is_dir() or not out.parent.is_dir():
        raise UsageError(f"--out {out}: name a file in a folder that exists, such as page.html.")
    page = _song(what) if root is None else _dataset(what, root, work)
    _progress("writing the page")
    write(page, out, plots)
    _progress("")
    typer.echo(f"{out}: {sum(len(section.plots) for section in page.sections)} plots")


def _song(what: str) -> "Page":
    from genrescope.datasets.catalogue import DATASETS
    from genrescope.explore.song import song_page

    if what in DATASETS and not Path(what).exists():
        raise UsageError(f"say with --root where {what} lies:  genrescope explore {what} --root DIR --out page.html")
    return song_page(Path(what), _progress)


def _dataset(name: str, root: Path, work: Path | None) -> "Page":
    from genrescope.datasets.catalogue import open_dataset
    from genrescope.datasets.quarantine import respect
    from genrescope.explore.dataset import dataset_page

    data = respect(open_dataset(name, root), work)
    return dataset_page(data, on_track=lambda done, n: _progress(f"{done} of {n} tracks heard"))


def _progress(words: str) -> None:
    """Say on a terminal what is being done."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{words}")
        sys.stderr.flush()

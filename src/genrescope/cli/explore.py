"""``genrescope explore``: a song or a data set as one page of plots."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrescope.errors import UsageError

if TYPE_CHECKING:
    from genrescope.explore.page import Page


def explore(  # noqa: PLR0917 - a verb has the options of its contract
    what: Annotated[str, typer.Argument(metavar="PATH|NAME", help="An audio file, or a data set from 'data list'.")],
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="The page to write.")],
    root: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the data set lies.")] = None,
    plots: Annotated[Path | None, typer.Option(metavar="DIR", help="Also save each plot there as PNG and SVG.")] = None,
    genres: Annotated[str | None, typer.Option(metavar="A,B", help="Only tracks of these genres.")] = None,
    multi_label: Annotated[
        bool, typer.Option("--multi-label", help="All genres of a track and those above them, not its one top genre.")
    ] = False,
    work: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where 'data check' left its list of tracks to pass over.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes that hear files at once.")] = None,
) -> None:
    """Draw a song or a data set: one page that needs nothing else.

    Example:  genrescope explore song.mp3 --out song.html
    """
    from genrescope.explore.page import make_folder, write

    if out.is_dir() or not out.parent.is_dir():
        raise UsageError(f"--out {out}: name a file in a folder that exists, such as page.html.")
    for folder in (out.parent, *([plots] if plots is not None else [])):
        make_folder(folder)  # before minutes are spent on hearing
    chosen = tuple(genre.strip() for genre in genres.split(",")) if genres else ()
    page = _song(what) if root is None else _dataset(what, root, (chosen, multi_label), work, workers)
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


def _dataset(
    name: str, root: Path, chosen: tuple[tuple[str, ...], bool], work: Path | None, workers: int | None
) -> "Page":
    from genrescope.cli._data import tell_used
    from genrescope.cli._progress import Advance
    from genrescope.datasets._base import Selection
    from genrescope.datasets.catalogue import open_dataset
    from genrescope.datasets.quarantine import respect
    from genrescope.explore._measure import sample
    from genrescope.explore.dataset import dataset_page
    from genrescope.runtime.session import available_cores

    data = respect(open_dataset(name, root, Selection(*chosen)), work)
    tell_used(data, work)
    advance = Advance([str(track.path) for track in sample(data, 0) if track.path is not None])
    with advance.shown():
        return dataset_page(data, on_track=advance.step, workers=workers or available_cores())


def _progress(words: str) -> None:
    """Say on a terminal what is being done."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{words}")
        sys.stderr.flush()

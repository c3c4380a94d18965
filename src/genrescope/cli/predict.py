"""``genrescope predict``: the genres of songs, and how they move through them."""

from pathlib import Path
from typing import Annotated

import typer

from genrescope.cli._formats import Format, choose_format
from genrescope.errors import UsageError

_USAGE = """name at least one song, folder or playlist, for example:

  genrescope predict song.mp3
  genrescope predict music/ --recursive --out genres.csv

More:  genrescope predict --help"""


def predict(  # noqa: PLR0913, PLR0917 - a verb has the options of its contract
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="Songs, folders, globs, playlists (m3u, m3u8, pls), - for standard input."),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="FILE|NAME", help="A model file, or a name from 'models list'.")
    ] = "bundled",
    vocabulary: Annotated[str, typer.Option(metavar="native|gtzan|fma", help="In whose genres to answer.")] = "native",
    top: Annotated[int, typer.Option(min=1, metavar="K", help="How many genres to say.")] = 3,
    no_timeline: Annotated[bool, typer.Option("--no-timeline", help="Leave the course over time out.")] = False,
    fast: Annotated[
        bool, typer.Option("--fast", help="Sample the song instead of hearing all of it; no timeline.")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes that work at once.")] = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="Look into folders inside folders.")] = False,
    json_lines: Annotated[bool, typer.Option("--json", help="One JSON object a line, one line a file.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="One row a file.")] = False,
    jams: Annotated[
        bool, typer.Option("--jams", help="JAMS; with --out, a file for each song in that folder.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE_OR_DIR", help="Write there: .jsonl, .csv, .parquet, .jams, or a folder with --jams."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on: skip what --out already answers.")] = False,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Draw the course: .png or .svg; several songs are numbered FILE-1, FILE-2, ..."
        ),
    ] = None,
) -> None:
    """Hear songs, and say their genres.

    Example:  genrescope predict song.mp3

    Example:  genrescope predict music/ --recursive --out genres.csv
    """
    from genrescope.cli._run import Request, run

    if not paths:
        raise UsageError(_USAGE)
    form = choose_format({Format.JSON: json_lines, Format.CSV: csv, Format.JAMS: jams}, out)
    timeline = not (no_timeline or fast)
    request = Request(paths, model, vocabulary, top, timeline, fast, workers, recursive, form, out, resume, plot)
    raise typer.Exit(run(request))

"""``genrescope data check``: hear every file of a data set, and say what is wrong with it."""

from pathlib import Path
from typing import Annotated

import typer


def check(  # noqa: PLR0917 - a verb has the options of its contract
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set of 'data list'.")],
    root: Annotated[Path, typer.Option("--root", metavar="DIR", help="Where it lies.")],
    work: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where what is found is kept; default ROOT/.genrescope.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Processes that work at once; default one a core.")
    ] = None,
    split: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A split to look through for leaks, instead of the official one."),
    ] = None,
    near: Annotated[bool, typer.Option("--near/--no-near", help="Look for copies that are not exact, too.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="The whole report as one JSON object.")] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the page goes; default WORK/check.html.")
    ] = None,
) -> None:
    """Hear every file, list what is wrong, and pass over from now on what cannot be used.

    Stopped at any moment, the same command goes on; run again, it hears only files that are new or changed, and those
    that could not be decoded. It ends with 1 where a file could not be decoded.

    Example:  genrescope data check gtzan --root music/gtzan
    """
    from genrescope.cli.data._check import Request, run

    raise typer.Exit(run(Request(name, root.expanduser(), work, workers, split, near, as_json, html)))

"""``genrescope reproduce``: a report's table again, on the data at hand."""

from pathlib import Path
from typing import Annotated

import typer


def reproduce(  # noqa: PLR0913, PLR0917 - a verb has the options of its contract
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="A table of 'recipes list'.")],
    data: Annotated[str, typer.Option(metavar="NAME", help="A data set of 'data list'.")],
    root: Annotated[Path, typer.Option(metavar="DIR|FILE", help="Where it lies; of a table, its file.")],
    split: Annotated[
        str | None,
        typer.Option(metavar="METHOD|FILE", help="Way to split, or a file of 'data split'; default the report's."),
    ] = None,
    embedding: Annotated[
        str, typer.Option(metavar="MODEL", help="Whose embeddings: bundled, vggish, yamnet, musicnn, a run or a file.")
    ] = "bundled",
    quick: Annotated[bool, typer.Option("--quick", help="A look: few training tracks, few epochs.")] = False,
    genres: Annotated[str | None, typer.Option(metavar="A,B", help="Only tracks of these genres.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where results and finished cells go; default WORK/reproduce.")
    ] = None,
    work: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where notes and features lie; default ROOT/.genrescope.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Processes that work at once; default one a core.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of whatever is drawn.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, one line a table.")] = False,
) -> None:
    """Measure a report's table on a data set: measured beside reported, and on what.

    Stopped at any moment, the same command goes on; finished cells are not computed again. It ends with 1 where
    nothing at all could be measured.

    Example:  genrescope reproduce feature-table --data fma-small --root music/fma
    """
    from genrescope.cli._reproduce import Request, run

    request = Request(slug, data, root.expanduser(), split, embedding, quick, genres, out, work, workers, seed, as_json)
    raise typer.Exit(run(request))

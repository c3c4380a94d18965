"""``genrescope site``: the page as static files, which predicts in the browser."""

from pathlib import Path
from typing import Annotated

import typer


def site(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to write; an earlier site is replaced.")],
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE|NAME", help="A model that the page offers; again for more. [default: bundled]"),
    ] = None,
) -> None:
    """Write the page as static files: songs are heard in the browser and never leave the machine.

    Example:  genrescope site public && python -m http.server --directory public
    """
    from genrescope.runtime.names import BUNDLED
    from genrescope.web.site import write_site

    written = write_site(out, model or [BUNDLED])
    typer.echo(
        f"{out}: {written.n_files} files, {written.n_bytes / 1e6:.0f} MB, models: {', '.join(written.models)}\n"
        f"Look at it:  python -m http.server --directory {out}"
    )

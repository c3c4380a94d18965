"""``genrescope data get``: a published data set onto this disk, going on where an earlier run was cut off."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrescope.errors import GenrescopeError, UsageError

if TYPE_CHECKING:
    from genrescope.datasets._base import Facts
    from genrescope.datasets.fetch import Got


def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set of 'data list'.")],
    root: Annotated[Path, typer.Option("--root", metavar="DIR", help="Where it is to lie.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="PATH_OR_URL",
            help="Take it from here instead of the published address: a folder that holds the archives, an address "
            "that ends in /, or one archive.",
        ),
    ] = None,
    unverified: Annotated[
        bool, typer.Option("--unverified", help="Take a file even where its sum is not the published one.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, one line an archive.")] = False,
) -> None:
    """Fetch a published data set: its archives are checked by their sums and unpacked under DIR.

    Run it again after a break or a kill: it goes on where it was.
    """
    failed = get_archives(_facts_of(name), root, source, verify=not unverified, as_json=as_json)
    raise typer.Exit(int(failed))


def get_archives(facts: "Facts", root: Path, source: str | None, *, verify: bool, as_json: bool) -> bool:
    """Fetch all archives of a data set, and say what became of each; True where one failed."""
    from genrescope.cli.data._transfer import Transfer
    from genrescope.datasets.fetch import get_all

    failed = False
    transfer = Transfer()
    with transfer.shown():
        for archive, got in get_all(facts, root, source=source, verify=verify, report=transfer.report):
            if isinstance(got, GenrescopeError):
                failed = True
                typer.echo(f"genrescope: {got}", err=True)
                if as_json:
                    typer.echo(json.dumps({"archive": archive.name, "error": str(got)}, ensure_ascii=False))
            else:
                typer.echo(json.dumps(got.to_dict(), ensure_ascii=False) if as_json else _words(got, root))
    return failed


def _facts_of(name: str) -> "Facts":
    from difflib import get_close_matches

    from genrescope.datasets.catalogue import DATASETS

    if name not in DATASETS:
        near = get_close_matches(name, DATASETS, 1)
        meant = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(DATASETS)}."
        raise UsageError(f"there is no data set called '{name}'; {meant}")
    return DATASETS[name][0]


def _words(got: "Got", root: Path) -> str:
    where = ", ".join(str(root / entry) for entry in got.entries[:3]) + ", …" * (len(got.entries) > 3)
    if got.status == "kept":
        return f"{got.archive}: {where} is there and is left as it is; move it away to fetch it anew."
    size = f"{got.n_files:,} files, {got.n_bytes / 1e6:,.1f} MB"
    return f"{got.archive}: {got.status}: {size} in {where}"

"""``genrescope data list``: the data sets that can be opened by name."""

import json
from typing import Annotated

import typer


def list_(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, one line a data set, with all that is published.")
    ] = False,
) -> None:
    """List the data sets: what they are, how large, and which splits come with them; --json adds licences and sums."""
    from dataclasses import asdict

    from genrescope.datasets.catalogue import DATASETS

    all_facts = [facts for facts, _ in DATASETS.values()]
    if as_json:
        for facts in all_facts:
            typer.echo(json.dumps(asdict(facts), ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("name", "to fetch", "splits", "what"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "name")
    for facts in all_facts:
        size = sum(archive.size_bytes or 0 for archive in facts.archives)
        cells = (facts.name, size_words(size), ", ".join(facts.splits) or "-", facts.line)
        table.add_row(*map(Text, cells))
    Console(highlight=False, soft_wrap=True).print(table)


def size_words(n_bytes: int) -> str:
    """Say a number of bytes for people.

    Examples
    --------
    >>> size_words(0), size_words(1_225_571_541), size_words(944_000_000_000)
    ('-', '1.2 GB', '944 GB')
    """
    if not n_bytes:
        return "-"
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes < 10e9 else f"{n_bytes / 1e9:,.0f} GB"

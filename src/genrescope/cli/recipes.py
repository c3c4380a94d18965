"""``genrescope recipes list``: what can be trained, and which tables can be reproduced."""

import json
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="What can be trained, and which tables of reports can be reproduced.")


@app.callback()
def _of_recipes() -> None:
    """Keep ``list`` a word of its own, though it is the only one."""


@app.command("list")
def list_(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, one line a recipe or table.")
    ] = False,
) -> None:
    """List tables (for 'reproduce') and recipes (for 'train'), with what they need; classifiers come last.

    Example:  genrescope recipes list
    """
    from rich.console import Console
    from rich.table import Table

    from genrescope.recipes.listing import listing

    known = listing()
    if as_json:
        for one in known:
            typer.echo(json.dumps(one, ensure_ascii=False))
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("name", "kind", "report", "inputs", "what it is"):
        table.add_column(heading, overflow="fold", no_wrap=heading in {"name", "kind"})
    for one in known:
        inputs = one["inputs"]
        words = ", ".join(inputs) if isinstance(inputs, list) else str(inputs)
        table.add_row(str(one["name"]), str(one["kind"]), str(one["report"]), words, str(one["line"]))
    Console(highlight=False).print(table)

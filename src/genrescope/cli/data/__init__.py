"""``genrescope data …``: what data sets there are, how to get one, what is wrong with it, and its splits."""

import typer

from genrescope.cli.data.check import check
from genrescope.cli.data.get import get
from genrescope.cli.data.list import list_
from genrescope.cli.data.split import split
from genrescope.cli.data.stats import stats

app = typer.Typer(no_args_is_help=True, help="Data sets: what there is, what is wrong with it, and splits that hold.")
app.command()(check)
app.command("list")(list_)
app.command()(get)
app.command()(split)
app.command()(stats)

"""The command line: thin verbs, one file a verb; whatever is heavy is imported inside them.

Exit codes: 0 all answered, 1 at least one file failed, 2 wrong use, 130 interrupted.
"""

import errno
import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from genrescope.cli.data import app as data_app
from genrescope.cli.embed import embed
from genrescope.cli.evaluate import evaluate
from genrescope.cli.explore import explore
from genrescope.cli.export import export
from genrescope.cli.extract import extract
from genrescope.cli.models import app as models_app
from genrescope.cli.predict import predict
from genrescope.cli.recipes import app as recipes_app
from genrescope.cli.reproduce import reproduce
from genrescope.cli.search import search
from genrescope.cli.serve import serve
from genrescope.cli.site import site
from genrescope.cli.train import train
from genrescope.errors import GenrescopeError

WRONG_USE = 2

_PERMISSION, _ROOM = "see to its permissions", "make room"
REFUSALS = {
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.EROFS: _PERMISSION,
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
}
"""What a disk may answer to any verb, and what can be done: no fault of ours, and so no traceback."""


class Verbs(TyperGroup):
    """The verbs, with our own errors said in words instead of as a traceback."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the verb; a file in its place is the commonest slip, so say what was meant."""
        if args and args[0] not in self.commands and os.path.exists(args[0]):
            raise_wrong(f"'{args[0]}' is a file or folder, not a verb; try:  genrescope predict {args[0]}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the verb; an error that we raise on purpose ends with exit code 2 and its message."""
        try:
            return super().invoke(ctx)
        except GenrescopeError as error:
            raise_wrong(str(error))
        except OSError as error:
            if error.errno not in REFUSALS:
                raise
            place = error.filename or "a file that was being written"
            raise_wrong(f"{place}: {error.strerror}; {REFUSALS[error.errno]}, or name another place.")


def raise_wrong(message: str) -> None:
    """Say on standard error what was wrong, and leave with exit code 2."""
    typer.echo(f"genrescope: {message}", err=True)
    raise typer.Exit(WRONG_USE)


app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Hear the genres of any song, and how they move through it.\n\n"
    "Example:  [bold]genrescope predict song.mp3[/bold]",
)
app.command()(predict)
app.command()(embed)
app.command()(extract)
app.command()(explore)
app.command()(evaluate)
app.command()(serve)
app.command()(site)
app.command()(reproduce)
app.command()(train)
app.command()(search)
app.command()(export)
app.add_typer(models_app, name="models")
app.add_typer(data_app, name="data")
app.add_typer(recipes_app, name="recipes")


def main() -> None:
    """Run the command line (the entry point of the installed command)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # file names that are not UTF-8 must never end a run
            stream.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="genrescope")
    except BrokenPipeError:
        leave_closed_pipe()
    except KeyboardInterrupt:
        sys.exit(130)


def leave_closed_pipe() -> None:
    """Leave quietly after the reader of our output has gone (``| head``)."""
    # Python flushes standard output once more at exit; give it a place where that cannot fail.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1)

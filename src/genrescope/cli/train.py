"""``genrescope train``: a recipe on a data set, into a run's folder."""

from pathlib import Path
from typing import Annotated

import typer


def train(  # noqa: PLR0913, PLR0917 - a verb has the options of its contract
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe of 'recipes list', or a TOML file.")],
    data: Annotated[str, typer.Option(metavar="NAME", help="A data set of 'data list'.")],
    root: Annotated[Path, typer.Option(metavar="DIR|FILE", help="Where it lies; of a table, its file.")],
    out: Annotated[Path, typer.Option(metavar="RUN", help="The folder of the run.")],
    split: Annotated[
        str | None,
        typer.Option(metavar="METHOD|FILE", help="Way to split, or a file of 'data split'; default the recipe's."),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Such as training.epochs=3 or input=image; more than once."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the split, where one is drawn, and of the training.")] = 0,
    multi_label: Annotated[bool, typer.Option("--multi-label", help="Targets are all genres of a track.")] = False,
    work: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where notes and features lie; default ROOT/.genrescope.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes that compute features.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last whole epoch of a stopped run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="At the end, what run.json says, in one line.")] = False,
) -> None:
    """Train a recipe: the best epoch by validation is kept, with everything that is to be known of the run.

    Stopped at any moment, the same command with --resume goes on from the last whole epoch. The test part is not
    looked at: `genrescope evaluate` does that.

    Example:  genrescope train fma-cnn --data fma-small --root music/fma --out runs/fma-cnn
    """
    from genrescope.cli._train import Request, run

    run(
        Request(
            recipe, data, root.expanduser(), out, split, tuple(changes or ()), seed, multi_label, work, workers, resume,
            as_json,
        )
    )  # fmt: skip

"""The course of ``genrescope evaluate RUN|MODEL``."""

import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from genrescope.cli._data import tell_used
from genrescope.cli._run import tell
from genrescope.errors import UsageError

if TYPE_CHECKING:
    from genrescope.evaluation.report import Report
    from genrescope.recipes.inflation import Inflation

INFLATION = "inflation"


@dataclass(frozen=True)
class Request:
    """The arguments of ``genrescope evaluate RUN|MODEL``, named as there."""

    target: str
    data: str
    root: Path
    split: str | None
    work: Path | None


def score(request: Request) -> "Report":
    """Answer the test part through the model's file, and score it; notes go to standard error."""
    from genrescope.evaluation.report import make_report
    from genrescope.recipes.evaluate import evaluate
    from genrescope.recipes.train import Asked

    on_open = partial(tell_used, work=request.work)
    asked = Asked(request.data, request.root, request.split, work=request.work, on_open=on_open)
    found = evaluate(request.target, asked)
    for note in found.notes:
        tell(note)
    words = "artists, albums or recordings"
    return make_report(
        found.answers,
        name=found.name,
        data=found.data,
        split=found.split,
        group_word=words,
        over_time=found.over_time,
    )


def inflate(request: Request, *, as_json: bool) -> None:
    """Train a run's recipe under a random and a fair split, and print the difference."""
    from genrescope.recipes._base import read_recipe
    from genrescope.recipes._run_folder import RECIPE, read_run
    from genrescope.recipes.inflation import inflation_lines, inflation_of

    run = Path(request.target)
    if not (run / RECIPE).is_file():
        raise UsageError(f"{request.target}: --inflation trains a run's recipe again; name the folder of a run.")
    if request.split is not None:
        raise UsageError("--inflation compares a random split with a fair one; leave out --split.")
    facts = read_run(run)
    recipe, seed = replace(read_recipe(run / RECIPE), name=facts["recipe"]), int(facts.get("seed", 0))
    on_open = partial(tell_used, work=request.work)
    place = run / INFLATION
    found = inflation_of(
        recipe, request.data, request.root, request.work, place, seed=seed, on_open=on_open, on_step=tell
    )
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False))
    else:
        _show(found, inflation_lines([found]))


def _show(found: "Inflation", lines: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*lines[0], box=None, pad_edge=False)
    for line in lines[1:]:
        table.add_row(*line)
    Console(highlight=False).print(table)
    typer.echo(f"random: {found.random_split}; fair: {found.fair_split}, {found.fair_is}; chance {found.chance:.3f}")
    typer.echo(
        f"{found.n_training} tracks to learn from under both; test parts of {found.n_test[0]} and {found.n_test[1]}"
    )

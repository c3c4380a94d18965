"""``genrescope search``: a recipe with many settings, chosen on validation."""

import json
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrescope.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from genrescope.recipes.search import Found, Trial

METHODS = ("tpe", "random", "grid")


def search(  # noqa: PLR0913, PLR0917 - a verb has the options of its contract
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe of 'recipes list', or a TOML file.")],
    data: Annotated[str, typer.Option(metavar="NAME", help="A data set of 'data list'.")],
    root: Annotated[Path, typer.Option(metavar="DIR|FILE", help="Where it lies; of a table, its file.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder of the search; the same one goes on with it.")],
    trials: Annotated[int, typer.Option(min=1, metavar="N", help="In all, those of an earlier call too.")] = 20,
    over: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=LOW..HIGH|A,B", help="What is tried; default learning rate, batch size, optimizer."),
    ] = None,
    method: Annotated[str, typer.Option(metavar="tpe|random|grid", help="How settings are drawn.")] = "tpe",
    split: Annotated[str | None, typer.Option(metavar="METHOD|FILE", help="As for 'train'.")] = None,
    changes: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="As for 'train'.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws, of the split and of every training.")] = 0,
    work: Annotated[Path | None, typer.Option(metavar="DIR", help="Where notes and features lie.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Try settings of a recipe, choose on the validation part, and say what mattered; the test part is not looked at.

    Stopped at any moment, the same command goes on.

    Example:  genrescope search fma-cnn --data fma-small --root music/fma --out search --trials 30
    """
    if method not in METHODS:
        raise UsageError(f"--method is one of {', '.join(METHODS)}; got {method!r}.")
    from genrescope.cli._data import tell_used

    try:
        from genrescope.recipes._base import changed, read_recipe
        from genrescope.recipes.search import DEFAULT_RANGES, read_range
        from genrescope.recipes.search import search as run
        from genrescope.recipes.train import Asked, prepare

        chosen = changed(read_recipe(recipe), changes or ())
        ranges = [read_range(text) for text in (over or DEFAULT_RANGES)]
        prepared = prepare(
            chosen, Asked(data, root.expanduser(), split, work=work, seed=seed, on_open=partial(tell_used, work=work))
        )
        told = _Told(trials)
        found = run(
            chosen, prepared.parts, out, ranges,
            n_trials=trials, method=method, seed=seed, on_trial=told.trial,  # type: ignore[arg-type]
        )  # fmt: skip
    except ModuleNotFoundError as cause:
        raise MissingExtraError("'search'", "train") from cause
    typer.echo(json.dumps(asdict(found), ensure_ascii=False) if as_json else words_of(found, recipe))
    if found.best is None:
        raise typer.Exit(1)


class _Told:
    """Says on standard error what each trial came to, and how long the others will take."""

    def __init__(self, n_trials: int) -> None:
        self.n_trials, self.begun_s, self.n_here = n_trials, time.monotonic(), 0

    def trial(self, trial: "Trial") -> None:
        from genrescope.cli._terminal import clock

        self.n_here += 1
        left_s = (time.monotonic() - self.begun_s) / self.n_here * (self.n_trials - trial.number - 1)
        left = f"; about {clock(left_s)} left" if left_s > 0 else ""
        typer.echo(f"trial {trial.number + 1} of {self.n_trials}: {_line(trial)}{left}", err=True)


def words_of(found: "Found", recipe: str) -> str:
    """Say for people what was found."""
    if found.best is None:
        return f"none of the {len(found.trials)} trials could be trained; the last: {found.trials[-1].why}"
    lines = [f"best of {len(found.trials)} trials: {_line(found.best)}"]
    if found.importances:
        mattered = ", ".join(f"{key} {share:.0%}" for key, share in found.importances.items())
        lines.append(f"what mattered: {mattered}")
    changes = " ".join(f"--set {key}={value}" for key, value in found.best.values.items())
    return "\n".join([*lines, f"train it:  genrescope train {recipe} {changes} ..."])


def _line(trial: "Trial") -> str:
    values = ", ".join(f"{key}={_short(value)}" for key, value in trial.values.items())
    return f"failed ({values}): {trial.why}" if trial.score is None else f"{trial.score:.3f} ({values})"


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)

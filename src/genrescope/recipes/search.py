"""Trying settings of a recipe: chosen on the validation part, resumable, with what mattered."""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_type_hints

from genrescope.errors import GenrescopeError, UsageError
from genrescope.recipes._base import Recipe, changed
from genrescope.recipes._search_kept import begun, check_same, kept_study, storage
from genrescope.recipes.networks import resolved, train_parts
from genrescope.training.examples import Examples
from genrescope.training.fit_settings import FitSettings, fit_settings

if TYPE_CHECKING:
    import optuna

Method = Literal["tpe", "random", "grid"]

MAX_SEED = 2**32 - 1
"""numpy's generators, from which the draws come, take none above."""

MAX_COMBINATIONS = 1_000
"""So many combinations with other settings are looked at before a value is said to fit none."""

DEFAULT_RANGES = (
    "training.learning_rate=1e-5..1e-1",
    "training.batch_size=16,32,64",
    "training.optimizer=adam,adamw,sgd",
)
"""What is tried where nothing is said: what the reports wished to have tried."""


DRAWN = ("training.", "model_settings.")
"""What the settings that may be drawn begin with."""


@dataclass(frozen=True)
class Range:
    """What may be tried for a setting: one of `choices`, or a number from `low` to `high`.

    A number whose bounds are ten times apart or more is drawn by its logarithm. `whole` is what the bounds look like;
    in a search, whole numbers are drawn where the setting is one.
    """

    key: str
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    whole: bool = False


@dataclass(frozen=True)
class Trial:
    """What was tried, and what came of it; `why` says why there is no score."""

    number: int
    values: Mapping[str, Any]
    score: float | None
    why: str = ""


@dataclass(frozen=True)
class Found:
    """The outcome of a search.

    Attributes
    ----------
    trials : tuple of Trial
        All, also those of earlier runs.
    best : Trial or None
        The one with the highest validation accuracy; None where none could be trained.
    importances : mapping of str to float
        Which share of the differences each setting explains, most first; empty where there are too few trials.
    """

    trials: tuple[Trial, ...]
    best: Trial | None
    importances: Mapping[str, float]


def read_range(text: str) -> Range:
    """Read ``KEY=LOW..HIGH`` or ``KEY=A,B,C``.

    Examples
    --------
    >>> read_range("training.learning_rate=1e-4..1e-2").high
    0.01
    >>> read_range("training.optimizer=adam,sgd").choices
    ('adam', 'sgd')
    """
    key, sign, said = text.partition("=")
    low, dots, high = said.partition("..")
    if not sign or not key or not said:
        raise UsageError(f"--over takes KEY=LOW..HIGH or KEY=A,B,C; got {text!r}.")
    if not dots:
        return Range(key, tuple(said.split(",")))
    try:
        bounds = float(low), float(high)
    except ValueError as cause:
        raise UsageError(
            f"--over {text}: the bounds are numbers, such as  training.learning_rate=1e-4..1e-2"
        ) from cause
    if not -math.inf < bounds[0] < bounds[1] < math.inf:
        raise UsageError(f"--over {text}: the first bound is below the second.")
    return Range(key, (), *bounds, whole="." not in low + high and "e" not in (low + high).lower())


def search(
    recipe: Recipe,
    parts: Mapping[str, Examples],
    out: Path,
    ranges: Sequence[Range],
    *,
    n_trials: int,
    method: Method = "tpe",
    seed: int = 0,
    on_trial: Callable[[Trial], object] | None = None,
) -> Found:
    """Train a recipe with settings drawn from ranges, until there are so many trials; the same call goes on.

    Parameters
    ----------
    recipe : Recipe
        Of kind ``network``.
    parts : mapping of str to Examples
        ``training`` and ``validation``; no other part is looked at.
    out : Path
        Folder for the trials' runs and for what was found so far; it holds one search, of one recipe, data and seed.
    ranges : sequence of Range
        What is tried; a key that no recipe has, or a value that its setting cannot have, is an error before anything is
        trained.
    n_trials : int
        In all, those of earlier calls too.
    method : {"tpe", "random", "grid"}
        Learning from what was tried, by chance, or every combination in turn (of choices alone).
    seed : int
        Of the draws and of every training.
    on_trial : callable, optional
        Told of each trial.

    Raises
    ------
    UsageError
        There is no validation part, a range is none, or the folder holds another search.
    """
    ranges = [_of_type(recipe, one) for one in ranges]
    fits = _check(recipe, parts, ranges, seed)
    study = _study(fits, parts, out, ranges, method, seed)
    while (before := len(_done(study))) < n_trials:
        study.optimize(
            lambda trial: _tried(trial, recipe, parts, out, ranges, seed), n_trials=1, catch=(GenrescopeError,)
        )
        if len(_done(study)) == before:
            break  # a grid has no more
        if on_trial is not None:
            on_trial(_trial(study.trials[-1]))
    return _found(study)


def _of_type(recipe: Recipe, one: Range) -> Range:
    """Return a range of whole numbers where the setting is a whole number, and of any where it is any."""
    from genrescope.models.catalogue import NETWORKS

    table, _, key = one.key.partition(".")
    network = NETWORKS.get(recipe.model)
    owners = {"training": FitSettings, "model_settings": type(network.settings) if network is not None else None}
    owner = owners.get(table)
    hint = get_type_hints(owner).get(key) if owner is not None else None
    kinds = {hint, *get_args(hint)}
    if one.choices or not kinds & {int, float}:
        return one
    whole = float not in kinds
    if whole and not (one.low.is_integer() and one.high.is_integer()):
        raise UsageError(f"--over {one.key}: it is a whole number, and so are its bounds; got {one.low}..{one.high}.")
    return replace(one, whole=whole)


def _check(recipe: Recipe, parts: Mapping[str, Examples], ranges: Sequence[Range], seed: int) -> Recipe:
    """Return the recipe with values of the ranges that go together."""
    if not 0 <= seed <= MAX_SEED:
        raise UsageError(f"--seed is a whole number from 0 to {MAX_SEED} in a search; got {seed}.")
    if not len(parts.get("validation", ())):
        raise UsageError("settings are chosen on a validation part, and the split has none.")
    if not len(parts.get("training", ())):
        raise UsageError(f"there is no track of the part 'training'; the split has: {', '.join(parts)}.")
    names = [one.key for one in ranges]
    if len(set(names)) < len(names):
        raise UsageError(f"a setting stands twice among the ranges: {', '.join(names)}.")
    for name in names:
        if not name.startswith(DRAWN) and hasattr(recipe, name.partition(".")[0]):
            raise UsageError(f"--over {name}: inputs and parts are made once; a search draws {' and '.join(DRAWN)}*.")
    fits = recipe
    for one in ranges:
        for change in _changes(one):
            fits = _check_change(recipe, change, [_changes(other) for other in ranges if other is not one])
    return fits


def _changes(one: Range) -> list[str]:
    """Return each choice, or both bounds, as ``--set`` takes it."""
    values = one.choices or (_number(one, one.low), _number(one, one.high))
    return [f"{one.key}={value}" for value in values]


def _check_change(recipe: Recipe, change: str, others: Sequence[Sequence[str]]) -> Recipe:
    """A value may go with some of the other settings only, as momentum with sgd; what goes with none is refused."""
    refused = []
    for along in islice(product(*others), MAX_COMBINATIONS):
        try:
            return _resolving(changed(recipe, [*along, change]))
        except UsageError as error:
            refused.append(error)
    raise refused[0]  # it names the setting, which may also be one of the recipe's own


def _resolving(recipe: Recipe) -> Recipe:
    from genrescope.models.catalogue import network_settings

    resolved(recipe, fit_settings(recipe.training))
    network_settings(recipe.model, recipe.model_settings)
    return recipe


def _study(
    recipe: Recipe, parts: Mapping[str, Examples], out: Path, ranges: Sequence[Range], method: Method, seed: int
) -> "optuna.Study":
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    now = begun(recipe, parts, {one.key: _words(one) for one in ranges}, seed)
    kept = kept_study(out, recipe.name)
    if kept is not None:
        check_same(kept, now, out)
    # A sampler that begins anew must not draw the same again.
    sampler = _sampler(method, ranges, seed + (len(kept.trials) if kept is not None else 0))
    out.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=storage(out), study_name=recipe.name, sampler=sampler, direction="maximize", load_if_exists=True
    )
    study.set_user_attr("begun", now)
    return study


def _sampler(method: Method, ranges: Sequence[Range], seed: int) -> "optuna.samplers.BaseSampler":
    import optuna

    if method == "grid":
        if any(not one.choices for one in ranges):
            raise UsageError("a grid is made of choices: write  --over KEY=A,B,C  for every setting.")
        return optuna.samplers.GridSampler({one.key: list(one.choices) for one in ranges}, seed=seed)
    if method == "random":
        return optuna.samplers.RandomSampler(seed=seed % (MAX_SEED + 1))
    return optuna.samplers.TPESampler(seed=seed % (MAX_SEED + 1))


def _tried(
    trial: "optuna.Trial", recipe: Recipe, parts: Mapping[str, Examples], out: Path, ranges: Sequence[Range], seed: int
) -> float:
    changes = [f"{one.key}={_drawn(trial, one)}" for one in ranges]
    learned = {name: parts[name] for name in ("training", "validation")}
    try:
        trained = train_parts(changed(recipe, changes), learned, out / "trials" / f"{trial.number}", seed=seed)
    except GenrescopeError as error:
        trial.set_user_attr("why", str(error))
        raise
    return max(epoch.validation_accuracy or 0.0 for epoch in trained.fitted.history)


def _drawn(trial: "optuna.Trial", one: Range) -> Any:
    if one.choices:
        return trial.suggest_categorical(one.key, one.choices)
    log = one.low > 0 and one.high / one.low >= 10
    if one.whole:
        return trial.suggest_int(one.key, int(one.low), int(one.high), log=log)
    return trial.suggest_float(one.key, one.low, one.high, log=log)


def _words(one: Range) -> str:
    return ",".join(one.choices) if one.choices else f"{_number(one, one.low)}..{_number(one, one.high)}"


def _number(one: Range, value: float) -> str:
    return str(int(value)) if one.whole else repr(float(value))


def _done(study: "optuna.Study") -> "list[optuna.trial.FrozenTrial]":
    """Return the trials that came to an end; one that was killed is not counted, and another takes its place."""
    return [trial for trial in study.trials if trial.state.is_finished()]


def _trial(trial: "optuna.trial.FrozenTrial") -> Trial:
    return Trial(trial.number, dict(trial.params), trial.value, str(trial.user_attrs.get("why", "")))


def _found(study: "optuna.Study") -> Found:
    trials = tuple(map(_trial, _done(study)))
    scored = [trial for trial in trials if trial.score is not None]
    best = max(scored, key=lambda trial: trial.score or 0.0, default=None)
    return Found(trials, best, _importances(study) if len(scored) > 3 else {})


def _importances(study: "optuna.Study") -> dict[str, float]:
    import optuna

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dict(optuna.importance.get_param_importances(study))
    except (RuntimeError, ValueError):  # all trials alike: nothing explains a difference that is not there
        return {}


def with_best(recipe: Recipe, found: Found) -> Recipe:
    """Return the recipe with the settings that did best."""
    if found.best is None:
        return recipe
    return replace(changed(recipe, [f"{key}={value}" for key, value in found.best.values.items()]), name=recipe.name)

"""How much a random split flatters: one recipe, learned and scored under a random split and under one that is fair."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.datasets._base import Dataset
from genrescope.datasets._groups import Duplicates
from genrescope.datasets.splits import Split, make_split
from genrescope.errors import UsageError
from genrescope.recipes._base import Recipe
from genrescope.recipes._score import Score, score
from genrescope.recipes.grid import Grid, GridRow, run_grid
from genrescope.recipes.sources import Asked, Source, quick_source, source_of

SHARES = (80.0, 10.0, 10.0)
"""Of the parts, where splits are drawn."""
DRAWS = 2_000
"""Of the bootstrap."""


@dataclass(frozen=True)
class Pair:
    """Two splits of one data set: one that takes no notice of artists and recordings, and one that does."""

    random: Split
    fair: Split


@dataclass(frozen=True)
class Inflation:
    """What a random split adds to a score.

    Attributes
    ----------
    model : str
        The recipe.
    random, fair : Score
        Accuracy under both; the mean over the pairs of splits.
    random_split, fair_split : str
        Their names.
    n_training, n_test : tuple of int
        Tracks that were learned from, equally many under both; tracks that were scored under the random split and
        under the fair one.
    difference, low, high : float
        Random minus fair, and its 95 % interval: a bootstrap over the groups of both test parts, and over the pairs.
    chance : float
        Accuracy of a draw among the genres.
    why : str
        Why there is no figure; empty where there is one.
    """

    model: str
    random: Score | None
    fair: Score | None
    random_split: str
    fair_split: str
    n_training: int = 0
    n_test: tuple[int, int] = (0, 0)
    difference: float = 0.0
    low: float = 0.0
    high: float = 0.0
    chance: float = 0.0
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        both = {"random": (self.random_split, self.random), "fair": (self.fair_split, self.fair)}
        scores = {
            name: None
            if found is None
            else {"split": split, "accuracy": found.accuracy, "accuracy_95ci": [found.low, found.high]}
            for name, (split, found) in both.items()
        }
        return {
            "model": self.model,
            **scores,
            "n_training": self.n_training,
            "n_test": list(self.n_test),
            "inflation": self.difference,
            "inflation_95ci": [self.low, self.high],
            "chance": self.chance,
            "why": self.why or None,
        }


def pairs_of(dataset: Dataset, duplicates: Duplicates = (), *, seed: int = 0, repeats: int = 3) -> list[Pair]:
    """Return the pairs of splits to compare: the published ones where there are two, or else `repeats` drawn pairs.

    Raises
    ------
    UsageError
        The data set cannot be split so.
    """
    if {"stratified", "filtered"} <= set(dataset.facts.splits):
        return [Pair(make_split(dataset, "stratified"), make_split(dataset, "filtered"))]
    return [
        Pair(
            make_split(dataset, "holdout", seed=one, shares=SHARES),
            make_split(dataset, "grouped", seed=one, shares=SHARES, duplicates=duplicates),
        )
        for one in range(seed, seed + repeats)
    ]


def inflation(recipe: Recipe, asked: Asked, pairs: Sequence[Pair], out: Path, *, seed: int = 0) -> Inflation:
    """Learn a recipe under each split of the pairs, and return the difference of its scores.

    Parameters
    ----------
    recipe : Recipe
        Of the kind ``classifier``.
    asked : Asked
        The data; its own split is not used.
    pairs : sequence of Pair
        As `pairs_of` returns them.
    out : Path
        Folder in which finished fits are kept.
    seed : int
        Of the recipe, and of the bootstrap.

    Raises
    ------
    GenrescopeError
        The data has no such input, or the recipe is of another kind.
    """
    return inflations(recipe, [recipe.model], asked, pairs, out, seed=seed)[0]


def inflations(
    recipe: Recipe, models: Sequence[str], asked: Asked, pairs: Sequence[Pair], out: Path, *, seed: int = 0
) -> list[Inflation]:
    """Do as `inflation` for several classifiers on a recipe's input."""
    if recipe.kind != "classifier":
        raise UsageError(f"{recipe.name}: the inflation of a network is measured by training it under both splits.")
    if not pairs:
        raise UsageError("inflation is the difference between two splits; no pair of splits was given.")
    sources = [_sources(recipe, asked, pair) for pair in pairs]
    rows = [
        GridRow(f"{place}-{name}", source.material)
        for place, both in enumerate(sources)
        for name, source in zip(("random", "fair"), both, strict=True)
    ]
    outcomes = run_grid(rows, models, Grid(out / "inflation.jsonl", asked.workers, seed))
    found = []
    for model in models:
        answers = [[outcomes[f"{place}-{name}", model] for name in ("random", "fair")] for place in range(len(pairs))]
        why = next((outcome.why for both in answers for outcome in both if outcome.why), "")
        names = pairs[0].random.name, pairs[0].fair.name
        if why:
            found.append(Inflation(model, None, None, *names, why=why))
            continue
        right = [
            tuple(np.asarray(outcome.predicted) == source.test.targets for outcome, source in zip(*one, strict=True))
            for one in zip(answers, sources, strict=True)
        ]
        found.append(_compared(model, names, sources, right, seed))
    return found


def inflation_of(
    recipe: Recipe,
    data: str,
    root: Path,
    work: Path | None,
    out: Path,
    *,
    seed: int = 0,
    on_open: Callable[[Dataset], object] = lambda _: None,
) -> Inflation:
    """Do as `inflation` for a recipe of any kind on a data set by its name; networks are trained under each split.

    Parameters
    ----------
    recipe : Recipe
        What is trained.
    data, root, work : str, Path, Path or None
        The data set, where it lies, and where its notes and features lie (None: the usual place).
    out : Path
        Folder in which finished trainings are kept; the same call goes on with them.
    seed : int
        Of the recipe, of splits that are drawn, and of the bootstrap.
    on_open : callable
        Told of the data set when it is opened.
    """
    from genrescope.datasets.catalogue import open_dataset
    from genrescope.datasets.quarantine import make_work_folder, read_duplicates, respect

    dataset = respect(open_dataset(data, root), work)
    on_open(dataset)
    notes = work or make_work_folder(dataset.root)
    pairs = pairs_of(dataset, read_duplicates(notes), seed=seed)
    if recipe.kind == "classifier":
        return inflation(recipe, Asked(dataset, pairs[0].fair, notes), pairs, out, seed=seed)
    return _of_network(recipe, data, root, notes, pairs, out, seed)


def _of_network(  # noqa: PLR0917
    recipe: Recipe, data: str, root: Path, work: Path, pairs: Sequence[Pair], out: Path, seed: int
) -> Inflation:
    """Train under each split with equally many tracks, and compare the test parts."""
    from genrescope.recipes import train as whole
    from genrescope.recipes.networks import train_parts

    sources, right = [], []
    for place, pair in enumerate(pairs):
        parts = []
        for name, split in (("random", pair.random), ("fair", pair.fair)):
            split.write(out / f"{place}-{name}.json")
            asked = whole.Asked(data, root, str(out / f"{place}-{name}.json"), work=work, seed=seed)
            parts.append(whole.prepare(recipe, asked).parts)
        n = min(len(part["training"]) for part in parts)
        both, answers = [], []
        for name, part in zip(("random", "fair"), parts, strict=True):
            source = quick_source(Source("", part["training"], part["test"], (), {}), n)
            chosen = {**part, "training": source.training}
            trained = train_parts(recipe, chosen, out / f"{place}-{name}", seed=seed, resume=True)
            said = trained.answer(part["test"])
            both.append(source)
            answers.append(said.predicted == said.truth)
        sources.append((both[0], both[1]))
        right.append(tuple(answers))
    return _compared(recipe.name, (pairs[0].random.name, pairs[0].fair.name), sources, right, seed)


def _sources(recipe: Recipe, asked: Asked, pair: Pair) -> tuple[Source, Source]:
    """Return the numbers under both splits, with equally many tracks to learn from."""
    random, fair = (
        source_of(recipe.input, "all", replace(asked, split=split), recipe.input_settings)
        for split in (pair.random, pair.fair)
    )
    n = min(len(random.training), len(fair.training))
    return quick_source(random, n), quick_source(fair, n)


def _compared(
    model: str,
    names: tuple[str, str],
    sources: Sequence[tuple[Source, Source]],
    right: Sequence[tuple[NDArray[np.bool_], ...]],
    seed: int,
) -> Inflation:
    rng = np.random.default_rng(seed)
    draws = [
        _draws(one[0], both[0].test.groups, rng) - _draws(one[1], both[1].test.groups, rng)
        for one, both in zip(right, sources, strict=True)
    ]
    low, high = np.percentile(np.concatenate(draws), (2.5, 97.5)).tolist()
    random, fair = (_score([one[side] for one in right]) for side in (0, 1))
    first = sources[0]
    return Inflation(
        model=model,
        random=random,
        fair=fair,
        random_split=names[0],
        fair_split=names[1],
        n_training=len(first[0].training),
        n_test=(len(first[0].test), len(first[1].test)),
        difference=random.accuracy - fair.accuracy,
        low=low,
        high=high,
        chance=1 / len(np.unique(first[1].test.targets)),
    )


def _score(right: Sequence[NDArray[np.bool_]]) -> Score:
    """Return the accuracy over all test parts together; F1 is not asked for here."""
    joined = np.concatenate(right)
    return score(("wrong", "right"), np.ones(len(joined), dtype=np.int64), joined.astype(np.int64))


def _draws(right: NDArray[np.bool_], groups: Sequence[str], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return accuracies of test parts that are drawn group by group, with replacement."""
    _, place = np.unique(np.asarray(groups), return_inverse=True)
    n_right = np.bincount(place, weights=right)
    n = np.bincount(place)
    drawn = rng.integers(len(n), size=(DRAWS, len(n)))
    accuracies: NDArray[np.float64] = n_right[drawn].sum(axis=1) / n[drawn].sum(axis=1)
    return accuracies


def inflation_lines(found: Sequence[Inflation]) -> list[list[str]]:
    """Return inflations as rows of text, the first being the heading: for a terminal, or for Markdown."""
    lines = [["model", "random split", "fair split", "inflation, points", "95 % interval"]]
    for one in found:
        if one.random is None or one.fair is None:
            lines.append([one.model, "–", "–", "–", one.why])
            continue
        scores = [f"{each.accuracy:.3f}" for each in (one.random, one.fair)]
        interval = f"{100 * one.low:+.1f} to {100 * one.high:+.1f}"
        lines.append([one.model, *scores, f"{100 * one.difference:+.1f}", interval])
    return lines

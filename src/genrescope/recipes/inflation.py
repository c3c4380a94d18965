"""How much a random split flatters: one recipe, learned and scored under a random split and under one that is fair."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.datasets._base import Dataset
from genrescope.datasets._groups import Duplicates, components
from genrescope.datasets.splits import Split, make_split
from genrescope.errors import UsageError
from genrescope.evaluation.answers import Answers
from genrescope.recipes import train as whole
from genrescope.recipes._base import Recipe
from genrescope.recipes._score import Score, score
from genrescope.recipes.classifiers import answers_of, fitted_on
from genrescope.recipes.grid import Grid, GridRow, run_grid
from genrescope.recipes.sources import Asked, Source, quick_source, source_of
from genrescope.training.examples import Examples

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
    fair_is : str
        What makes the fair split fair, in words.
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
    fair_is: str = ""
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
            "fair_is": self.fair_is or None,
            "why": self.why or None,
        }


def pairs_of(dataset: Dataset, duplicates: Duplicates = (), *, seed: int = 0, repeats: int = 3) -> list[Pair]:
    """Return the pairs of splits to compare.

    GTZAN's two published lists, where they are; else `repeats` drawn pairs. The fair one holds artists, albums and
    recordings together; where none is known to have two tracks, it is the data set's own, if it has one.

    Raises
    ------
    UsageError
        The data set cannot be split so, or nothing is known by which a split would be fair.
    """
    if {"stratified", "filtered"} <= set(dataset.facts.splits):
        return [Pair(make_split(dataset, "stratified"), make_split(dataset, "filtered"))]
    seeds = range(seed, seed + repeats)
    if any(len(group) > 1 for group in components(dataset.tracks, duplicates)):
        return [Pair(_random(dataset, one, SHARES), _grouped(dataset, one, duplicates)) for one in seeds]
    if not {"training", "test"} <= {track.part for track in dataset.tracks}:
        raise UsageError(
            f"{dataset.root}: of no two tracks it is known that they are of one artist, album or recording, and there "
            "is no split of its own: every split is a random one. Name artists, or let  genrescope data check  find "
            "repeats."
        )
    own = make_split(dataset, "official")
    return [Pair(_random(dataset, one, [len(ids) for ids in own.parts.values()]), own) for one in seeds]


def _random(dataset: Dataset, seed: int, shares: Sequence[float]) -> Split:
    return make_split(dataset, "holdout", seed=seed, shares=shares)


def _grouped(dataset: Dataset, seed: int, duplicates: Duplicates) -> Split:
    return make_split(dataset, "grouped", seed=seed, shares=SHARES, duplicates=duplicates)


def why_fair(dataset: Dataset, split: Split) -> str:
    """Say what makes a split the fair one of a pair."""
    if split.method == "official":
        return "as the data set has it; artists are not known here"
    words = "no artist or recording on two sides"
    unknown = sum(track.artist is None for track in dataset.tracks) / len(dataset.tracks)
    if split.method == "grouped" and unknown:
        return f"{words} as far as is known: of {unknown:.0%} of the tracks the artist is not"
    return words


def inflations(
    recipe: Recipe, models: Sequence[str], asked: Asked, pairs: Sequence[Pair], out: Path, *, seed: int = 0
) -> list[Inflation]:
    """Return what random splits add to the scores of classifiers with their own settings, on a recipe's input.

    Parameters
    ----------
    recipe : Recipe
        Of the kind ``classifier``; its input is taken, its settings are not.
    models : sequence of str
        Names in `genrescope.models.classic.CLASSIFIERS`.
    asked : Asked
        The data; its own split is not used.
    pairs : sequence of Pair
        As `pairs_of` returns them.
    out : Path
        Folder in which finished fits are kept.
    seed : int
        Of the classifiers, and of the bootstrap.

    Raises
    ------
    GenrescopeError
        The data has no such input, or the recipe is of another kind.
    """
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
    on_step: Callable[[str], object] = lambda _: None,
) -> Inflation:
    """Train a recipe of any kind, with its settings, under a random and a fair split, and return the difference.

    Parameters
    ----------
    recipe : Recipe
        What is trained.
    data, root, work : str, Path, Path or None
        The data set, where it lies, and where its notes and features lie (None: the usual place).
    out : Path
        Folder in which finished trainings of networks are kept; the same call goes on with them.
    seed : int
        Of the recipe, of splits that are drawn, and of the bootstrap.
    on_open : callable
        Told of the data set when it is opened.
    on_step : callable
        Told in words what is being done.

    Raises
    ------
    GenrescopeError
        The data cannot be split in two such ways, has no such input, or the recipe cannot learn from it.
    """
    from genrescope.datasets.catalogue import open_dataset
    from genrescope.datasets.quarantine import make_work_folder, read_duplicates, respect

    dataset = respect(open_dataset(data, root), work)
    on_open(dataset)
    notes = work or make_work_folder(dataset.root)
    pairs = pairs_of(dataset, read_duplicates(notes), seed=seed)
    sources, right = [], []
    for place, pair in enumerate(pairs):
        on_step(f"pair {place + 1} of {len(pairs)}: {pair.random.name}, then {pair.fair.name}")
        asked = whole.Asked(data, root, work=notes, seed=seed)
        one = _both_ways(recipe, asked, pair, out / str(place), seed)
        sources.append((one[0][0], one[1][0]))
        right.append((one[0][1], one[1][1]))
    found = _compared(recipe.name, (pairs[0].random.name, pairs[0].fair.name), sources, right, seed)
    return replace(found, fair_is=why_fair(dataset, pairs[0].fair))


def _both_ways(
    recipe: Recipe, asked: whole.Asked, pair: Pair, out: Path, seed: int
) -> list[tuple[Source, NDArray[np.bool_]]]:
    """Train under the random and the fair split with equally many tracks; say which test tracks are right."""
    prepared = []
    for name, split in (("random", pair.random), ("fair", pair.fair)):
        split.write(out / f"{name}.json")
        prepared.append(whole.prepare(recipe, replace(asked, split=str(out / f"{name}.json"))))
    n = min(len(one.parts["training"]) for one in prepared)
    found = []
    for name, one in zip(("random", "fair"), prepared, strict=True):
        source = quick_source(Source("", one.parts["training"], one.parts["test"], (), {}), n)
        said = _answer(one.recipe, {**one.parts, "training": source.training}, out / name, seed)
        test = source.test.take(np.flatnonzero(np.isin(source.test.ids, said.ids)))
        found.append((replace(source, test=test), said.predicted == said.truth))
    return found


def _answer(recipe: Recipe, parts: Mapping[str, Examples], out: Path, seed: int) -> Answers:
    """Train a recipe, and return what it says of the test part."""
    if recipe.kind == "classifier":
        from genrescope.training.classic import usable

        held = usable(parts["validation"])[0] if len(parts.get("validation", ())) else None
        test = usable(parts["test"])[0]
        return answers_of(test, fitted_on(recipe, parts["training"], held, seed).answer(test).probabilities)
    from genrescope.recipes.networks import train_parts

    return train_parts(recipe, parts, out, seed=seed, resume=True).answer(parts["test"])


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

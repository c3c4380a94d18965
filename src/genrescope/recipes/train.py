"""The whole way of ``genrescope train``: a data set, its split, what the recipe sees of it, and a run's folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.datasets._base import Dataset, Selection
from genrescope.datasets.catalogue import ALL, open_dataset
from genrescope.datasets.quarantine import make_work_folder, read_duplicates, respect
from genrescope.datasets.splits import METHODS, Split, make_split, read_split
from genrescope.errors import UsageError
from genrescope.features._settings import nearest
from genrescope.features.store import Done
from genrescope.features.tables import _feature_of as feature_of
from genrescope.recipes._base import Recipe, classifier_names, read_recipe
from genrescope.recipes._run_folder import RECIPE, SPLIT
from genrescope.recipes.classifiers import ClassifierRun, train_classifier
from genrescope.recipes.material import Wanted, examples_of, parts_of
from genrescope.recipes.networks import Tell, Trained, train_parts
from genrescope.training.examples import Examples, Indices, Inputs

TABLE_KINDS: Mapping[str, str] = {
    "log-mel": "logmel",
    "linear-spectrogram-image": "image",
    "mfcc": "mfcc",
    "statistics": "fma518",
    "embedding": "embedding",
}
"""Which feature a table of ready numbers stands for."""

MAX_SEED = 2**63 - 1

NO_RUN_YET = {RECIPE, SPLIT, "trunk"}
"""What a training leaves that was refused before its first epoch: the next one may use the folder."""


@dataclass(frozen=True)
class Asked:
    """What a recipe is to be trained on.

    Attributes
    ----------
    data : str
        A data set's name.
    root : Path
        Where it lies.
    split : str or None
        A way to split, or a file of ``data split``; None is the recipe's.
    multi_label : bool
        Whether targets are all genres of a track.
    work : Path or None
        Where notes and features lie; None is the usual place.
    seed : int
        Of the split, where one is drawn, and of the training.
    workers : int or None
        Processes that extract.
    on_open : callable or None
        Told of the data set when it is opened: how much of it is used is to be said before hours are spent on it.
    """

    data: str
    root: Path
    split: str | None = None
    multi_label: bool = False
    work: Path | None = None
    seed: int = 0
    workers: int | None = None
    on_open: Callable[[Dataset], object] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.seed <= MAX_SEED:
            raise UsageError(f"--seed is a whole number from 0 to {MAX_SEED}; got {self.seed}.")

    def open(self, selection: Selection = ALL) -> Dataset:
        """Return the data set, its quarantine respected."""
        return respect(open_dataset(self.data, self.root, selection), self.work)

    def tell(self, dataset: Dataset) -> Dataset:
        """Tell of the data set that is used, and return it."""
        if self.on_open is not None:
            self.on_open(dataset)
        return dataset


@dataclass(frozen=True, eq=False)
class Prepared:
    """Examples in the parts of a split.

    Attributes
    ----------
    recipe : Recipe
        As it is learned on this data.
    dataset : Dataset
        Opened, its quarantine respected.
    split : Split
        How it was split.
    parts : mapping of str to Examples
        Of those tracks that have an input.
    missing : mapping of str to str
        The others, and why.
    """

    recipe: Recipe
    dataset: Dataset
    split: Split
    parts: Mapping[str, Examples]
    missing: Mapping[str, str]

    @property
    def facts(self) -> dict[str, Any]:
        """What a run says of them."""
        n_missing = sum(track_id in self.split.part_of for track_id in self.missing)
        strange = sorted(set(self.recipe.genres) - set(self.dataset.genres))
        return {
            "genres_not_there": strange,
            "data_name": self.dataset.facts.name,
            "data_fingerprint": self.dataset.fingerprint,
            "split": self.split.name,
            "split_fingerprint": self.split.fingerprint,
            "tracks_without_input": n_missing,
        }


def train(
    recipe: Recipe,
    asked: Asked,
    out: Path,
    *,
    resume: bool = False,
    tell: Tell | None = None,
    on_done: Callable[[Done], object] | None = None,
) -> Trained | ClassifierRun:
    """Train a recipe on a data set, and keep everything in a folder.

    Parameters
    ----------
    recipe : Recipe
        What is trained.
    asked : Asked
        On what.
    out : Path
        The run's folder.
    resume : bool
        Go on with what an earlier run left there.
    tell, on_done : callable, optional
        Told how far training is, and of each track whose feature is computed.

    Raises
    ------
    UsageError
        The recipe, the data and the split do not go together, or the folder holds another run.
    """
    _check_folder(recipe, out, resume=resume)
    prepared = prepare(recipe, asked, on_done)
    out.mkdir(parents=True, exist_ok=True)
    _keep_split(prepared.split, out / SPLIT, resume=resume)
    recipe = prepared.recipe
    if recipe.kind == "classifier":
        return train_classifier(recipe, prepared.parts, out, seed=asked.seed, facts=prepared.facts)
    return train_parts(recipe, prepared.parts, out, seed=asked.seed, resume=resume, facts=prepared.facts, tell=tell)


def _check_folder(recipe: Recipe, out: Path, *, resume: bool) -> None:
    """Refuse a folder with something of another kind, before hours are spent; what a refused training left is none."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: this is a file; name a folder for the run by --out.")
    if not resume:
        if out.exists() and any(path.name not in NO_RUN_YET for path in out.iterdir()):
            raise UsageError(f"{out}: the folder is not empty; go on with that run by --resume, or name another --out.")
        return
    if (out / RECIPE).exists():
        there = read_recipe(out / RECIPE)
        if (there.kind, there.model) != (recipe.kind, recipe.model):
            raise UsageError(
                f"{out}: a run of {there.model} lies there, and {recipe.model} is asked for; name another --out."
            )


def _keep_split(split: Split, path: Path, *, resume: bool) -> None:
    if resume and path.exists() and read_split(path).fingerprint != split.fingerprint:
        raise UsageError(
            f"{path}: the run was split by {read_split(path).name}, and {split.name} is asked for: ask for the same "
            "--split and --seed, or name another --out."
        )
    split.write(path, renew=True)


def prepare(recipe: Recipe, asked: Asked, on_done: Callable[[Done], object] | None = None) -> Prepared:
    """Open the data, split it, and get the recipe's input of every track; features are computed where they are not.

    Raises
    ------
    UsageError
        The data has no such input or split.
    """
    dataset = opened(recipe, asked)
    recipe = _of_data(recipe, dataset)
    split = split_of(recipe, asked, dataset)
    work = asked.work if asked.work is not None else _work(dataset)
    settings = dict(recipe.input_settings)
    columns = tuple(settings.pop("columns", ()))
    wanted = Wanted(recipe.input, settings)
    store = work / "features" / _store_name(recipe.input, settings)
    same = read_duplicates(work)
    examples, missing = examples_of(dataset, wanted, store, duplicates=same, workers=asked.workers, on_done=on_done)
    return Prepared(recipe, dataset, split, parts_of(_of_columns(examples, columns), split), missing)


def split_of(recipe: Recipe, asked: Asked, dataset: Dataset) -> Split:
    """Return the split that is asked for, or the recipe's."""
    method = asked.split or recipe.split
    if method in METHODS:
        return make_split(dataset, method, seed=asked.seed, duplicates=read_duplicates(asked.work or _work(dataset)))
    path = Path(method)
    if not path.exists():
        raise UsageError(f"--split {method}: it is no file and no way to split: {nearest(method, list(METHODS))}")
    split = read_split(path)
    split.check(dataset)
    return split


def opened(recipe: Recipe, asked: Asked) -> Dataset:
    """Open the data with the recipe's genres, where it has them all; the report's own data always has.

    Raises
    ------
    UsageError
        It is a table of other numbers than the recipe takes.
    """
    whole = asked.open(Selection(multi_label=asked.multi_label))
    _check_kind(_of_data(recipe, whole), whole)
    if not recipe.genres or not {track.genre for track in whole.tracks}.issuperset(recipe.genres):
        return asked.tell(whole)
    return asked.tell(asked.open(Selection(recipe.genres, asked.multi_label)))


def _of_data(recipe: Recipe, dataset: Dataset) -> Recipe:
    """Return a recipe as it is learned on some data: a classifier called by its name takes a table's numbers."""
    kind = dataset.selection.table.kind
    if kind is not None and recipe.name in classifier_names() and recipe.input == "fma518":
        return replace(recipe, input=TABLE_KINDS[kind])
    return recipe


def _check_kind(recipe: Recipe, dataset: Dataset) -> None:
    """A table brings its own numbers: the recipe must mean those."""
    kind = dataset.selection.table.kind
    wanted = recipe.input.partition(":")[0]
    if kind is not None and TABLE_KINDS[kind] != wanted:
        raise UsageError(
            f"{recipe.name} takes the input {recipe.input!r}, and the table holds {kind}: where you mean that, "
            f"say  --set input={TABLE_KINDS[kind]}"
        )


def _work(dataset: Dataset) -> Path:
    return make_work_folder(dataset.root)


def _store_name(name: str, settings: Mapping[str, Any]) -> str:
    said = "".join(f"-{key}={value}" for key, value in sorted(settings.items()))
    return (name.replace(":", "-") + said).replace("/", "_")


@dataclass(frozen=True, eq=False)
class Columns:
    """Some of the columns of a table."""

    of: Inputs
    places: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one row."""
        return (len(self.places),)

    def __len__(self) -> int:
        return len(self.of)

    def batch(self, indices: Indices) -> NDArray[Any]:
        """Return rows."""
        return np.ascontiguousarray(self.of.batch(indices)[:, self.places])


def _of_columns(examples: Examples, groups: Sequence[str]) -> Examples:
    """Return the examples with the columns of some groups only, such as ``mfcc``; as they are where none has a name."""
    if not groups or not examples.columns:
        return examples
    names = [feature_of(column) for column in examples.columns]
    unknown = [group for group in groups if group not in names]
    if unknown:
        raise UsageError(f"the data has no columns of {unknown[0]!r}: {nearest(unknown[0], sorted(set(names)))}")
    places = np.array([place for place, name in enumerate(names) if name in groups], dtype=np.int64)
    kept = tuple(examples.columns[place] for place in places)
    what = {**examples.input, "columns": list(kept)}
    return replace(examples, inputs=Columns(examples.inputs, places), columns=kept, input=what)

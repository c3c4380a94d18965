"""From a data set and the name of an input to what a model learns from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.datasets._base import Dataset
from genrescope.datasets._groups import Duplicates, components
from genrescope.datasets.splits import Split
from genrescope.datasets.table import read_numbers
from genrescope.errors import UsageError
from genrescope.features.catalogue import make_feature
from genrescope.features.store import Done, DType, FeatureStore, extract
from genrescope.features.tables import open_table
from genrescope.training.examples import ArrayInputs, Examples, Inputs

EMBEDDING = "embedding:"
"""An input that begins so is the mean embedding of the model that is named behind it."""


@dataclass(frozen=True)
class Wanted:
    """What a model sees of a track.

    Attributes
    ----------
    input : str
        A feature, ``NAME`` or ``NAME:PRESET``, or ``embedding:MODEL``. A data set of ready numbers brings
        its own input.
    settings : mapping
        Of the feature, where they differ from the preset's.
    columns : tuple of str
        Only these groups of columns of a table, such as ``mfcc``; empty means all.
    dtype : str
        How extracted numbers are kept on disk.
    """

    input: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    dtype: DType = "float32"


def examples_of(
    dataset: Dataset,
    wanted: Wanted,
    store: Path,
    *,
    duplicates: Duplicates = (),
    workers: int | None = None,
    on_done: Callable[[Done], object] | None = None,
) -> tuple[Examples, dict[str, str]]:
    """Return the examples of a data set, and the tracks that have no input with the reason.

    Numbers that are there already (a table, FMA's published features) are read; others are computed from the sound
    into `store`, or only read where it holds them.

    Parameters
    ----------
    dataset : Dataset
        Opened, its quarantine respected.
    wanted : Wanted
        The input.
    store : Path
        Folder of the feature store.
    duplicates : sequence of sequence of str
        Sets of ids that are one recording.
    workers, on_done
        As for `genrescope.features.store.extract`.

    Raises
    ------
    UsageError
        The input is not known, or no track has it.
    """
    inputs, ids, what, columns = _inputs(dataset, wanted, store, workers, on_done)
    known = set(ids)
    missing = {track.track_id: "it has no input" for track in dataset.tracks if track.track_id not in known}
    if len(missing) == len(dataset.tracks):
        raise UsageError(f"{dataset.root}: no track of {dataset.facts.name} has the input {wanted.input!r}.")
    return examples_with(dataset, ids, inputs, what, columns=columns, duplicates=duplicates), missing


def examples_with(
    dataset: Dataset,
    ids: Sequence[str],
    inputs: Inputs,
    what: Mapping[str, object],
    *,
    columns: tuple[str, ...] = (),
    duplicates: Duplicates = (),
) -> Examples:
    """Return the examples of a data set whose inputs are there already.

    Parameters
    ----------
    dataset : Dataset
        Opened, its quarantine respected.
    ids : sequence of str
        Whose input each is; those that are not in the data set are left out.
    inputs : Inputs
        One for each id.
    what : mapping
        What the inputs are.
    columns : tuple of str
        Names of the last axis' entries, where they have names.
    duplicates : sequence of sequence of str
        Sets of ids that are one recording.
    """
    place = {track_id: row for row, track_id in enumerate(ids)}
    kept = [track for track in dataset.tracks if track.track_id in place]
    group_of = {track_id: group[0] for group in components(dataset.tracks, duplicates) for track_id in group}
    whole = Examples(
        ids=tuple(ids),
        inputs=inputs,
        targets=np.zeros(len(ids), dtype=np.int64),
        labels=dataset.genres,
        groups=tuple(group_of.get(track_id, track_id) for track_id in ids),
        input=what,
        data=f"{dataset.facts.name} ({dataset.used_line()})",
        columns=columns,
    )
    return _with_targets(whole.take([place[track.track_id] for track in kept]), dataset)


def parts_of(examples: Examples, split: Split) -> dict[str, Examples]:
    """Return the examples of each part of a split, in the split's order; tracks without an input are left out."""
    place = {track_id: row for row, track_id in enumerate(examples.ids)}
    return {part: examples.take([place[i] for i in ids if i in place]) for part, ids in split.parts.items()}


def _with_targets(examples: Examples, dataset: Dataset) -> Examples:
    number = {label: index for index, label in enumerate(examples.labels)}
    tracks = [dataset.by_id[track_id] for track_id in examples.ids]
    if not dataset.selection.multi_label:
        single = np.array([number[track.genre] for track in tracks if track.genre is not None], dtype=np.int64)
        return replace(examples, targets=single)
    several: NDArray[np.float32] = np.zeros((len(tracks), len(number)), dtype=np.float32)
    for row, track in enumerate(tracks):
        several[row, [number[genre] for genre in track.genres]] = 1
    return replace(examples, targets=several)


def _inputs(
    dataset: Dataset, wanted: Wanted, store: Path, workers: int | None, on_done: Callable[[Done], object] | None
) -> tuple[Inputs, tuple[str, ...], dict[str, object], tuple[str, ...]]:
    if dataset.facts.name == "table":
        values, columns = read_numbers(dataset)
        what: dict[str, object] = {"kind": dataset.selection.table.kind}
        return ArrayInputs(values), tuple(track.track_id for track in dataset.tracks), what, columns
    if dataset.features is not None and wanted.input == "fma518":
        table = open_table(dataset.features, groups=wanted.columns)
        return ArrayInputs(table.values), table.track_ids, {"kind": "fma518, published"}, table.columns
    if wanted.input.startswith(EMBEDDING):
        from genrescope.recipes.embeddings import embeddings_of

        model = wanted.input.removeprefix(EMBEDDING)
        heard = embeddings_of(dataset.tracks, model, store, workers=workers, on_done=on_done)
        return ArrayInputs(heard.mean()), heard.ids, heard.description, ()
    make = partial(make_feature, wanted.input, **wanted.settings)
    feature = make()
    extract(dataset.tracks, make, store, dtype=wanted.dtype, workers=workers, on_done=on_done)
    opened = FeatureStore.open(store, feature, wanted.dtype)
    return opened, opened.ids, feature.description, feature.columns

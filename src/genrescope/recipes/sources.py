"""From a data set to the numbers of a table's rows: groups of columns, and embeddings."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.datasets._base import Dataset
from genrescope.datasets.catalogue import open_dataset
from genrescope.datasets.splits import Split
from genrescope.errors import GenrescopeError, UsageError
from genrescope.features.store import Done
from genrescope.features.tables import _feature_of as feature_of
from genrescope.recipes._journal import key_of
from genrescope.recipes.embeddings import Embeddings, embeddings_of
from genrescope.recipes.grid import GridRow, Material
from genrescope.recipes.material import Wanted, examples_of, examples_with, parts_of
from genrescope.recipes.tables import Table, TableRow
from genrescope.training.examples import ArrayInputs, Examples

CALLED: Mapping[str, str] = {"rms": "rmse", "rolloff": "spectral_rolloff", "zero_crossing_rate": "zcr"}
"""What other tables call a group of FMA's columns."""

QUICK_TRACKS = 400
"""Training tracks of a quick look."""

OnDone = Callable[[Done], object]


@dataclass(frozen=True)
class Asked:
    """From where the numbers come.

    Attributes
    ----------
    dataset : Dataset
        Opened, its quarantine respected.
    split : Split
        Its parts: ``training`` and ``test``.
    work : Path
        Folder in which stores of features lie.
    embedding : str
        The model whose embeddings stand for ``embedding``.
    workers : int or None
        Processes that extract.
    on_done : callable or None
        Told of each track that is extracted.
    """

    dataset: Dataset
    split: Split
    work: Path
    embedding: str = "bundled"
    workers: int | None = None
    on_done: OnDone | None = None


@dataclass(frozen=True, eq=False)
class Source:
    """Numbers of a data set's tracks, in parts.

    Attributes
    ----------
    what : str
        What the numbers are, in words for a caption.
    training, test : Examples
        Tracks with whole numbers.
    groups : tuple of str
        The group of each column.
    missing : dict of str to str
        Tracks of these parts without numbers, and why.
    """

    what: str
    training: Examples
    test: Examples
    groups: tuple[str, ...]
    missing: dict[str, str]

    @cached_property
    def material(self) -> Material:
        """The numbers as the grid takes them."""
        genres = tuple(int(genre) for genre in self.training.targets)
        return Material(self.training.matrix(), self.test.matrix(), genres, self.fingerprint)

    @property
    def fingerprint(self) -> str:
        """Changes with the tracks, their genres, their parts and their numbers."""
        numbers = hashlib.sha256(self.training.matrix().tobytes() + self.test.matrix().tobytes()).hexdigest()
        return key_of(self.training.fingerprint, self.test.fingerprint, numbers)


@dataclass(frozen=True, eq=False)
class Ready:
    """A row of a table that can be computed, or why it cannot."""

    row: TableRow
    source: Source | None = None
    grid: GridRow | None = None
    why: str = ""


def rows_of(table: Table, asked: Asked) -> list[Ready]:
    """Return the rows of a table with their numbers, and then one for each group of columns that the report had not.

    A row without numbers says why.
    """
    sources: dict[tuple[str, str], Source | str] = {}
    ready = []
    for row in table.rows:
        key = (row.input, row.pooling)
        if key not in sources:
            sources[key] = _source_or_why(row, asked)
        ready.append(_ready(row, sources[key]))
    columns = sources.get(("fma518", "all"))
    if isinstance(columns, Source) and sum(row.input == "fma518" for row in table.rows) > 1:
        ready += _own_groups(ready, columns)
    return ready


def _ready(row: TableRow, source: Source | str) -> Ready:
    if isinstance(source, str):
        return Ready(row, why=source)
    absent = [group for group in row.columns if group not in source.groups]
    if absent:
        return Ready(row, why=f"the data has no columns of {', '.join(absent)}")
    material = source.material if row.pca is None else replace(source.material, pca=row.pca)
    columns = tuple(place for place, group in enumerate(source.groups) if group in row.columns) or None
    return Ready(row, source, GridRow(row.name, material, columns))


def _own_groups(ready: Sequence[Ready], source: Source) -> list[Ready]:
    """Return rows for groups of columns that no other row has."""
    known = {group for one in ready for group in one.row.columns}
    names = [group for group in dict.fromkeys(source.groups) if group not in known]
    alone = len(set(source.groups)) == 1  # then the row of all columns is the same
    return [] if alone else [_ready(TableRow(name, "fma518", (name,)), source) for name in names]


def _source_or_why(row: TableRow, asked: Asked) -> Source | str:
    try:
        return source_of(row.input, row.pooling, asked)
    except GenrescopeError as error:
        return str(error)


def source_of(what: str, pooling: str, asked: Asked, settings: Mapping[str, Any] = MappingProxyType({})) -> Source:
    """Return the numbers of an input.

    Parameters
    ----------
    what : str
        ``fma518`` or another feature: columns of a table, of FMA's published features, or computed from the sound;
        ``embedding``: of the model that is asked for.
    pooling : str
        ``all`` or ``mean`` of an embedding's windows.
    asked : Asked
        Of which data.
    settings : mapping
        Of the feature, where they differ from its preset's.

    Raises
    ------
    GenrescopeError
        The data set has no such numbers, or they cannot be computed.
    """
    if asked.dataset.facts.name == "table":
        examples, words, missing = _of_table(what, pooling, asked)
    elif what == "embedding":
        examples, words, missing = _of_sound(pooling, asked)
    else:
        wanted = Wanted(what, settings)
        store = (
            asked.work / "features" / (f"{what}-{key_of(dict(settings))[:8]}" if settings else what).replace(":", "-")
        )
        examples, missing = examples_of(asked.dataset, wanted, store, workers=asked.workers, on_done=asked.on_done)
        published = asked.dataset.features is not None and what == "fma518"
        words = "FMA's published features" if published else f"{what}, computed from the sound"
    return _in_parts(examples, words, missing, asked.split)


def _of_table(what: str, pooling: str, asked: Asked) -> tuple[Examples, str, dict[str, str]]:
    dataset = asked.dataset
    kind = str(dataset.selection.table.kind)
    if not what.startswith("embedding") and kind == "embedding":
        dataset = _beside(dataset)
    elif what.startswith("embedding") and kind != "embedding":
        raise UsageError(f"the table holds {kind}, no embedding; its sound is not here")
    examples, missing = examples_of(dataset, Wanted(what), asked.work)
    shape = examples.inputs.shape or ()
    if what == "embedding" and pooling == "mean":
        if len(shape) != 2:
            raise UsageError("the table has one vector a track, so that there is nothing to take the mean of")
        values = examples.inputs.batch(np.arange(len(examples))).mean(axis=1)
        examples = replace(examples, inputs=ArrayInputs(values))
    table = dataset.selection.table
    words = f"{table.kind} of the table" + (f", array {table.array}" if table.array else "")
    return examples, words, missing


def _beside(dataset: Dataset) -> Dataset:
    """Return the MFCC statistics that lie in the same file as a table's embeddings."""
    # An opened table keeps only the name of its list of labels; the TOML file beside it says again where that is.
    options = replace(dataset.selection.table, kind="mfcc", array="mfcc", labels=None)
    selection = replace(dataset.selection, table=options)
    try:
        return open_dataset("table", dataset.root, selection)
    except UsageError as cause:
        raise UsageError("the table holds embeddings, and no array called mfcc beside them") from cause


def _of_sound(pooling: str, asked: Asked) -> tuple[Examples, str, dict[str, str]]:
    heard = embeddings_of(
        asked.dataset.tracks, asked.embedding, asked.work / "features", workers=asked.workers, on_done=asked.on_done
    )
    if not heard.ids:
        raise UsageError(f"none of the {len(asked.dataset.tracks)} tracks has an embedding")
    values, ids, missing = _pooled(heard, pooling)
    words = f"embedding of {heard.model}, {'mean over windows' if pooling == 'mean' else 'windows in a row'}"
    return examples_with(asked.dataset, ids, ArrayInputs(values), {"kind": words}), words, missing


def _pooled(heard: Embeddings, pooling: str) -> tuple[NDArray[Any], tuple[str, ...], dict[str, str]]:
    return (heard.mean(), heard.ids, heard.missing) if pooling == "mean" else heard.joined()


def _in_parts(examples: Examples, words: str, missing: dict[str, str], split: Split) -> Source:
    values = examples.matrix()
    whole = np.isfinite(values).all(axis=1)
    broken = {examples.ids[row]: "some of its numbers are missing or not finite" for row in np.flatnonzero(~whole)}
    parts = parts_of(examples.take(np.flatnonzero(whole)), split)
    for part in ("training", "test"):
        if not len(parts.get(part, ())):
            raise UsageError(f"no track of the part '{part}' has numbers; the split has {', '.join(split.parts)}")
    n_columns = values.shape[1]
    names = examples.columns if len(examples.columns) == n_columns else ()
    kind = str(examples.input.get("kind", "numbers"))
    groups = tuple(_group(name) for name in names) or (kind,) * n_columns
    listed = {track_id: why for track_id, why in {**missing, **broken}.items() if track_id in split.part_of}
    return Source(words, parts["training"], parts["test"], groups, listed)


def quick_source(source: Source, n_training: int = QUICK_TRACKS) -> Source:
    """Return a source with at most so many training tracks, of each genre as large a share as before."""
    n = len(source.training)
    if n <= n_training:
        return source
    order = np.argsort(source.training.targets, kind="stable")  # every n-th of this order has the genres' shares
    kept = np.sort(order[np.linspace(0, n - 1, n_training).astype(np.int64)])
    return replace(source, training=source.training.take(kept))


def _group(column: str) -> str:
    """Return the group of a column as FMA calls it.

    Examples
    --------
    >>> _group("mfcc1_mean"), _group("rolloff_var"), _group("chroma_cens_kurtosis_01")
    ('mfcc', 'spectral_rolloff', 'chroma_cens')
    """
    name = feature_of(column)
    return CALLED.get(name, name)

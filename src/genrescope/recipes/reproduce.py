"""A report's table again, on the data at hand: measured beside reported, and on what."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from genrescope.datasets._groups import Duplicates
from genrescope.datasets.splits import torn_groups
from genrescope.errors import GenrescopeError, UsageError
from genrescope.recipes._base import Recipe, read_recipe
from genrescope.recipes._cells import Outcome
from genrescope.recipes._score import Score, score
from genrescope.recipes.grid import Cell, Grid, OnCell, run_grid
from genrescope.recipes.rows import RowResult, run_row
from genrescope.recipes.sources import Asked, Ready, Source, quick_source, rows_of
from genrescope.recipes.tables import Table, TableRow, read_table

RANDOM = frozenset({"stratified", "balanced", "holdout", "kfold"})
"""Ways to split that take no notice of artists and recordings."""


@dataclass(frozen=True)
class CellResult:
    """A cell with its score; `why` says why there is none."""

    outcome: Outcome
    score: Score | None
    reported: float | None

    @property
    def why(self) -> str:
        """Why there is no score; empty where there is one."""
        return self.outcome.why


@dataclass(frozen=True, eq=False)
class RowOfCells:
    """A measured row: the report's row, what it was measured on, and its cells by classifier."""

    row: TableRow
    dimension: int | None
    what: str
    n_training: int
    n_test: int
    fingerprint: str
    cells: dict[str, CellResult]
    missing: dict[str, str]
    why: str = ""


@dataclass(frozen=True, eq=False)
class Reproduced:
    """A table as it was measured.

    Attributes
    ----------
    table : Table
        As it was reported.
    data, data_fingerprint : str
        On what it was measured, in words, and the fingerprint of that.
    split, split_fingerprint : str
        How that was split.
    labels : tuple of str
        The genres.
    chance, majority : float
        Accuracy of a draw among the genres of the test part, and of always saying the commonest genre.
    counts : dict of str to int
        Tracks of each part.
    rows : tuple of RowOfCells
        The classifiers' rows.
    recipes : tuple of tuple of Recipe and RowResult
        Rows of recipes.
    warnings : tuple of str
        What a reader must know of this measurement.
    """

    table: Table
    data: str
    data_fingerprint: str
    split: str
    split_fingerprint: str
    labels: tuple[str, ...]
    chance: float
    majority: float
    counts: dict[str, int]
    rows: tuple[RowOfCells, ...]
    recipes: tuple[tuple[Recipe, RowResult], ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """How a table is reproduced.

    Attributes
    ----------
    out : Path
        Where the journal of finished cells, and runs of networks, are kept.
    workers : int or None
        Processes that fit cells; None works here.
    seed : int
        Of whatever is drawn.
    quick : bool
        On some of the training tracks only, and with few epochs: to see that it runs.
    duplicates : sequence of sequence of str
        Sets of tracks that are one recording.
    on_cell : callable or None
        Told of each finished cell.
    on_step : callable or None
        Told in words what is being done.
    """

    out: Path
    workers: int | None = None
    seed: int = 0
    quick: bool = False
    duplicates: Duplicates = ()
    on_cell: OnCell | None = field(default=None, compare=False)
    on_step: Callable[[str], object] | None = field(default=None, compare=False)


def reproduce(slug: str, asked: Asked, settings: Settings) -> list[Reproduced]:
    """Measure a report's table, and the tables that are part of it, on a data set.

    Whatever cannot be measured says why in its place, and the rest goes on.

    Parameters
    ----------
    slug : str
        One of `genrescope.recipes.tables.table_names`.
    asked : Asked
        The data, its split, and the embedding.
    settings : Settings
        Where and how.

    Returns
    -------
    list of Reproduced
        The table with its recipes, where it has rows of its own, and those that are part of it.

    Raises
    ------
    UsageError
        There is no such table, the split has no training or no test part, or results cannot be kept.
    """
    for part in ("training", "test"):
        if part not in asked.split.parts:
            parts = ", ".join(asked.split.parts)
            raise UsageError(f"a table wants the parts training and test; the split {asked.split.name} has: {parts}.")
    table = read_table(slug)
    tables = [table] if table.rows or table.recipes else []
    return [_measured(one, asked, settings) for one in (*tables, *map(read_table, table.tables))]


def _measured(table: Table, asked: Asked, settings: Settings) -> Reproduced:
    ready = rows_of(table, asked)
    if settings.quick:
        ready = _quick(ready)
    grid = Grid(settings.out / "cells.jsonl", settings.workers, settings.seed, settings.on_cell)
    computable = [one.grid for one in ready if one.grid is not None]
    outcomes = run_grid(computable, table.classifiers, grid) if computable else {}
    recipes = [_recipe(name, asked, settings) for name in table.recipes]
    split, dataset = asked.split, asked.dataset
    genres = Counter(dataset.by_id[track_id].genre for track_id in split.parts["test"])
    return Reproduced(
        table=table,
        data=f"{dataset.facts.title} ({dataset.facts.name}): {dataset.used_line()}",
        data_fingerprint=dataset.fingerprint,
        split=split.name,
        split_fingerprint=split.fingerprint,
        labels=dataset.genres,
        chance=1 / len(genres),
        majority=max(genres.values()) / genres.total(),
        counts={part: len(ids) for part, ids in split.parts.items()},
        rows=tuple(_row(one, table.classifiers, outcomes) for one in ready),
        recipes=tuple(recipes),
        warnings=tuple(_warnings(asked, settings)),
    )


def _row(one: Ready, classifiers: Sequence[str], outcomes: dict[Cell, Outcome]) -> RowOfCells:
    if one.source is None or one.grid is None:
        return RowOfCells(one.row, None, "", 0, 0, "", {}, {}, one.why)
    cells = {}
    for name in classifiers:
        outcome = outcomes[one.row.name, name]
        found = None if outcome.why else score(one.source.test.labels, one.source.test.targets, outcome.predicted)
        cells[name] = CellResult(outcome, found, one.row.reported.get(name))
    source = one.source
    sizes = len(source.training), len(source.test)
    fingerprint = one.grid.material.fingerprint
    return RowOfCells(one.row, one.grid.dimension, source.what, *sizes, fingerprint, cells, source.missing)


def _quick(ready: Sequence[Ready]) -> list[Ready]:
    """Return the rows with fewer training tracks; rows that share numbers go on sharing them."""
    smaller: dict[int, Source] = {}
    found = []
    for one in ready:
        if one.source is None or one.grid is None:
            found.append(one)
            continue
        source = smaller.setdefault(id(one.source), quick_source(one.source))
        material = replace(source.material, pca=one.grid.material.pca)
        found.append(replace(one, source=source, grid=replace(one.grid, material=material)))
    return found


def _recipe(name: str, asked: Asked, settings: Settings) -> tuple[Recipe, RowResult]:
    recipe = read_recipe(name)
    if settings.on_step is not None:
        settings.on_step(f"training {name}")
    try:
        return recipe, run_row(recipe, asked, settings.out / name, seed=settings.seed, quick=settings.quick)
    except GenrescopeError as error:
        return recipe, RowResult(why=str(error))


def _warnings(asked: Asked, settings: Settings) -> list[str]:
    """Say where the split leaks, and what is not known of that."""
    dataset, split = asked.dataset, asked.split
    found = []
    torn = torn_groups(split, dataset, settings.duplicates)
    if torn:
        n_tracks = sum(map(len, torn))
        found.append(
            f"{len(torn):,} groups by artist, album or recording, {n_tracks:,} tracks, lie on several sides of the "
            "split: a model can know them again, and these figures are too high."
        )
    used = [dataset.by_id[track_id] for track_id in split.part_of if track_id in dataset.by_id]
    unknown = np.mean([track.artist is None for track in used])
    if split.method in RANDOM and unknown:
        found.append(
            f"the split is random, and of {unknown:.0%} of the tracks the artist is not known: tracks of one artist "
            "may lie on both sides, which makes figures too high."
        )
    if settings.quick:
        found.append("a quick look, on some of the training tracks: the figures are lower than they would be.")
    return found

"""A row of a report's table that is one recipe: trained on one part, scored on another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genrescope.errors import UsageError
from genrescope.recipes._base import Recipe, changed
from genrescope.recipes._score import Score, genre_scores, score
from genrescope.recipes.grid import Grid, GridRow, run_grid
from genrescope.recipes.material import Wanted, examples_of, parts_of
from genrescope.recipes.sources import Asked, quick_source, source_of

QUICK_EPOCHS = 2
"""Epochs of a network in a quick look."""


@dataclass(frozen=True)
class RowResult:
    """What became of a recipe.

    Attributes
    ----------
    score : Score or None
        On the test part.
    seconds, peak_mib : float or None
        What the training took.
    per_genre : mapping of str to mapping
        Precision, recall, F1 and support of each genre.
    notes : tuple of str
        What a reader must know.
    why : str
        Why there is no score; empty where there is one.
    """

    score: Score | None = None
    seconds: float | None = None
    peak_mib: float | None = None
    per_genre: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    why: str = ""


def run_row(recipe: Recipe, asked: Asked, out: Path, *, seed: int = 0, quick: bool = False) -> RowResult:
    """Train a recipe on the part ``training``, and score it on the part ``test``.

    Parameters
    ----------
    recipe : Recipe
        What is trained.
    asked : Asked
        On which data.
    out : Path
        Folder in which its work is kept, so that a run that was stopped goes on.
    seed : int
        Of whatever is drawn.
    quick : bool
        On some of the training tracks only, or with few epochs.

    Raises
    ------
    GenrescopeError
        The data has no such input, or the recipe cannot be trained on it; the message says why.
    """
    if recipe.kind == "classifier":
        return _classifier(recipe, asked, out, seed, quick)
    return _network(recipe, asked, out, seed, quick)


def _classifier(recipe: Recipe, asked: Asked, out: Path, seed: int, quick: bool) -> RowResult:
    source = source_of(recipe.input, "mean", asked, recipe.input_settings)
    source = quick_source(source) if quick else source
    row = GridRow(recipe.name, source.material)
    outcome = run_grid([row], [recipe.model], Grid(out / "cells.jsonl", seed=seed))[recipe.name, recipe.model]
    notes = tuple(filter(None, (recipe.note, *outcome.notes, _listed(source.missing))))
    if outcome.why:
        return RowResult(notes=notes, why=outcome.why)
    truth = source.test.targets
    found = score(source.test.labels, truth, outcome.predicted)
    genres = genre_scores(source.test.labels, truth, outcome.predicted)
    return RowResult(found, outcome.seconds, outcome.peak_mib, genres, notes)


def _network(recipe: Recipe, asked: Asked, out: Path, seed: int, quick: bool) -> RowResult:
    from genrescope.recipes.networks import train_parts
    from genrescope.recipes.train import TABLE_KINDS
    from genrescope.recipes.train import _of_columns as of_columns
    from genrescope.recipes.train import _store_name as store_name

    kind = asked.dataset.selection.table.kind
    if kind is not None and TABLE_KINDS[kind] != recipe.input.partition(":")[0]:
        raise UsageError(f"the recipe takes {recipe.input}, and the table holds {kind}")
    settings = dict(recipe.input_settings)
    columns = tuple(settings.pop("columns", ()))
    store = asked.work / "features" / store_name(recipe.input, settings)
    wanted = Wanted(recipe.input, settings)
    examples, missing = examples_of(asked.dataset, wanted, store, workers=asked.workers, on_done=asked.on_done)
    parts = parts_of(of_columns(examples, columns), asked.split)
    chosen = changed(recipe, [f"training.epochs={QUICK_EPOCHS}"]) if quick else recipe
    folder = out / ("quick" if quick else "whole")
    trained = train_parts(chosen, parts, folder, seed=seed, resume=True)
    answers = trained.answer(parts["test"])
    found = score(answers.labels, answers.truth, answers.predicted)
    genres = genre_scores(answers.labels, answers.truth, answers.predicted)
    listed = {track_id: why for track_id, why in missing.items() if track_id in asked.split.part_of}
    notes = tuple(filter(None, (*trained.facts["notes"], _listed(listed))))
    return RowResult(found, trained.facts["seconds"], trained.facts["peak_mib"], genres, notes)


def _listed(missing: Mapping[str, str]) -> str:
    """Say which tracks had no numbers."""
    if not missing:
        return ""
    track_id, why = next(iter(missing.items()))
    return f"of the split have no numbers: {len(missing):,}, such as {track_id}: {why}"

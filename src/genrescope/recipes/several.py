"""Scoring a network that learned several genres a track, with FMA's tree where there is one.

A model file answers with one genre a track; such a run is scored by its own weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from genrescope.datasets._base import Dataset
from genrescope.datasets.fma import with_parents
from genrescope.errors import UsageError
from genrescope.evaluation.answers import MultiLabelAnswers
from genrescope.evaluation.multilabel import MultiLabelReport, make_multilabel_report
from genrescope.recipes._base import read_recipe
from genrescope.recipes._run_folder import RECIPE, RUN, SPLIT, read_run
from genrescope.recipes.evaluate import groups_of, test_part, without_input
from genrescope.recipes.export import trained_network
from genrescope.recipes.networks import probabilities_of
from genrescope.recipes.train import Asked, prepare
from genrescope.training.fit_settings import fit_settings


@dataclass(frozen=True, eq=False)
class ScoredSeveral:
    """What a run says of the test part.

    Attributes
    ----------
    name, data, split : str
        Of what, on what, in words.
    report : MultiLabelReport
        Its figures.
    notes : tuple of str
        Tracks that could not be answered.
    """

    name: str
    data: str
    split: str
    report: MultiLabelReport
    notes: tuple[str, ...] = ()


def learned_several(target: str) -> bool:
    """Whether this is the folder of a run that learned several genres a track."""
    return (Path(target) / RUN).is_file() and bool(read_run(Path(target)).get("multi_label"))


def evaluate_several(run: Path, asked: Asked) -> ScoredSeveral:
    """Answer the test part of the run's split, or of the one that is asked for.

    Raises
    ------
    GenrescopeError
        There is no such part, or the run's genres are not the data's.
    """
    facts, recipe = read_run(run), read_recipe(run / RECIPE)
    prepared = prepare(recipe, replace(asked, split=asked.split or str(run / SPLIT), multi_label=True))
    part = test_part(prepared.parts, prepared.split)
    if part.labels != tuple(facts["labels"]):
        strange = sorted(set(part.labels) ^ set(facts["labels"]))
        raise UsageError(f"{run}: it learned other genres than the data has; they differ in {', '.join(strange)}.")
    scores = probabilities_of(trained_network(run), part, fit_settings(recipe.training))
    group_of = groups_of(prepared.dataset, asked)
    groups = tuple(group_of[track_id] for track_id in part.ids)
    answers = MultiLabelAnswers(part.labels, part.targets.astype(np.int8), scores, groups, part.ids)
    report = make_multilabel_report(answers, parents=parents_of(prepared.dataset))
    return ScoredSeveral(facts["recipe"], part.data, prepared.split.name, report, without_input(prepared))


def parents_of(dataset: Dataset) -> Mapping[str, str | None] | None:
    """Return the parent of each genre of the data set, by its title; None where its genres are no tree."""
    if not dataset.facts.genres:
        return None
    above = {genre.title: with_parents(genre.genre_id)[1:2] for genre in dataset.facts.genres}
    return {title: next(iter(above[title]), None) for title in dataset.genres}

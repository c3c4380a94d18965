"""Scoring a run or a model on a part of a data set, through the file that is served."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from genrescope.card import IN_GRAPH, ModelCard
from genrescope.datasets._base import Dataset, Selection
from genrescope.datasets._groups import components
from genrescope.datasets.quarantine import read_duplicates, work_folder
from genrescope.datasets.splits import Split, torn_groups
from genrescope.datasets.table import read_numbers
from genrescope.errors import AudioError, UsageError
from genrescope.evaluation.answers import Answers
from genrescope.evaluation.over_time import TimeCorrelations, correlations_over_time
from genrescope.features.store import Done
from genrescope.loading import load_model
from genrescope.recipes._base import Recipe, read_recipe
from genrescope.recipes._run_folder import MODEL, RECIPE, SPLIT, read_run
from genrescope.recipes.classifiers import answers_of
from genrescope.recipes.export import export_run
from genrescope.recipes.train import Asked, Prepared, opened, prepare, split_of
from genrescope.records import FloatArray, Timeline, Track
from genrescope.runtime.features import FeatureSession
from genrescope.runtime.names import find_model
from genrescope.runtime.session import check_model, read_model_file
from genrescope.training.examples import Examples

TEST = "test"
BATCH = 256

OnTrack = Callable[[str], object]


@dataclass(frozen=True, eq=False)
class Scored:
    """What a model says of a part of a data set, and what a reader of its score must know.

    Attributes
    ----------
    name : str
        The model's.
    answers : Answers
        Truth and answers.
    data, split : str
        On what, in words.
    notes : tuple of str
        Tracks that could not be answered, groups that the split tears apart.
    over_time : TimeCorrelations or None
        How the genres move together inside tracks, where the model has a course.
    """

    name: str
    answers: Answers
    data: str
    split: str
    notes: tuple[str, ...] = ()
    over_time: TimeCorrelations | None = None


def evaluate(
    target: str, asked: Asked, *, on_track: OnTrack | None = None, on_done: Callable[[Done], object] | None = None
) -> Scored:
    """Answer the test part of a split with a run's or a model's file.

    Parameters
    ----------
    target : str
        A run's folder, or what `genrescope.load_model` takes.
    asked : Asked
        The data. A run brings its own split; a model without one is scored on all tracks.
    on_track, on_done : callable, optional
        Told of each file that was answered, and of each track whose feature was computed.

    Raises
    ------
    GenrescopeError
        There is no such run, model or part, or the model's genres are not the data's.
    """
    if (Path(target) / RECIPE).is_file():
        return _of_run(Path(target), asked, on_track, on_done)
    dataset = asked.tell(asked.open())
    split = None if asked.split is None else split_of_model(asked, dataset)
    return _of_model(target, dataset, split, asked, on_track)


def split_of_model(asked: Asked, dataset: Dataset) -> Split:
    """Return the split that is asked for, where no recipe names one."""
    return split_of(Recipe("", "classifier", "", "", "", ""), asked, dataset)


def _of_run(run: Path, asked: Asked, on_track: OnTrack | None, on_done: Callable[[Done], object] | None) -> Scored:
    facts, recipe = read_run(run), read_recipe(run / RECIPE)
    own = asked.split or (str(run / SPLIT) if (run / SPLIT).exists() else None)
    asked = replace(asked, split=own)
    file = run / MODEL
    if not file.exists():
        export_run(run, file)
    card = check_model(read_model_file(file), str(file))
    if card.front_end == IN_GRAPH:
        dataset = _data_of(recipe, tuple(facts["labels"]), asked)
        return _of_model(str(file), dataset, split_of(recipe, asked, dataset), asked, on_track)
    prepared = prepare(recipe, asked, on_done)
    part = test_part(prepared.parts, prepared.split)
    if part.labels != tuple(card.labels):
        raise UsageError(
            f"{run}: it learned the genres {', '.join(card.labels)}; the data has {', '.join(part.labels)}."
        )
    notes = (*without_input(prepared), *_torn(prepared.split, prepared.dataset, asked))
    said = answers_of(part, _in_batches(FeatureSession(file), part))
    group_of = groups_of(prepared.dataset, asked)
    said = replace(said, groups=tuple(group_of[track_id] for track_id in said.ids))
    return Scored(facts["recipe"], said, part.data, prepared.split.name, notes)


def _data_of(recipe: Recipe, labels: tuple[str, ...], asked: Asked) -> Dataset:
    """Open the data as training did; of data with more genres than the run learned, those that it knows."""
    whole = opened(recipe, replace(asked, on_open=None))
    return asked.tell(whole if set(whole.genres) <= set(labels) else asked.open(Selection(labels)))


def _of_model(target: str, dataset: Dataset, split: Split | None, asked: Asked, on_track: OnTrack | None) -> Scored:
    tracks = dataset.tracks if split is None else [dataset.by_id[i] for i in _test_ids(split) if i in dataset.by_id]
    card = _card_of(target)
    if dataset.facts.name == "table" and card.front_end == IN_GRAPH:
        raise UsageError(f"the model '{card.name}' hears sound, and {dataset.root} is a table of ready numbers.")
    vocabulary, labels = _words(card, dataset)
    if dataset.facts.name == "table":
        heard = _Heard(_of_numbers(target, dataset, tracks))
    else:
        heard = _of_sound(target, tracks, vocabulary, labels, on_track)
    said, lost = heard.probabilities, heard.lost
    answered = [track for track in tracks if track.track_id not in set(lost)]
    if not answered:
        raise UsageError(f"{dataset.root}: none of {len(tracks)} tracks could be answered; see  genrescope data check.")
    group_of = groups_of(dataset, asked)
    truth = np.array([labels.index(str(track.genre)) for track in answered], dtype=np.int64)
    answers = Answers(
        labels, truth, said.argmax(axis=1).astype(np.int64), said,
        tuple(group_of[track.track_id] for track in answered), tuple(track.track_id for track in answered),
    )  # fmt: skip
    torn = () if split is None else _torn(split, dataset, asked)
    data = f"{dataset.facts.name} ({dataset.used_line()})"
    name = "all tracks" if split is None else split.name
    return Scored(card.name, answers, data, name, (*_lost(lost, "could not be heard"), *torn), heard.over_time)


def _card_of(target: str) -> ModelCard:
    files = find_model(target)
    return check_model(read_model_file(files[0]), str(files[0])) if len(files) == 1 else load_model(target).card


def _words(card: ModelCard, dataset: Dataset) -> tuple[str, tuple[str, ...]]:
    """Return the vocabulary in which the model says the data's genres, and its labels."""
    for vocabulary in ("native", *card.vocabularies):
        labels = tuple(card.vocabulary_labels(vocabulary))
        if set(dataset.genres) <= set(labels):
            return vocabulary, labels
    strange = sorted(set(dataset.genres) - set(card.labels))
    raise UsageError(
        f"the model '{card.name}' has no word for the genre '{strange[0]}' of {dataset.facts.name}; it knows "
        f"{', '.join(card.labels)}, and the vocabularies {', '.join(card.vocabularies) or 'none'}."
    )


@dataclass(frozen=True, eq=False)
class _Heard:
    """Probabilities of the tracks that could be answered, and the ids of the others."""

    probabilities: FloatArray
    lost: Sequence[str] = ()
    over_time: TimeCorrelations | None = None


def _of_sound(
    target: str, tracks: Sequence[Track], vocabulary: str, labels: tuple[str, ...], on_track: OnTrack | None
) -> _Heard:
    model = load_model(target)
    rows: list[list[float]] = []
    lost: list[str] = []
    paths = [str(track.path) for track in tracks]

    def courses() -> Iterator[Timeline]:
        """Keep each answer as it comes, and pass its course on: the courses of all tracks are never held at once."""
        for track, answer in zip(tracks, model.predict_many(paths, vocabulary=vocabulary), strict=True):
            if isinstance(answer, AudioError):
                lost.append(track.track_id)
            else:
                rows.append([answer.confidences[label] for label in labels])
                if answer.timeline is not None:
                    yield answer.timeline
            if on_track is not None:
                on_track(track.track_id)

    over_time = correlations_over_time(courses())
    return _Heard(np.array(rows, dtype=np.float32).reshape(-1, len(labels)), lost, over_time)


def _of_numbers(target: str, dataset: Dataset, tracks: Sequence[Track]) -> FloatArray:
    values, _ = read_numbers(dataset)
    place = {track.track_id: row for row, track in enumerate(dataset.tracks)}
    return FeatureSession(find_model(target)[0]).answer(values[[place[track.track_id] for track in tracks]])


def _in_batches(session: FeatureSession, part: Examples) -> FloatArray:
    rows = np.arange(len(part))
    batches = [session.answer(part.inputs.batch(rows[first : first + BATCH])) for first in range(0, len(rows), BATCH)]
    return np.concatenate(batches)


def _test_ids(split: Split) -> Sequence[str]:
    if not split.parts.get(TEST):
        raise UsageError(f"the split {split.name} has no part '{TEST}'; it has: {', '.join(split.parts)}.")
    return split.parts[TEST]


def test_part(parts: Any, split: Split) -> Examples:
    """Return the examples of a split's test part; UsageError where it has none."""
    _test_ids(split)
    if not len(parts[TEST]):
        raise UsageError(f"no track of the part '{TEST}' of {split.name} has an input.")
    found: Examples = parts[TEST]
    return found


def groups_of(dataset: Dataset, asked: Asked) -> dict[str, str]:
    """Return each track's group; empty where neither artist nor album is known, and no repeat."""
    same = read_duplicates(asked.work or work_folder(dataset.root))
    known = {track.track_id for track in dataset.tracks if track.artist or track.album}
    return {
        track_id: group[0] if len(group) > 1 or track_id in known else ""
        for group in components(dataset.tracks, same)
        for track_id in group
    }


def _torn(split: Split, dataset: Dataset, asked: Asked) -> tuple[str, ...]:
    torn = torn_groups(split, dataset, read_duplicates(asked.work or work_folder(dataset.root)))
    if not torn:
        return ()
    tracks = sum(map(len, torn))
    return (f"the split has {len(torn)} artists, albums or recordings on two sides, {tracks} tracks: it flatters.",)


def without_input(prepared: Prepared) -> tuple[str, ...]:
    """Say how many tracks of the test part have no input; nothing where all have."""
    lost = [track_id for track_id in prepared.split.parts[TEST] if track_id in prepared.missing]
    return _lost(lost, "have no input")


def _lost(ids: Sequence[str], why: str) -> tuple[str, ...]:
    return (f"{len(ids)} tracks of the part {why}, first {ids[0]}; they are left out.",) if ids else ()

"""The whole check of a data set: hear every file, compare those that are near, find the faults, write them down.

Killed at any moment, the same check goes on: what was heard is in the journal. Files are heard in processes of their
own, each with a limit of time and memory, so that none can stop the others.
"""

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

from genrescope.audio.stream import SILENT_PEAK, Limits
from genrescope.audit.faults import Known, Thresholds, find_faults, quarantined, torn_groups
from genrescope.audit.fingerprint import near_pairs
from genrescope.audit.hear import Heard, hear
from genrescope.audit.journal import Journal, Stamp, stamp
from genrescope.audit.near import Pair, compare, listener
from genrescope.audit.report import Report
from genrescope.datasets._base import Dataset
from genrescope.datasets.quarantine import replace_text, respect, used_line, write_duplicates, write_quarantine
from genrescope.errors import AudioError, ErrorKind, UsageError
from genrescope.features._store_pool import Lost, work_through
from genrescope.records import FloatArray

R = TypeVar("R")

REPORT = "check.json"
"""Name of the report in the work folder."""

OnDone = Callable[[str], None]
"""Told the path of each file that is done."""

_WORKER_SHARE = 2
"""A worker may take so many times `Limits.max_wall_s` for a file: once for reading it, once for all else."""


@dataclass(frozen=True)
class Settings:
    """How a check is made.

    Attributes
    ----------
    workers : int or None
        Processes that hear files; None hears them in this process.
    limits : Limits
        What a file may cost.
    memory_bytes : int or None
        Address space that a worker may use (where the system can limit it); None for no limit.
    near : bool
        Whether near-duplicates are looked for.
    thresholds : Thresholds
        From where on something is a fault.
    """

    workers: int | None = None
    limits: Limits = field(default_factory=lambda: Limits(max_wall_s=300.0))
    memory_bytes: int | None = 4 * 2**30
    near: bool = True
    thresholds: Thresholds = field(default_factory=Thresholds)


class Check:
    """A check of a data set, in three steps: `hear`, `compare`, `report`.

    Parameters
    ----------
    dataset : Dataset
        As it was opened, its quarantine not respected: what is in there is looked at anew.
    work : Path
        A folder that can be written to, see `genrescope.datasets.quarantine.make_work_folder`.
    settings : Settings
        How.

    Attributes
    ----------
    todo : list of str
        Files that nothing was heard of yet, each once.

    Raises
    ------
    UsageError
        There is nothing to hear, or the journal cannot be used.
    """

    def __init__(self, dataset: Dataset, work: Path, settings: Settings = Settings()) -> None:
        self._dataset, self._work, self._settings = dataset, work, settings
        self._paths = sound_of(dataset)
        self._results: dict[str, Heard | AudioError] = {}
        self._stamps: dict[str, Stamp] = {}
        self._pairs: list[Pair] = []
        with Journal(work) as journal:
            for path in dict.fromkeys(self._paths.values()):
                self._recall(journal, path)
        self.todo = [path for path in dict.fromkeys(self._paths.values()) if path not in self._results]

    def hear(self, on_done: OnDone = lambda _: None) -> None:
        """Hear every file that is left; each is written down before the next is looked at."""
        settings = self._settings
        # A limit of memory is for worker processes: this one may have more to do.
        memory_bytes = None if settings.workers is None else settings.memory_bytes
        ear = partial(_make_ear, settings.limits, memory_bytes)
        heard = _answers(ear, self.todo, settings.workers, settings.limits)
        with Journal(self._work) as journal, closing(heard) as results:
            for path, result in zip(self.todo, results, strict=True):
                self._results[path] = result
                if isinstance(result, Heard) and path in self._stamps:
                    journal.add(self._stamps[path], result)
                on_done(path)
        self.todo = []

    def candidates(self) -> list[tuple[str, str, float]]:
        """Return the pairs of files whose sketches are near, though their samples are not the same."""
        if not self._settings.near:
            return []
        heard = {path: one for path, one in self._results.items() if isinstance(one, Heard) and _is_sound(one)}
        # Of files with the same samples one stands for all.
        first = {one.pcm: path for path, one in reversed(heard.items())}
        paths = list(first.values())
        near = near_pairs([heard[path].sketch for path in paths])
        return [(paths[a], paths[b], apart) for a, b, apart in near]

    def compare(self, candidates: Sequence[tuple[str, str, float]], on_done: OnDone = lambda _: None) -> None:
        """Let the model hear the candidates' files, and keep which of the pairs are one recording."""
        paths = list(dict.fromkeys(path for first, second, _ in candidates for path in (first, second)))
        vectors: dict[str, FloatArray | AudioError] = {}
        # One worker: the model itself works on all cores.
        workers = None if self._settings.workers is None else 1
        with closing(_answers(listener, paths, workers, self._settings.limits)) as answers:
            for path, answer in zip(paths, answers, strict=True):
                vectors[path] = answer
                on_done(path)
        self._pairs = compare(candidates, vectors)

    def report(self, part_of: Mapping[str, str] | None = None, split: str = "official") -> Report:
        """Find the faults and write quarantine, duplicates and report into the work folder.

        Parameters
        ----------
        part_of : mapping of str to str, optional
            The part of each track in the split that is looked at; by default the one that comes with the data set.
        split : str
            Its name.

        Raises
        ------
        UsageError
            Something cannot be written.
        """
        known = self._known(part_of)
        faults = find_faults(known, self._settings.thresholds)
        checked = self._dataset.by_id
        write_duplicates(self._work, checked, known.recordings)
        write_quarantine(self._work, checked, quarantined(faults))
        report = Report(
            dataset=self._dataset,
            known=known,
            faults=tuple(faults),
            torn=tuple(map(tuple, torn_groups(known))),
            likeness={(first, second): pair.likeness for first, second, pair in self._alike()},
            split=split,
            used=used_line(respect(self._dataset, self._work), self._work),
        )
        replace_text(self._work / REPORT, report.to_json() + "\n")
        return report

    def _known(self, part_of: Mapping[str, str] | None) -> Known:
        tracks = self._dataset.tracks
        if part_of is None:
            part_of = {track.track_id: track.part for track in tracks if track.part is not None}
        results = {i: self._results[path] for i, path in self._paths.items() if path in self._results}
        return Known(
            tracks=tracks,
            heard={i: result for i, result in results.items() if isinstance(result, Heard)},
            broken={i: result for i, result in results.items() if isinstance(result, AudioError)},
            near=[(first, second) for first, second, _ in self._alike()],
            part_of={i: part for i, part in part_of.items() if i in self._dataset.by_id},
        )

    def _alike(self) -> list[tuple[str, str, Pair]]:
        """Return the pairs of tracks that are one recording, not sample for sample."""
        first_of: dict[str, str] = {}
        for track_id, path in self._paths.items():
            first_of.setdefault(path, track_id)
        return [(first_of[pair.first], first_of[pair.second], pair) for pair in self._pairs if pair.is_same]

    def _recall(self, journal: Journal, path: str) -> None:
        try:
            key = stamp(Path(path), self._dataset.root)
        except OSError:
            return  # hearing it says what is the matter
        self._stamps[path] = key
        if (heard := journal.get(key)) is not None:
            self._results[path] = heard


def sound_of(dataset: Dataset) -> dict[str, str]:
    """Return the file of each track.

    Raises
    ------
    UsageError
        There is none to hear.
    """
    paths = {track.track_id: str(track.path) for track in dataset.tracks if track.path is not None}
    if not dataset.tracks:
        raise UsageError(f"{dataset.root}: no track of {dataset.facts.name} is there to hear: {dataset.used_line()}.")
    if not paths:
        raise UsageError(f"{dataset.facts.name} holds ready features and no sound: there is nothing to hear.")
    return paths


def _answers(
    prepare: Callable[[], Callable[[str], R | AudioError]], paths: Sequence[str], workers: int | None, limits: Limits
) -> Generator[R | AudioError]:
    """Yield what becomes of every file; one that its process did not outlive is an error as any other."""
    if workers is not None:
        workers = max(1, min(workers, len(paths)))
    if not paths:
        return
    with closing(work_through(prepare, paths, workers=workers, limit_s=_WORKER_SHARE * limits.max_wall_s)) as results:
        for result in results:
            if isinstance(result, Lost):
                yield AudioError(cast("ErrorKind", result.kind), result.task, result.message)
            else:
                yield result


def _make_ear(limits: Limits, memory_bytes: int | None) -> Callable[[str], Heard | AudioError]:
    """Set a worker up: after that it hears files."""
    if memory_bytes is not None:
        _limit_memory(memory_bytes)
    return partial(_hear, limits)


def _hear(limits: Limits, path: str) -> Heard | AudioError:
    try:
        return hear(path, limits)
    except AudioError as error:
        return error


def _limit_memory(n_bytes: int) -> None:
    """Let this process ask for no more memory than that, where the system knows such a limit."""
    if os.name != "posix":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = n_bytes if hard == resource.RLIM_INFINITY else min(n_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _is_sound(heard: Heard) -> bool:
    return heard.peak >= SILENT_PEAK and heard.silent_share < 1

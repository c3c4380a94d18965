"""Filling a store: which files are new or changed, their numbers from several processes, in order."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from genrescope.audio.stream import Limits
from genrescope.errors import UsageError
from genrescope.features._base import Feature
from genrescope.features._store_entry import Entry, Outcome, Task, Unchanged, prepare, stamp_of
from genrescope.features._store_files import plain
from genrescope.features._store_pack import DType, check_dtype
from genrescope.features._store_pool import Lost, work_through
from genrescope.features._store_writer import Known, ShardSize, Writer, writing
from genrescope.records import Track

ALWAYS_TRIED = frozenset({"not_found", "no_permission"})
"""Failures that may pass without any change to the file's size or time, and cost nothing to try again."""


@dataclass(frozen=True)
class ExtractSettings:
    """What an extraction may cost.

    Attributes
    ----------
    limit_s : float
        Seconds that a file may take in a worker before it is given up.
    max_duration_s : float
        Longest sound; a feature wants the whole of it in memory (0.6 GB an hour at 44.1 kHz).
    shard : ShardSize
        When a piece of the store is written.
    """

    limit_s: float = 600.0
    max_duration_s: float = 3 * 3600.0
    shard: ShardSize = field(default_factory=ShardSize)


@dataclass(frozen=True)
class Failure:
    """A track that has no numbers, and why: a kind of `AudioError`, or ``feature``."""

    track_id: str
    path: str
    kind: str
    message: str


@dataclass(frozen=True)
class Done:
    """A track that is dealt with: ``computed`` now, ``kept`` as it was, or ``failed``."""

    track_id: str
    path: str
    what: Literal["computed", "kept", "failed"]


@dataclass(frozen=True)
class ExtractSummary:
    """What an extraction did.

    Attributes
    ----------
    computed, kept : int
        Tracks whose numbers are new, and those that had theirs.
    failures : tuple of Failure
        The tracks that have none, also those that failed in an earlier run, in order.
    redone : tuple of str
        Parts of the store that were found damaged and were made anew.
    """

    computed: int
    kept: int
    failures: tuple[Failure, ...]
    redone: tuple[str, ...]


def extract(
    tracks: Iterable[Track],
    make: Callable[[], Feature],
    out: str | Path,
    *,
    dtype: DType = "float32",
    workers: int | None = None,
    retry: bool = False,
    on_done: Callable[[Done], object] | None = None,
    settings: ExtractSettings = ExtractSettings(),
) -> ExtractSummary:
    """Compute a feature of many tracks into a store, or bring a store up to date.

    Stopped at any moment, by Ctrl-C, kill or a full disk, it goes on where it was when it is called again, and ends
    with the same content. A file is computed again only where its content changed; one that fails is listed and tried
    again only where it changed. Tracks of the store that are not among `tracks` stay, behind the others.

    Parameters
    ----------
    tracks : iterable of Track
        In the order that the store gets; ids are unique.
    make : callable
        Makes the feature; picklable, for the workers: ``functools.partial(make_feature, "logmel", n_mels=128)``.
    out : str or Path
        The store's folder; made where it is not there.
    dtype : {"float32", "float16", "uint8"}
        How the numbers are stored; the manifest tells the loss.
    workers : int, optional
        Processes of one thread each; a file that hangs or crashes one is listed. Without it the work is done here.
    retry, on_done, settings
        Whether files that failed are tried again, changed or not; told of each track; what it may cost.

    Raises
    ------
    GenrescopeError
        The folder holds something else, or other numbers; two tracks have one id; another process writes the store;
        the disk is full or read-only; pyarrow, or what the feature needs, is not installed.
    """
    asked = _without_twins(tracks)
    feature, form = make(), check_dtype(dtype)
    limits = Limits(max_duration_s=settings.max_duration_s)
    with writing(Path(out), feature, form, settings.shard) as writer:
        run = _Run(asked, writer, retry, on_done)
        outcomes = work_through(
            partial(prepare, make, form, limits), run.todo(), workers=workers, limit_s=settings.limit_s
        )
        run.take(outcomes)
    return run.summary()


def _without_twins(tracks: Iterable[Track]) -> list[Track]:
    asked, seen = list(tracks), set[str]()
    for track in asked:
        if plain(track.track_id) in seen:
            raise UsageError(f"two tracks have the id {track.track_id!r}; a store needs a name of its own for each.")
        seen.add(plain(track.track_id))
    return asked


class _Run:
    """One extraction: what is asked, and what became of it."""

    def __init__(
        self, asked: Sequence[Track], writer: Writer, retry: bool, on_done: Callable[[Done], object] | None
    ) -> None:
        self._asked, self._writer, self._retry, self._on_done = asked, writer, retry, on_done
        self._computed = self._kept = 0
        self._failures: dict[str, Failure] = {}

    def todo(self) -> Generator[Task]:
        """Yield the tracks that need a look inside; settle the others."""
        for track in self._asked:
            known = self._writer.known.get(plain(track.track_id))
            if known is None or self._must_try(known):
                yield Task(track.track_id, track.path)
            elif known.stamp != stamp_of(track.path):
                yield Task(track.track_id, track.path, known.source)
            else:
                self._settle_known(track.track_id, "" if track.path is None else str(track.path))

    def _must_try(self, known: Known) -> bool:
        return known.kind in ALWAYS_TRIED or (self._retry and bool(known.kind))

    def take(self, outcomes: Generator[Outcome | Lost[Task]]) -> None:
        """Bring outcomes into the store as they come; what is done is kept when Ctrl-C ends it."""
        order = [track.track_id for track in self._asked]
        try:
            with closing(outcomes):
                for outcome in outcomes:
                    self._settle(outcome)
        except KeyboardInterrupt:
            self._writer.finish(order, is_whole=False)
            raise
        self._writer.finish(order, is_whole=True)

    def _settle(self, outcome: Outcome | Lost[Task]) -> None:
        if isinstance(outcome, Unchanged):
            self._writer.touch(outcome)
            self._settle_known(outcome.track_id, outcome.path)
            return
        entry = _entry_of(outcome) if isinstance(outcome, Lost) else outcome
        self._writer.add(entry)
        if entry.kind:
            self._fail(Failure(entry.track_id, entry.path, entry.kind, entry.message))
        else:
            self._computed += 1
            self._tell(Done(entry.track_id, entry.path, "computed"))

    def _settle_known(self, track_id: str, path: str) -> None:
        known = self._writer.known[plain(track_id)]
        if known.kind:
            self._fail(Failure(track_id, path, known.kind, known.message))
        else:
            self._kept += 1
            self._tell(Done(track_id, path, "kept"))

    def _fail(self, failure: Failure) -> None:
        self._failures[failure.track_id] = failure
        self._tell(Done(failure.track_id, failure.path, "failed"))

    def _tell(self, done: Done) -> None:
        if self._on_done is not None:
            self._on_done(done)

    def summary(self) -> ExtractSummary:
        """Return what was done; failures in the order of the tracks."""
        ids = (track.track_id for track in self._asked)
        failures = tuple(self._failures[track_id] for track_id in ids if track_id in self._failures)
        return ExtractSummary(self._computed, self._kept, failures, self._writer.redo)


def _entry_of(lost: Lost[Task]) -> Entry:
    task = lost.task
    path = "" if task.path is None else str(task.path)
    return Entry(task.track_id, path, stamp_of(task.path), kind=lost.kind, message=lost.message)

"""A grid of rows of numbers and classifiers: parallel, longest cells first, resumable by cell."""

import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import GenrescopeError, UsageError
from genrescope.features._store_pool import _one_thread_each as one_thread_each
from genrescope.recipes._cells import Outcome, Task, families, work
from genrescope.recipes._journal import Journal, key_of

if TYPE_CHECKING:
    from pebble import ProcessFuture

SECONDS: Mapping[str, float] = {
    "LR": 0.3, "kNN": 0.3, "SVCrbf": 1.2, "SVCpoly1": 1.0, "linSVC1": 6.0, "linSVC2": 9.0, "DT": 1.7, "RF": 0.1,
    "AdaBoost": 3.9, "MLP1": 5.0, "MLP2": 6.0, "NB": 0.1, "QDA": 0.9, "XGBoost": 40.0,
}  # fmt: skip
"""About what a cell takes at 6,400 × 518 numbers, for the order of work; others are taken for long ones."""
UNKNOWN_S = 30.0
SETTLES_LATE = frozenset({"MLP1", "MLP2"})
"""Classifiers that need the more rounds the fewer columns they have; the time left is reckoned so."""

FORMAT = "cell 1"
"""Of what the journal keeps; cells of another form are computed again."""

Cell = tuple[str, str]
"""A row's name and a classifier's."""


@dataclass(frozen=True, eq=False)
class Material:
    """Numbers of training and test tracks.

    Attributes
    ----------
    training : ndarray, shape (n_training, n_columns)
    test : ndarray, shape (n_test, n_columns)
        As the data has them; every value is finite.
    genres : tuple of int
        Genre numbers of the training tracks.
    fingerprint : str
        Changes with the data and the split.
    pca : int or None
        To how many numbers they are brought by principal components, which see the training tracks alone.
    """

    training: NDArray[Any]
    test: NDArray[Any]
    genres: tuple[int, ...]
    fingerprint: str
    pca: int | None = None


@dataclass(frozen=True, eq=False)
class GridRow:
    """A row of the grid: some columns of some material."""

    name: str
    material: Material
    columns: tuple[int, ...] | None = None

    @property
    def dimension(self) -> int:
        """How many numbers a track has."""
        if self.material.pca is not None:
            return self.material.pca
        return self.material.training.shape[1] if self.columns is None else len(self.columns)


@dataclass(frozen=True)
class Progress:
    """How far a grid is: cells done, of how many, and the seconds that are probably left."""

    done: int
    total: int
    left_s: float
    cell: Cell


OnCell = Callable[[Progress], object]


@dataclass(frozen=True)
class Grid:
    """How a grid is computed.

    Attributes
    ----------
    journal : Path
        Where finished cells are kept.
    workers : int or None
        Processes of one thread each; None computes here.
    seed : int
        Of the classifiers that draw.
    on_cell : callable or None
        Told of each finished cell.
    """

    journal: Path
    workers: int | None = None
    seed: int = 0
    on_cell: OnCell | None = field(default=None, compare=False)


def run_grid(rows: Sequence[GridRow], classifiers: Sequence[str], settings: Grid) -> dict[Cell, Outcome]:
    """Return the outcome of every cell; those that the journal knows are not computed again.

    A cell that cannot be fitted says why; the others go on. Stopped at any moment, the next call goes on with the
    cells that were not finished.

    Parameters
    ----------
    rows : sequence of GridRow
        Their names are unique.
    classifiers : sequence of str
        Names in `genrescope.models.classic.CLASSIFIERS`.
    settings : Grid
        Where it is kept and how it is computed.

    Raises
    ------
    UsageError
        The journal cannot be written, or two rows have one name.
    GenrescopeError
        Worker processes cannot be started.
    """
    if len({row.name for row in rows}) < len(rows):
        raise UsageError(f"rows of a grid have names of their own; got {[row.name for row in rows]}.")
    journal = Journal(settings.journal)
    keys = {(row.name, name): _key(row, name, settings.seed) for row in rows for name in classifiers}
    done = {cell: Outcome.of(kept) for cell, key in keys.items() if (kept := journal.get(key)) is not None}
    with tempfile.TemporaryDirectory(prefix=f"grid-{os.getpid()}-", dir=_folder(settings.journal)) as folder:
        tasks, refused = _tasks(rows, classifiers, done.keys(), settings.seed, Path(folder))
        clock = _Clock({cell: _expected_s(row, cell[1]) for row in rows for cell in keys if cell[0] == row.name}, done)
        for cell, outcome in _outcomes(tasks, refused, settings.workers):
            done[cell] = outcome
            if not outcome.why:  # what failed is tried again: the reason may be gone
                journal.put(keys[cell], outcome.to_dict())
            progress = clock.tick(cell)
            if settings.on_cell is not None:
                settings.on_cell(progress)
    return {cell: done[cell] for cell in keys}


def _folder(journal: Path) -> Path:
    """Return the journal's folder, without the numbers that a killed process left in it."""
    journal.parent.mkdir(parents=True, exist_ok=True)
    for left in journal.parent.glob("grid-*-*"):
        if not _lives(int(left.name.split("-")[1])):
            shutil.rmtree(left, ignore_errors=True)
    return journal.parent


def _lives(process: int) -> bool:
    if sys.platform == "win32":
        return True  # there, asking in this way would end the process
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _key(row: GridRow, classifier: str, seed: int) -> str:
    from genrescope.models.classic import CLASSIFIERS

    made = CLASSIFIERS[classifier].make(seed)
    return key_of(FORMAT, row.material.fingerprint, row.material.pca, row.columns, classifier, repr(made), seed)


# ------------------------------------------------------------------------------------------------------------- tasks


def _tasks(
    rows: Sequence[GridRow], classifiers: Sequence[str], known: "Mapping[Cell, object] | Any", seed: int, folder: Path
) -> tuple[list[Task], list[tuple[Cell, Outcome]]]:
    """Return the work to do, longest first, and the cells of rows that cannot be prepared."""
    prepared: dict[int, tuple[Path, Path] | str] = {}
    tasks: list[tuple[float, Task]] = []
    refused: list[tuple[Cell, Outcome]] = []
    groups = families(classifiers, seed)
    for row in rows:
        todo = [tuple(name for name in group if (row.name, name) not in known) for group in groups]
        if not any(todo):
            continue
        place = id(row.material)
        if place not in prepared:
            prepared[place] = _prepare(row.material, folder / str(len(prepared)))
        files = prepared[place]
        if isinstance(files, str):
            refused += [((row.name, name), Outcome(why=files)) for group in todo for name in group]
            continue
        for group in filter(None, todo):
            task = Task(row.name, *files, row.columns, row.material.genres, group, seed)
            tasks.append((sum(_expected_s(row, name) for name in group), task))
    tasks.sort(key=lambda pair: -pair[0])
    return [task for _, task in tasks], refused


def _prepare(material: Material, stem: Path) -> tuple[Path, Path] | str:
    """Write the numbers, standardised and as they are; say in words why that cannot be."""
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    training: NDArray[np.float64] = np.asarray(material.training, dtype=np.float64)
    test: NDArray[np.float64] = np.asarray(material.test, dtype=np.float64)
    scaler = StandardScaler().fit(training)
    scaled, scaled_test = scaler.transform(training), scaler.transform(test)
    if material.pca is not None:
        if material.pca > min(training.shape):
            n_rows, n_columns = training.shape
            return f"{material.pca} components need as many tracks and numbers; there are {n_rows} × {n_columns}"
        pca = PCA(material.pca, random_state=0).fit(scaled)
        scaled, scaled_test = pca.transform(scaled), pca.transform(scaled_test)
        training, test = scaled, scaled_test
    paths = stem.with_suffix(".npy"), stem.with_suffix(".raw.npy")
    for path, values in zip(paths, ((scaled, scaled_test), (training, test)), strict=True):
        np.save(path, np.concatenate(values))
    return paths


def _expected_s(row: GridRow, classifier: str) -> float:
    """Return about how long a cell takes, from the size of its row."""
    share = row.dimension / 518
    by_columns = 1 + 0.5 / (row.dimension + 1) * 60 if classifier in SETTLES_LATE else 0.1 + 0.9 * share
    by_tracks: float = (len(row.material.genres) / 6400) ** 1.3
    return SECONDS.get(classifier, UNKNOWN_S) * by_columns * by_tracks


class _Clock:
    """Reckons the time left from the cells that are done."""

    def __init__(self, expected_s: Mapping[Cell, float], done: Mapping[Cell, object]) -> None:
        self._left = {cell: seconds for cell, seconds in expected_s.items() if cell not in done}
        self._n_before, self._total = len(expected_s) - len(self._left), len(expected_s)
        self._begun_s, self._worked = time.monotonic(), 0.0

    def tick(self, cell: Cell) -> Progress:
        self._worked += self._left.pop(cell)
        taken_s = time.monotonic() - self._begun_s
        left_s = taken_s * sum(self._left.values()) / max(self._worked, 1e-9)
        return Progress(self._total - len(self._left), self._total, left_s, cell)


# --------------------------------------------------------------------------------------------------------- processes


def _outcomes(
    tasks: Sequence[Task], refused: Sequence[tuple[Cell, Outcome]], workers: int | None
) -> Iterator[tuple[Cell, Outcome]]:
    yield from refused
    if workers is None:
        for task in tasks:
            yield from (((task.row, name), outcome) for name, outcome in work(task))
    elif tasks:
        yield from _in_processes(tasks, min(workers, len(tasks)))


def _in_processes(tasks: Sequence[Task], workers: int) -> Iterator[tuple[Cell, Outcome]]:
    """Yield outcomes as they come, whatever their order; a process that breaks down costs its own cells alone."""
    from pebble import ProcessPool

    # Spawn, on every system: a forked copy of a process with threads can hang.
    with one_thread_each():
        context = multiprocessing.get_context("spawn")
        pool = ProcessPool(workers, initializer=_start_worker, context=context)
        try:
            waiting: dict[Future[Any], Task] = {pool.schedule(work, args=(task,)): task for task in tasks}
            while waiting:
                finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield from _of(future, waiting.pop(future))
        finally:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()


def _of(future: "Future[Any] | ProcessFuture[Any]", task: Task) -> Iterator[tuple[Cell, Outcome]]:
    from pebble import ProcessExpired

    try:
        found: list[tuple[str, Outcome]] = future.result()
    except BrokenProcessPool as cause:
        raise GenrescopeError(
            "worker processes end as soon as they start. In a script, begin below `if __name__ == '__main__':`."
        ) from cause
    except ProcessExpired as error:
        why = f"its process ended (exit code {error.exitcode}); most often for want of memory: use fewer workers"
        found = [(name, Outcome(why=why)) for name in task.classifiers]
    yield from (((task.row, name), outcome) for name, outcome in found)


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that keeps the results

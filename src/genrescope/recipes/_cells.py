"""The cells of one row of a grid: several classifiers on the same numbers, with what they can share computed once."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import GenrescopeError
from genrescope.recipes._kernels import Products, answer, answer_linear, is_linear_machine, shares_products
from genrescope.recipes._measure import measured
from genrescope.recipes._mlp import answer_network, is_plain_network
from genrescope.training.classic import first_sentence

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """What became of a cell.

    Attributes
    ----------
    predicted : tuple of int
        Genre numbers of the test tracks, in their order; empty where there is no answer.
    seconds : float
        What it took to learn and to answer; products that several cells share are counted with the first.
    peak_mib : float
        The most memory that the process held meanwhile.
    notes : tuple of str
        What the libraries warned of.
    why : str
        Why there is no answer; empty where there is one.
    """

    predicted: tuple[int, ...] = ()
    seconds: float = 0.0
    peak_mib: float = 0.0
    notes: tuple[str, ...] = ()
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as the journal keeps it."""
        return asdict(self)

    @classmethod
    def of(cls, said: dict[str, Any]) -> "Outcome":
        """Return it as the journal kept it."""
        return cls(**{**said, "predicted": tuple(said["predicted"]), "notes": tuple(said["notes"])})


@dataclass(frozen=True)
class Task:
    """Classifiers to learn on the same numbers, in a form that travels to a process of its own.

    Attributes
    ----------
    row : str
        The row's name.
    matrix : Path
        The numbers of the training tracks, then of the test tracks, as ``.npy``: standardised.
    raw : Path
        The same before they were standardised, for classifiers that are not to have them so.
    columns : tuple of int or None
        Which columns; None means all.
    genres : tuple of int
        Genre numbers of the training tracks.
    classifiers : tuple of str
        Names in `genrescope.models.classic.CLASSIFIERS`.
    seed : int
        Of the classifiers that draw.
    """

    row: str
    matrix: Path
    raw: Path
    columns: tuple[int, ...] | None
    genres: tuple[int, ...]
    classifiers: tuple[str, ...]
    seed: int


def work(task: Task) -> list[tuple[str, Outcome]]:
    """Learn a task's classifiers; one that cannot be fitted says why, and the others go on."""
    return list(cells(task))


def cells(task: Task) -> Iterator[tuple[str, Outcome]]:
    """Yield each classifier of a task with its outcome."""
    from genrescope.models.classic import CLASSIFIERS

    genres: Numbers = np.asarray(task.genres, dtype=np.int64)
    standard = _split(task.matrix, task)
    shared = Products(*standard)
    for name in task.classifiers:
        known = CLASSIFIERS[name]
        rows = standard if known.scaled else _split(task.raw, task)
        yield name, _fitted(known.make(task.seed), rows, shared, genres)


def _split(path: Path, task: Task) -> tuple[Floats, Floats]:
    """Return the numbers of training and test."""
    whole = np.load(path, mmap_mode="r")
    chosen = whole if task.columns is None else whole[:, list(task.columns)]
    training, test = (np.asarray(part, dtype=np.float64) for part in np.split(chosen, [len(task.genres)]))
    varies = np.ptp(training, axis=0) > 0  # a constant column says nothing, and makes covariances singular
    return np.ascontiguousarray(training[:, varies]), np.ascontiguousarray(test[:, varies])


def _fitted(estimator: Any, rows: tuple[Floats, Floats], shared: Products, genres: Numbers) -> Outcome:
    predict = _way(estimator, rows, shared)
    predicted: Numbers = np.empty(0, dtype=np.int64)
    why = _refusal(estimator, rows[0])
    with measured() as cost, warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        if not why:
            try:
                # Some take only whole numbers from 0 without a gap; a genre may have no training track.
                known, places = np.unique(genres, return_inverse=True)
                predicted = known[predict(places.astype(np.int64))]
            except (ValueError, ArithmeticError, np.linalg.LinAlgError, MemoryError, GenrescopeError) as cause:
                why = _why(cause, rows[0], genres)
    notes = tuple(dict.fromkeys(first_sentence(warning.message) for warning in heard))
    return Outcome(tuple(predicted.tolist()), round(cost.seconds, 3), round(cost.peak_mib, 1), notes, why)


def _why(cause: BaseException, rows: Floats, genres: Numbers) -> str:
    """Say why a classifier cannot be fitted."""
    words = first_sentence(cause)
    fewest = int(np.unique(genres, return_counts=True)[1].min())
    if ("full rank" in words or "ill defined" in words) and fewest <= rows.shape[1]:
        return f"the covariance of {rows.shape[1]} numbers needs more tracks than that of each genre; one has {fewest}"
    return words


def _way(estimator: Any, rows: tuple[Floats, Floats], shared: Products) -> Callable[[Numbers], Numbers]:
    """Return the fastest way to the answer that the estimator's own way would give."""
    training, test = rows
    if rows[0] is shared.training and shares_products(estimator):
        return lambda genres: answer(estimator, shared, genres)
    if is_linear_machine(estimator):
        return lambda genres: answer_linear(estimator, Products(training, test), genres)
    if is_plain_network(estimator):
        small = training.astype(np.float32), test.astype(np.float32)
        return lambda genres: answer_network(estimator, small[0], genres, small[1])
    return lambda genres: np.asarray(estimator.fit(training, genres).predict(test), dtype=np.int64)


def _refusal(estimator: Any, training: Floats) -> str:
    if not training.shape[1]:
        return "every column is constant"
    n_training = len(training)
    wanted = getattr(estimator, "n_neighbors", 0)
    if wanted > n_training:
        return f"it asks {wanted} neighbours, and there are {n_training} training tracks"
    return ""


def families(classifiers: Sequence[str], seed: int) -> list[tuple[str, ...]]:
    """Return which classifiers are best learned together: those that share products; every other one alone."""
    from genrescope.models.classic import CLASSIFIERS

    together = tuple(name for name in classifiers if shares_products(CLASSIFIERS[name].make(seed)))
    alone: list[tuple[str, ...]] = [(name,) for name in classifiers if name not in together]
    return [together, *alone] if together else alone

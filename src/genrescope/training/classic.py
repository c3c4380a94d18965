"""Fitting a classifier to examples: what cannot be fitted says why, and what was left out is listed."""

import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import UsageError
from genrescope.features._settings import nearest
from genrescope.models.classic import make_pipeline
from genrescope.records import FloatArray
from genrescope.training._memory import forget_peak, peak_mib
from genrescope.training.examples import Examples

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Folds = Sequence[tuple[Numbers, Numbers]]

N_FOLDS = 5
"""Folds in which settings are chosen and confidences calibrated, where there is no validation part."""

CHANCE = frozenset({"majority", "stratified"})
"""Classifiers that need no second genre."""


class CannotFit(UsageError):  # noqa: N818 - a table's cell says it in these words
    """A classifier and its training part do not fit each other; the message says why."""


@dataclass(frozen=True, eq=False)
class Answered:
    """What a classifier says of tracks.

    Attributes
    ----------
    numbers : ndarray of int64, shape (n,)
        Of each track's genre, in the order of the labels.
    probabilities : ndarray of float32, shape (n, n_labels)
        Each row sums to 1; a genre that training did not have gets 0.
    """

    numbers: Numbers
    probabilities: FloatArray


@dataclass(frozen=True, eq=False)
class Fitted:
    """A classifier that has learned.

    Attributes
    ----------
    name : str
        Of the classifier.
    pipeline : sklearn.pipeline.Pipeline
        Takes rows (n, n_columns) in float64, and answers with places in `classes`.
    labels : tuple of str
        The genres of the training part's data, also those that it has no track of.
    classes : tuple of int
        The numbers of the genres that it has seen.
    input : mapping
        What its rows are; see `Examples.input`.
    n_columns : int
        Numbers in a row.
    n_training : int
        Tracks that it learned from.
    seconds, peak_mib : float
        What learning took: choosing settings and calibrating, too. Memory is the process's most.
    selection_log : tuple of mapping
        Every setting that was tried, with its accuracy on tracks that were held out, in order; empty where nothing
        was chosen.
    notes : tuple of str
        What a reader of its scores should know: rows left out, genres without tracks, warnings of the library.
    """

    name: str
    pipeline: Any
    labels: tuple[str, ...]
    classes: tuple[int, ...]
    input: Mapping[str, object]
    n_columns: int
    n_training: int
    seconds: float
    peak_mib: float
    selection_log: tuple[Mapping[str, object], ...] = ()
    notes: tuple[str, ...] = field(default=())

    def answer(self, examples: Examples) -> Answered:
        """Return the genres of examples with the same labels and columns.

        Raises
        ------
        UsageError
            Their labels or columns are others, or a row has numbers that are not finite; `usable` leaves such out.
        """
        rows = _matrix(examples)
        if examples.labels != self.labels or rows.shape[1] != self.n_columns:
            raise UsageError(
                f"{self.name} learned {len(self.labels)} genres from {self.n_columns} columns; these tracks have "
                f"{len(examples.labels)} genres and {rows.shape[1]} columns: take both parts from one data set."
            )
        bad = _not_finite(rows)
        if len(bad):
            raise UsageError(
                f"{len(bad)} of {len(rows)} tracks have numbers that are not finite, first {examples.ids[bad[0]]}; "
                "leave them out."
            )
        return self.answer_rows(rows)

    def answer_rows(self, rows: NDArray[Any]) -> Answered:
        """Return the genres of rows, shape (n, n_columns), all finite."""
        if not len(rows):
            return Answered(np.empty(0, dtype=np.int64), np.empty((0, len(self.labels)), dtype=np.float32))
        values = np.asarray(rows, dtype=np.float64)
        places = np.asarray(self.pipeline.predict(values), dtype=np.int64)
        known = self.pipeline.predict_proba(values)
        probabilities = np.zeros((len(values), len(self.labels)), dtype=np.float32)
        probabilities[:, list(self.classes)] = known
        return Answered(np.asarray(self.classes, dtype=np.int64)[places], probabilities)


def fit_classic(
    name: str,
    training: Examples,
    validation: Examples | None = None,
    *,
    pca: int | None = None,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
) -> Fitted:
    """Fit a classifier; nothing but the training part is learned from, and the validation part only chooses.

    Parameters
    ----------
    name : str
        A name in `genrescope.models.classic.CLASSIFIERS`.
    training : Examples
        One genre a track. Rows with numbers that are not finite are left out and listed in the notes.
    validation : Examples, optional
        What settings are chosen and confidences calibrated on. Without it, both is done in folds of the training part
        that keep groups together.
    pca : int, optional
        Principal components to keep.
    seed : int
        Of what draws.
    settings : mapping, optional
        Settings of the classifier that differ from its own, such as ``{"C": 10.0}``.

    Returns
    -------
    Fitted
        Ready to answer.

    Raises
    ------
    CannotFit
        They do not fit each other: too few tracks, genres or columns; the message says which.
    UsageError
        A name or a setting that is not known.
    MissingExtraError
        scikit-learn or XGBoost is not installed.
    """
    pipeline = make_pipeline(name, pca=pca, seed=seed)
    tried = _with_settings(name, pipeline, settings or {})
    training, notes = usable(training)
    part = _Part.of(training)
    _check_fit(name, pipeline, part, training, pca)
    held = None if validation is None else _Part.of(usable(validation)[0], part)
    return _fitted(name, pipeline, training, part, notes, lambda: _choose_and_learn(pipeline, tried, part, held, seed))


def _fitted(
    name: str,
    pipeline: Any,
    training: Examples,
    part: "_Part",
    notes: tuple[str, ...],
    learn: Callable[[], tuple[Mapping[str, object], ...]],
) -> Fitted:
    """Learn, and say what came of it and what it cost."""
    forget_peak()
    begun_s = time.monotonic()
    with heard_warnings() as heard, in_words(name):
        log = learn()
    return Fitted(
        name=name,
        pipeline=pipeline,
        labels=training.labels,
        classes=tuple(part.classes.tolist()),
        input=training.input,
        n_columns=part.rows.shape[1],
        n_training=len(part.rows),
        seconds=round(time.monotonic() - begun_s, 3),
        peak_mib=round(peak_mib(), 1),
        selection_log=log,
        notes=(*notes, *_unseen(training, part), *dict.fromkeys(first_sentence(one.message) for one in heard)),
    )


def usable(examples: Examples) -> tuple[Examples, tuple[str, ...]]:
    """Return the examples whose numbers are all finite, and a note that names the others."""
    bad = _not_finite(_matrix(examples))
    if not len(bad):
        return examples, ()
    names = ", ".join(examples.ids[row] for row in bad[:5]) + (", ..." if len(bad) > 5 else "")
    kept = np.setdiff1d(np.arange(len(examples)), bad)
    return examples.take(kept), (f"{len(bad)} tracks left out, whose numbers are not finite: {names}",)


def first_sentence(said: object) -> str:
    r"""Return the first sentence of a library's message, which may go on for a page.

    Examples
    --------
    >>> first_sentence(ValueError("no such thing. Try\\nanother"))
    'no such thing'
    >>> first_sentence(UserWarning("it did not converge (status=1):\nSTOP: TOTAL NO. OF ITERATIONS REACHED LIMIT"))
    'it did not converge (status=1)'
    """
    first = next((line for line in str(said).splitlines() if line.strip()), "")
    return " ".join(first.split()).partition(". ")[0].rstrip(".:") or type(said).__name__


@dataclass(frozen=True, eq=False)
class _Part:
    """Rows, and the places of their genres among `classes`, which are the numbers of those that training has."""

    rows: Floats
    genres: Numbers
    classes: Numbers
    groups: tuple[str, ...]

    @classmethod
    def of(cls, examples: Examples, training: "_Part | None" = None) -> "_Part":
        if examples.multi_label:
            raise CannotFit("these tracks have several genres each: fit them with fit_multilabel.")
        rows = np.asarray(_matrix(examples), dtype=np.float64)
        if training is None:
            classes, genres = np.unique(examples.targets, return_inverse=True)
            return cls(rows, genres.astype(np.int64), classes, examples.groups)
        kept = np.flatnonzero(np.isin(examples.targets, training.classes))
        genres = np.searchsorted(training.classes, examples.targets[kept])
        groups = tuple(examples.groups[row] for row in kept)
        return cls(rows[kept], genres.astype(np.int64), training.classes, groups)


def _matrix(examples: Examples) -> FloatArray:
    if examples.inputs.shape is None:
        raise CannotFit("these tracks have rows of different lengths; use a feature that has one length for all.")
    return examples.matrix() if len(examples) else np.empty((0, math.prod(examples.inputs.shape)), dtype=np.float32)


def _not_finite(rows: FloatArray) -> Numbers:
    return np.flatnonzero(~np.isfinite(rows).all(axis=1))


def _unseen(examples: Examples, part: _Part) -> tuple[str, ...]:
    missing = [label for number, label in enumerate(examples.labels) if number not in set(part.classes.tolist())]
    single = [examples.labels[part.classes[place]] for place in np.flatnonzero(np.bincount(part.genres) == 1)]
    notes = [f"no track of {', '.join(missing)} to learn from: never answered"] * bool(missing)
    return (*notes, *[f"one single track of {', '.join(single)} to learn from"] * bool(single))


def _check_fit(name: str, pipeline: Any, part: _Part, examples: Examples, pca: int | None) -> None:
    """Say in words what would fail somewhere inside a library."""
    n_rows = len(part.rows)
    if not n_rows:
        raise CannotFit(f"{name}: there is no track to learn from.")
    n_varying = int(np.count_nonzero(np.ptp(part.rows, axis=0) > 0))
    if not n_varying:
        raise CannotFit(f"{name}: no column varies over the {n_rows} training tracks; there is nothing to learn from.")
    if len(part.classes) < 2 and name not in CHANCE:
        raise CannotFit(f"{name}: every training track is {examples.labels[part.classes[0]]}; it needs two genres.")
    if pca is not None and pca > min(n_rows, n_varying):
        raise CannotFit(
            f"{name}: {pca} principal components need as many tracks and columns; there are {n_rows} tracks and "
            f"{n_varying} columns that vary."
        )
    neighbours = getattr(pipeline["classifier"], "n_neighbors", 0)
    if neighbours > n_rows:
        raise CannotFit(f"{name}: it asks {neighbours} neighbours, and there are {n_rows} training tracks.")
    if type(pipeline["classifier"]).__name__ == "QuadraticDiscriminantAnalysis":
        n_columns, counts = pca or n_varying, np.bincount(part.genres)
        if counts.min() <= n_columns:
            label = examples.labels[part.classes[counts.argmin()]]
            raise CannotFit(
                f"{name}: each genre needs more tracks than there are columns ({n_columns}); {label} has "
                f"{counts.min()}. Take fewer columns, or principal components."
            )


def _with_settings(name: str, pipeline: Any, settings: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Put settings into the pipeline's classifier, and return what is still to be chosen."""
    from sklearn.model_selection import GridSearchCV

    classifier, tried = pipeline["classifier"], {}
    if isinstance(classifier, GridSearchCV):
        tried = {key: values for key, values in classifier.param_grid.items() if key not in settings}
        classifier = classifier.estimator
        pipeline.set_params(classifier=classifier)
    known = list(classifier.get_params(deep=False))
    for key, value in settings.items():
        if key not in known:
            raise UsageError(f"{name} has no setting {key!r}: {nearest(key, known)}")
        classifier.set_params(**{key: value})
    return tried


def _folds(part: _Part, seed: int) -> Folds:
    """Return folds that keep groups together and genres even, as far as both can be had."""
    from sklearn.model_selection import StratifiedGroupKFold

    n_folds = min(N_FOLDS, len(set(part.groups)), int(np.bincount(part.genres).max()))
    if n_folds < 2:
        return []
    folds = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a genre with fewer tracks than folds: it is in fewer
        found = list(folds.split(part.rows, part.genres, part.groups))
    return [(learned, test) for learned, test in found if len(learned) and len(test)]


def _choose(
    pipeline: Any, tried: Mapping[str, list[Any]], part: _Part, held: _Part | None, folds: Folds
) -> tuple[Mapping[str, object], ...]:
    """Set what does best on tracks that were held out, and return all that was tried."""
    from sklearn.model_selection import GridSearchCV

    if not tried:
        return ()
    rows, genres = part.rows, part.genres
    if held is not None and len(held.rows):
        n_rows, total = len(rows), len(rows) + len(held.rows)
        rows, genres = np.concatenate([rows, held.rows]), np.concatenate([genres, held.genres])
        folds = [(np.arange(n_rows), np.arange(n_rows, total))]
    if not folds:
        raise CannotFit("there are too few tracks to hold some out: choose settings oneself, or take LR or SVCrbf.")
    grid = {f"classifier__{key}": values for key, values in tried.items()}
    search = GridSearchCV(pipeline, grid, cv=folds, refit=False, error_score="raise").fit(rows, genres)
    pipeline.set_params(**search.best_params_)
    results = search.cv_results_
    return tuple(
        {key.removeprefix("classifier__"): value for key, value in candidate.items()} | {"accuracy": float(score)}
        for candidate, score in zip(results["params"], results["mean_test_score"], strict=True)
    )


def _choose_and_learn(
    pipeline: Any, tried: Mapping[str, list[Any]], part: _Part, held: _Part | None, seed: int
) -> tuple[Mapping[str, object], ...]:
    """Set what does best, learn from the training part, and return all that was tried."""
    folds = _folds(part, seed)
    log = _choose(pipeline, tried, part, held, folds)
    _learn(pipeline, part, held, folds, seed)
    return log


def _learn(pipeline: Any, part: _Part, held: _Part | None, folds: Folds, seed: int) -> None:
    from genrescope.models._classic_probabilities import WithProbabilities

    front, classifier = pipeline[:-1], pipeline["classifier"]
    rows = front.fit_transform(part.rows, part.genres)
    if not hasattr(classifier, "predict_proba"):
        classifier = WithProbabilities(classifier, cv=folds, seed=seed)
        pipeline.set_params(classifier=classifier)
        if held is not None and len(held.rows):
            classifier.fit(rows, part.genres, held=(front.transform(held.rows), held.genres))
            return
    elif "cv" in classifier.get_params(deep=False) and folds:
        classifier.set_params(cv=folds)
    classifier.fit(rows, part.genres)


@contextmanager
def heard_warnings() -> Iterator[list[warnings.WarningMessage]]:
    """Collect what the libraries warn of."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        yield heard


@contextmanager
def in_words(name: str) -> Iterator[None]:
    """Say a library's refusal as one of ours."""
    try:
        yield
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as cause:
        raise CannotFit(f"{name}: {first_sentence(cause)}.") from cause

"""Fitting classifiers to tracks of several genres: each genre for itself, or in a chain that knows those before it.

A chain answers the most frequent genres first and gives what it said to the rarer ones. On a tree of genres whose
parents are implied, a parent is never rarer than its children, so that a child always knows of its parents.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import UsageError
from genrescope.models.classic import make_pipeline
from genrescope.records import FloatArray
from genrescope.training._memory import forget_peak, peak_mib
from genrescope.training.classic import CannotFit, first_sentence, heard_warnings, in_words, usable
from genrescope.training.examples import Examples

Way = Literal["one-vs-rest", "chain"]

MIN_TRACKS = 2
"""A genre with fewer tracks, or fewer tracks without it, is not learned."""


@dataclass(frozen=True, eq=False)
class FittedMultilabel:
    """Classifiers of several genres a track that have learned.

    Attributes
    ----------
    name : str
        Of the classifier of each genre.
    way : {"one-vs-rest", "chain"}
        Whether genres are learned each for itself.
    pipeline : sklearn.pipeline.Pipeline
        Takes rows (n, n_columns) in float64; its probabilities are those of `learned`.
    labels : tuple of str
        All genres.
    learned : tuple of int
        The genres that had enough tracks, in the labels' order.
    shares : ndarray of float32, shape (n_labels,)
        How frequent each genre was: what is said of those that were not learned.
    input : mapping
        What the rows are.
    n_columns, n_training : int
        Numbers in a row, and tracks learned from.
    seconds, peak_mib : float
        What learning took.
    notes : tuple of str
        What was left out, and what the libraries warned of.
    """

    name: str
    way: Way
    pipeline: Any
    labels: tuple[str, ...]
    learned: tuple[int, ...]
    shares: FloatArray
    input: Mapping[str, object]
    n_columns: int
    n_training: int
    seconds: float
    peak_mib: float
    notes: tuple[str, ...]

    def answer(self, examples: Examples) -> FloatArray:
        """Return how probable each genre is for each track, shape (n, n_labels); rows need not sum to 1.

        Raises
        ------
        UsageError
            The examples have other labels or columns, or numbers that are not finite.
        """
        rows = examples.matrix()
        if examples.labels != self.labels or rows.shape[1] != self.n_columns:
            raise UsageError(
                f"{self.name} learned {len(self.labels)} genres from {self.n_columns} columns; these tracks have "
                f"{len(examples.labels)} genres and {rows.shape[1]} columns: take both parts from one data set."
            )
        if not np.isfinite(rows).all():
            raise UsageError("some tracks have numbers that are not finite; leave them out.")
        probabilities = np.tile(self.shares, (len(rows), 1))
        probabilities[:, list(self.learned)] = self.pipeline.predict_proba(rows.astype(np.float64))
        return probabilities


def fit_multilabel(
    name: str, training: Examples, *, way: Way = "one-vs-rest", pca: int | None = None, seed: int = 0
) -> FittedMultilabel:
    """Fit a classifier for each genre of tracks that have several.

    Parameters
    ----------
    name : str
        A classifier of `genrescope.models.classic.CLASSIFIERS` that gives probabilities, such as ``LR`` or ``lda``.
    training : Examples
        Several genres a track: targets (n, n_labels).
    way : {"one-vs-rest", "chain"}
        Each genre for itself, or (Read, Pfahringer, Holmes and Frank 2009) each knowing the more frequent ones.
    pca : int, optional
        Principal components to keep.
    seed : int
        Of what draws.

    Raises
    ------
    CannotFit
        The tracks have one genre each, no genre has enough tracks, or the classifier gives no probabilities.
    """
    if not training.multi_label:
        raise CannotFit("these tracks have one genre each: fit them with fit_classic.")
    pipeline = make_pipeline(name, pca=pca, seed=seed)
    if not hasattr(pipeline["classifier"], "predict_proba"):
        raise CannotFit(f"{name}: it gives no probabilities; take LR, lda or kNN for several genres a track.")
    training, notes = usable(training)
    rows, targets = training.matrix().astype(np.float64), training.targets.astype(np.int64)
    learned = _learned(targets)
    pipeline.set_params(classifier=_several(way, pipeline["classifier"], targets[:, learned]))
    forget_peak()
    begun_s = time.monotonic()
    with heard_warnings() as heard, in_words(name):
        pipeline.fit(rows, targets[:, learned])
    return FittedMultilabel(
        name=name,
        way=way,
        pipeline=pipeline,
        labels=training.labels,
        learned=tuple(learned.tolist()),
        shares=targets.mean(axis=0).astype(np.float32),
        input=training.input,
        n_columns=rows.shape[1],
        n_training=len(rows),
        seconds=round(time.monotonic() - begun_s, 3),
        peak_mib=round(peak_mib(), 1),
        notes=(*notes, *_left_out(training, learned), *dict.fromkeys(first_sentence(one.message) for one in heard)),
    )


def _learned(targets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the genres that enough tracks have and lack."""
    n_with = targets.sum(axis=0)
    enough = (n_with >= MIN_TRACKS) & (len(targets) - n_with >= MIN_TRACKS)
    if not enough.any():
        raise CannotFit(f"no genre has {MIN_TRACKS} tracks, and as many without it, among {len(targets)}.")
    return np.flatnonzero(enough)


def _several(way: Way, classifier: Any, targets: NDArray[np.int64]) -> Any:
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.multioutput import ClassifierChain

    if way == "one-vs-rest":
        return OneVsRestClassifier(classifier)
    if way != "chain":
        raise UsageError(f"genres are learned 'one-vs-rest' or in a 'chain'; got {way!r}.")
    frequent_first = np.argsort(-targets.sum(axis=0), kind="stable")
    return ClassifierChain(classifier, order=frequent_first.tolist())


def _left_out(examples: Examples, learned: NDArray[np.int64]) -> tuple[str, ...]:
    missing = [label for number, label in enumerate(examples.labels) if number not in set(learned.tolist())]
    if not missing:
        return ()
    names = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
    return (f"{len(missing)} genres too rare or in every track, said by their frequency alone: {names}",)

"""Probabilities for classifiers that only give scores, without a change to what they answer.

A softmax of the scores times one number, its sharpness, learned on tracks that the classifier did not see. The order of
the genres is left as it is, so the most probable genre is the plain classifier's answer.
"""

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import StratifiedKFold

Floats = NDArray[np.float64]
SHARPNESS = (0.05, 50.0)
"""Bounds of the sharpness."""

N_FOLDS = 5


class WithProbabilities(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A classifier with scores, such as `SVC`, that also says how probable each genre is.

    Parameters
    ----------
    estimator : SVC or LinearSVC
        Unfitted; not changed.
    cv : iterable of (ndarray, ndarray), optional
        Rows to learn from and rows to calibrate on, for the sharpness alone. By default five stratified folds.
    seed : int
        Of the default folds.

    Attributes
    ----------
    estimator_ : estimator
        Fitted on all rows.
    classes_ : ndarray
        What the columns of the probabilities are.
    sharpness_ : float
        What the scores are multiplied by; 1 where no genre has two tracks to learn it from.
    """

    def __init__(self, estimator: Any, cv: Iterable[Any] | None = None, seed: int = 0) -> None:
        self.estimator = estimator
        self.cv = cv
        self.seed = seed

    def fit(self, rows: Floats, genres: NDArray[Any], held: tuple[Floats, NDArray[Any]] | None = None) -> Self:
        """Learn from rows, shape (n, n_columns), and their genres, shape (n,).

        Where `held` gives rows and genres that are not learned from, the sharpness is learned on them; else in folds.
        """
        genres = np.asarray(genres)
        self.estimator_ = clone(self.estimator).fit(rows, genres)
        self.classes_ = self.estimator_.classes_
        self.n_features_in_ = rows.shape[1]
        if held is None:
            scores, truth = self._unseen(np.asarray(rows), genres)
        else:
            scores, truth = class_scores(self.estimator_, held[0]), np.searchsorted(self.classes_, held[1])
        self.sharpness_ = fit_sharpness(scores, truth) if len(truth) else 1.0
        return self

    def predict(self, rows: Floats) -> NDArray[Any]:
        """Return the plain classifier's answers, shape (n,)."""
        return np.asarray(self.estimator_.predict(rows))

    def predict_proba(self, rows: Floats) -> Floats:
        """Return the probabilities of `classes_`, shape (n, n_classes); each row's best is what `predict` answers."""
        return softmax(self.sharpness_ * class_scores(self.estimator_, rows))

    def _unseen(self, rows: Floats, genres: NDArray[Any]) -> tuple[Floats, NDArray[np.int64]]:
        """Return the scores of rows that were not learned from, and which of `classes_` each is."""
        scores, truth = [], []
        for learned, held in self.cv if self.cv is not None else self._folds(genres):
            if len(np.unique(genres[learned])) < len(self.classes_):
                continue  # such a classifier has fewer scores, and what they are worth says nothing of all
            known = clone(self.estimator).fit(rows[learned], genres[learned])
            scores.append(class_scores(known, rows[held]))
            truth.append(np.searchsorted(self.classes_, genres[held]))
        if not scores:
            return np.empty((0, len(self.classes_))), np.empty(0, dtype=np.int64)
        return np.concatenate(scores), np.concatenate(truth).astype(np.int64)

    def _folds(self, genres: NDArray[Any]) -> Iterable[Any]:
        n_folds = min(N_FOLDS, int(np.unique(genres, return_counts=True)[1].min()))
        if n_folds < 2:
            return []
        return StratifiedKFold(n_folds, shuffle=True, random_state=self.seed).split(genres, genres)


def class_scores(estimator: Any, rows: Floats) -> Floats:
    """Return one score a class, shape (n, n_classes); the highest is that of the class that `predict` answers.

    `SVC` answers by the votes of its pairs of classes and takes the first of those that tie; its scores break ties by
    how clear the votes were. Where the two disagree, they change places here.
    """
    scores = np.asarray(estimator.decision_function(rows), dtype=np.float64)
    if scores.ndim == 1:
        return np.stack([-scores, scores], axis=1)
    at = np.arange(len(scores))
    answered = np.searchsorted(estimator.classes_, estimator.predict(rows))
    highest = scores.argmax(axis=1)
    scores[at, answered], scores[at, highest] = scores[at, highest], scores[at, answered]
    return scores


def fit_sharpness(scores: Floats, truth: NDArray[np.int64]) -> float:
    """Return what scores, shape (n, n_classes), are best multiplied by: the least log loss over `truth`, shape (n,)."""
    from scipy.optimize import minimize_scalar

    def loss(log_sharpness: float) -> float:
        return log_loss(softmax(np.exp(log_sharpness) * scores), truth)

    return float(np.exp(minimize_scalar(loss, bounds=np.log(SHARPNESS), method="bounded").x))


def log_loss(probabilities: Floats, truth: NDArray[np.int64]) -> float:
    """Return the mean of minus the logarithm of what was given to the true class."""
    true = probabilities[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(true, 1e-15)).mean())


def softmax(scores: Floats) -> Floats:
    """Return the softmax over the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float64)

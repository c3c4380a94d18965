"""What a cell's answers are worth: accuracy with its interval, macro F1, and the genres one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.evaluation import metrics
from genrescope.evaluation.intervals import wilson

Numbers = Sequence[int] | NDArray[np.int64]


@dataclass(frozen=True)
class Score:
    """Accuracy with its 95 % interval (Wilson), and the mean F1 over the genres of the truth."""

    accuracy: float
    low: float
    high: float
    macro_f1: float


def score(labels: Sequence[str], truth: Numbers, predicted: Numbers) -> Score:
    """Return the score of answers, one genre number for each track."""
    confusion = _confusion(labels, truth, predicted)
    interval = wilson(int(np.trace(confusion)), int(confusion.sum()))
    f1 = metrics.macro_f1(metrics.per_genre(confusion, labels))
    return Score(metrics.accuracy(confusion), interval.low, interval.high, f1)


def genre_scores(labels: Sequence[str], truth: Numbers, predicted: Numbers) -> dict[str, dict[str, Any]]:
    """Return precision, recall, F1 and support of each genre of the truth."""
    genres = metrics.per_genre(_confusion(labels, truth, predicted), labels)
    return {genre.label: genre.to_dict() for genre in genres if genre.support}


def _confusion(labels: Sequence[str], truth: Numbers, predicted: Numbers) -> NDArray[np.int64]:
    both = np.asarray(truth, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    return metrics.confusion_matrix(*both, len(labels))

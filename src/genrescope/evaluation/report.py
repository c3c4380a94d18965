"""What a model's answers are worth, in one record: every score with its interval, beside what chance would score."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrescope.evaluation import metrics, ranking
from genrescope.evaluation.answers import Answers
from genrescope.evaluation.calibration import Bin, expected_calibration_error, reliability
from genrescope.evaluation.intervals import Interval, bootstrap, percentiles, wilson
from genrescope.evaluation.metrics import GenreMetrics
from genrescope.evaluation.over_time import TimeCorrelations
from genrescope.evaluation.ranking import Averages

FEW_GROUPS = 20
"""The bootstrap over fewer groups gives intervals that are too narrow."""


@dataclass(frozen=True, eq=False)
class Confidence:
    """The scores that need probabilities.

    Attributes
    ----------
    top_2, top_3 : float or None
        Share of rows whose genre is among the likeliest two or three; None where that is every genre.
    log_loss : float
        Mean ``-ln(probability of the true genre)``.
    roc_auc, average_precision : Averages
        One genre against the rest.
    ece : float
        Expected calibration error.
    reliability : tuple of Bin
        The reliability curve.
    """

    top_2: float | None
    top_3: float | None
    log_loss: float
    roc_auc: Averages
    average_precision: Averages
    ece: float
    reliability: tuple[Bin, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the scores as the JSON output has them."""
        return {
            "top_2": _rounded(self.top_2),
            "top_3": _rounded(self.top_3),
            "log_loss": _rounded(self.log_loss),
            "roc_auc": self.roc_auc.to_dict(),
            "average_precision": self.average_precision.to_dict(),
            "ece": _rounded(self.ece),
            "reliability": [one.to_dict() for one in self.reliability],
        }


UNKNOWN_CONFIDENCE: dict[str, object] = dict.fromkeys(
    ("top_2", "top_3", "log_loss", "roc_auc", "average_precision", "ece", "reliability")
)
"""What stands in the JSON output for a model that only says classes."""


@dataclass(frozen=True, eq=False)
class Report:
    """What a model's answers are worth.

    Attributes
    ----------
    name, data, split : str
        What was evaluated, on which data and which part of it; empty where it is not known.
    labels : tuple of str
        The genres, in the order of everything below.
    n, n_groups : int
        Rows, and groups of rows (artists, recordings); as many where no groups are known.
    group_word : str
        What a group is: ``artists`` …; ``tracks`` where each row stands for itself.
    accuracy, balanced_accuracy, macro_f1, weighted_f1 : float
        The scores.
    accuracy_95ci : Interval
        Wilson's, as if the rows did not depend on each other.
    accuracy_95ci_groups, balanced_accuracy_95ci, macro_f1_95ci : Interval
        By the bootstrap over the groups.
    per_genre : tuple of GenreMetrics
        Of each genre.
    confusion : ndarray of int64, shape (n_labels, n_labels)
        Rows are the true genre, columns the predicted one.
    confidence : Confidence or None
        The scores that need probabilities; None for a model that only says classes.
    warnings : tuple of str
        What a reader must know.
    over_time : TimeCorrelations or None
        How the genres move together inside tracks; None for a model that has no course, or whose course is not known.
    """

    name: str
    data: str
    split: str
    labels: tuple[str, ...]
    n: int
    n_groups: int
    group_word: str
    accuracy: float
    accuracy_95ci: Interval
    accuracy_95ci_groups: Interval
    balanced_accuracy: float
    balanced_accuracy_95ci: Interval
    macro_f1: float
    macro_f1_95ci: Interval
    weighted_f1: float
    per_genre: tuple[GenreMetrics, ...]
    confusion: NDArray[np.int64]
    confidence: Confidence | None
    warnings: tuple[str, ...] = ()
    over_time: TimeCorrelations | None = None

    @property
    def chance(self) -> float:
        """Accuracy of guessing evenly among the genres that the truth has."""
        return 1 / int(np.count_nonzero(self.confusion.sum(axis=1)))

    @property
    def majority(self) -> float:
        """Accuracy of always saying the most frequent genre of the truth."""
        return float(self.confusion.sum(axis=1).max() / self.n)

    @property
    def majority_genre(self) -> str:
        """The most frequent genre of the truth; the first of several."""
        return self.labels[int(self.confusion.sum(axis=1).argmax())]

    @property
    def shares(self) -> NDArray[np.float64]:
        """The confusion matrix with rows that sum to 1; NaN for a genre without a track."""
        return metrics.row_shares(self.confusion)

    def to_dict(self) -> dict[str, object]:
        """Return the report as the JSON output has it; what cannot be known is null."""
        return {
            "name": self.name or None,
            "data": self.data or None,
            "split": self.split or None,
            "n": self.n,
            "groups": {"of": self.group_word, "n": self.n_groups},
            "accuracy": _rounded(self.accuracy),
            "accuracy_95ci": self.accuracy_95ci.to_list(),
            "accuracy_95ci_groups": self.accuracy_95ci_groups.to_list(),
            "balanced_accuracy": _rounded(self.balanced_accuracy),
            "balanced_accuracy_95ci": self.balanced_accuracy_95ci.to_list(),
            "macro_f1": _rounded(self.macro_f1),
            "macro_f1_95ci": self.macro_f1_95ci.to_list(),
            "weighted_f1": _rounded(self.weighted_f1),
            "chance": _rounded(self.chance),
            "majority": _rounded(self.majority),
            "majority_genre": self.majority_genre,
            **(self.confidence.to_dict() if self.confidence else UNKNOWN_CONFIDENCE),
            "per_genre": {genre.label: genre.to_dict() for genre in self.per_genre},
            "confusion": {
                "rows": "true genre",
                "columns": "predicted genre",
                "labels": list(self.labels),
                "counts": self.confusion.tolist(),
                "shares": [[_rounded(share) for share in row] for row in self.shares.tolist()],
            },
            "over_time": None if self.over_time is None else self.over_time.to_dict(),
            "warnings": list(self.warnings),
        }


def make_report(
    answers: Answers,
    *,
    name: str = "",
    data: str = "",
    split: str = "",
    group_word: str = "groups",
    seed: int = 0,
    over_time: TimeCorrelations | None = None,
) -> Report:
    """Score the answers of a model.

    Parameters
    ----------
    answers : Answers
        Truth and answers.
    name, data, split : str
        What was evaluated, on which data and which part of it.
    group_word : str
        What ``answers.groups`` are, in the plural: ``artists``, ``recordings``.
    seed : int
        Of the bootstrap.
    over_time : TimeCorrelations, optional
        Of the answers' courses, where the model has one.
    """
    confusion = metrics.confusion_matrix(answers.truth, answers.predicted, len(answers.labels))
    genres = metrics.per_genre(confusion, answers.labels)
    (drawn,) = bootstrap((answers,), answers.group_places, seed)
    return Report(
        name=name,
        data=data,
        split=split,
        labels=answers.labels,
        n=len(answers),
        n_groups=int(answers.group_places.max()) + 1,
        group_word=group_word if any(answers.groups) else "tracks",
        accuracy=metrics.accuracy(confusion),
        accuracy_95ci=wilson(int(np.trace(confusion)), len(answers)),
        accuracy_95ci_groups=percentiles(drawn.accuracy),
        balanced_accuracy=metrics.balanced_accuracy(genres),
        balanced_accuracy_95ci=percentiles(drawn.balanced_accuracy),
        macro_f1=metrics.macro_f1(genres),
        macro_f1_95ci=percentiles(drawn.macro_f1),
        weighted_f1=metrics.weighted_f1(genres),
        per_genre=genres,
        confusion=confusion,
        confidence=_confidence(answers),
        warnings=tuple(_warnings(answers, genres)),
        over_time=over_time,
    )


def _confidence(answers: Answers) -> Confidence | None:
    if answers.probabilities is None:
        return None
    truth, probabilities = answers.truth, answers.probabilities
    flags = ranking.one_hot(truth, len(answers.labels))
    of_said = probabilities[np.arange(len(truth)), answers.predicted]
    bins = reliability(of_said, truth == answers.predicted)
    return Confidence(
        metrics.top_k(truth, probabilities, 2),
        metrics.top_k(truth, probabilities, 3),
        metrics.log_loss(truth, probabilities),
        ranking.averages(ranking.roc_auc, flags, probabilities),
        ranking.averages(ranking.average_precision, flags, probabilities),
        expected_calibration_error(bins),
        bins,
    )


def _warnings(answers: Answers, genres: tuple[GenreMetrics, ...]) -> list[str]:
    found, n_groups = [], int(answers.group_places.max()) + 1
    absent = [genre.label for genre in genres if not genre.support]
    if absent:
        found.append(f"No track of the truth is {', '.join(absent)}: recall and F1 are unknown there.")
    n_alone = sum(not group for group in answers.groups)
    if not any(answers.groups):
        found.append(
            "No artist or recording is given: tracks of one artist count as independent, so the intervals may be too "
            "narrow."
        )
    elif n_groups < FEW_GROUPS:
        found.append(f"Only {n_groups} groups: the bootstrap over them is rough, and too narrow.")
    elif n_alone:
        found.append(f"{n_alone} of {len(answers)} tracks are in no group: each counts as one of its own.")
    if answers.probabilities is not None:
        likeliest = answers.probabilities.max(axis=1)
        other = int(np.sum(answers.probabilities[np.arange(len(answers)), answers.predicted] < likeliest))
        if other:
            found.append(f"In {other} of {len(answers)} rows the predicted genre is not the likeliest one.")
    return found


def _rounded(figure: float | None) -> float | None:
    return None if figure is None or np.isnan(figure) else round(float(figure), 4)

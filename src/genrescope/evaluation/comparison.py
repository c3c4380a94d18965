"""Whether one model is better than another on the same tracks."""

from dataclasses import dataclass

import numpy as np

from genrescope.errors import UsageError
from genrescope.evaluation import metrics
from genrescope.evaluation.answers import Answers
from genrescope.evaluation.intervals import Difference, McNemar, bootstrap, mcnemar, percentiles


@dataclass(frozen=True)
class Comparison:
    """Two models on the same tracks.

    Attributes
    ----------
    first, second : str
        Their names.
    differences : tuple of Difference
        Accuracy, balanced accuracy and macro F1.
    test : McNemar
        Of which rows each has right.
    """

    first: str
    second: str
    differences: tuple[Difference, ...]
    test: McNemar

    def to_dict(self) -> dict[str, object]:
        """Return the comparison as the JSON output has it."""
        return {
            "first": self.first,
            "second": self.second,
            "differences": {
                one.name: {
                    "first": round(one.first, 4),
                    "second": round(one.second, 4),
                    "difference": round(one.value, 4),
                    "difference_95ci": one.interval.to_list(),
                }
                for one in self.differences
            },
            "mcnemar": {
                "only_first_right": self.test.only_first,
                "only_second_right": self.test.only_second,
                "p": float(f"{self.test.p:.3g}"),
                "exact": self.test.exact,
            },
        }


def compare(first: Answers, second: Answers, names: tuple[str, str], seed: int = 0) -> Comparison:
    """Compare two models.

    Parameters
    ----------
    first, second : Answers
        Of the same tracks, in any order.
    names : tuple of str
        What to call them.
    seed : int
        Of the paired bootstrap over groups (those of `first`; of `second` where the first has none).

    Raises
    ------
    UsageError
        Where the tracks or their true genres are not the same.
    """
    second = aligned(first, second, names)
    groups = first.group_places if first.groups else second.group_places
    drawn = bootstrap((first, second), groups, seed)
    scores = [_scores(answers) for answers in (first, second)]
    differences = tuple(
        Difference(
            name, scores[0][name], scores[1][name], percentiles(getattr(drawn[0], name) - getattr(drawn[1], name))
        )
        for name in scores[0]
    )
    right = [answers.truth == answers.predicted for answers in (first, second)]
    test = mcnemar(int(np.sum(right[0] & ~right[1])), int(np.sum(~right[0] & right[1])))
    return Comparison(names[0], names[1], differences, test)


def aligned(first: Answers, second: Answers, names: tuple[str, str] = ("the first", "the second")) -> Answers:
    """Return the second model's answers in the order of the first's rows.

    Raises
    ------
    UsageError
        Where the tracks or their true genres are not the same.
    """
    row = {name: place for place, name in enumerate(second.ids)}
    missing = [name for name in first.ids if name not in row]
    if len(first) != len(second) or missing or bool(first.ids) != bool(second.ids):
        example = f"; '{missing[0]}' is only in {names[0]}" if missing else ""
        counts = f"{names[0]} has {len(first)}, {names[1]} {len(second)}"
        raise UsageError(f"two models are compared on the same tracks, by their ids: {counts}{example}")
    order = np.array([row[name] for name in first.ids], dtype=np.int64) if row else np.arange(len(first))
    other = np.flatnonzero(np.array(first.labels)[first.truth] != np.array(second.labels)[second.truth[order]])
    if len(other):
        place = int(other[0])
        true = [first.labels[first.truth[place]], second.labels[second.truth[order[place]]]]
        which = f"'{first.ids[place]}'" if first.ids else f"row {place + 1}"
        raise UsageError(
            f"two models are compared on the same truth: {which} is {true[0]} in {names[0]} and {true[1]} in {names[1]}"
        )
    return Answers(
        second.labels,
        second.truth[order],
        second.predicted[order],
        None if second.probabilities is None else second.probabilities[order],
        tuple(second.groups[place] for place in order) if second.groups else (),
        tuple(second.ids[place] for place in order) if second.ids else (),
    )


def _scores(answers: Answers) -> dict[str, float]:
    confusion = metrics.confusion_matrix(answers.truth, answers.predicted, len(answers.labels))
    genres = metrics.per_genre(confusion, answers.labels)
    return {
        "accuracy": metrics.accuracy(confusion),
        "balanced_accuracy": metrics.balanced_accuracy(genres),
        "macro_f1": metrics.macro_f1(genres),
    }

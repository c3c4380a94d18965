"""Scores of any number of genres a track, flat and on a tree of genres.

Hierarchical precision and recall count the parents of a genre with it, so that a near miss is worth more than a far
one. Source: Kiritchenko, Matwin, Nock and Famili, "Learning and Evaluation in the Presence of Class Hierarchies"
(2006).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import MissingExtraError, UsageError
from genrescope.evaluation.answers import MultiLabelAnswers
from genrescope.evaluation.intervals import Interval, percentiles, resampled_sums
from genrescope.evaluation.ranking import Averages, average_precision, averages

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class PrecisionRecall:
    """Precision, recall and F1 of sets of genres; None where one cannot be known.

    Attributes
    ----------
    precision, recall, f1 : float or None
        Over every pair of a row and a genre at once.
    f1_95ci : Interval or None
        By the bootstrap over groups; None where none was asked for.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    f1_95ci: Interval | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the figures as the JSON output has them."""
        figures = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        rounded: dict[str, object] = {name: None if v is None else round(v, 4) for name, v in figures.items()}
        return {**rounded, "f1_95ci": None if self.f1_95ci is None else self.f1_95ci.to_list()}


@dataclass(frozen=True, eq=False)
class MultiLabelReport:
    """What multi-label answers are worth.

    Attributes
    ----------
    n, n_groups : int
        Rows, and groups of rows that the intervals are drawn over.
    labels : tuple of str
        The genres.
    threshold : float
        A genre is said where its score is this or more.
    average_precision : Averages
        Micro, macro (over the genres that the truth has) and of each genre.
    chance : float
        What micro average precision tends to for scores that say nothing: the share of pairs that are true.
    ranking_average_precision, ranking_loss : float
        Label ranking: 1 and 0 are best.
    flat : PrecisionRecall
        Of the genres said, as they are.
    macro_f1 : float or None
        The mean F1 over the genres of the truth.
    hierarchical : PrecisionRecall or None
        With all parents counted; None where no tree was given.
    """

    n: int
    n_groups: int
    labels: tuple[str, ...]
    threshold: float
    average_precision: Averages
    chance: float
    ranking_average_precision: float
    ranking_loss: float
    flat: PrecisionRecall
    macro_f1: float | None
    hierarchical: PrecisionRecall | None

    def to_dict(self) -> dict[str, object]:
        """Return the report as the JSON output has it."""
        each = zip(self.labels, self.average_precision.per_genre, strict=True)
        return {
            "n": self.n,
            "n_groups": self.n_groups,
            "threshold": self.threshold,
            "average_precision": self.average_precision.to_dict(),
            "chance": round(self.chance, 4),
            "ranking_average_precision": round(self.ranking_average_precision, 4),
            "ranking_loss": round(self.ranking_loss, 4),
            "flat": self.flat.to_dict(),
            "macro_f1": None if self.macro_f1 is None else round(self.macro_f1, 4),
            "hierarchical": None if self.hierarchical is None else self.hierarchical.to_dict(),
            "per_genre": {label: None if ap is None else round(ap, 4) for label, ap in each},
        }


def ancestors(label: str, parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the parent of a genre, its parent and so on up to the root, which has none.

    Examples
    --------
    >>> ancestors("Punk", {"Punk": "Rock", "Rock": None})
    ('Rock',)
    """
    found: list[str] = []
    above = parents.get(label)
    while above is not None:
        if above == label or above in found:
            raise UsageError(f"the tree of genres has a loop: {' > '.join([label, *found, above])}")
        found.append(above)
        above = parents.get(above)
    return tuple(found)


def with_ancestors(
    flags: Flags, labels: Sequence[str], parents: Mapping[str, str | None]
) -> tuple[Flags, tuple[str, ...]]:
    """Give each row the parents of its genres too.

    Parameters
    ----------
    flags : ndarray of bool, shape (n, n_labels)
        The genres of each row.
    labels : sequence of str
        Their names.
    parents : mapping of str to str or None
        The parent of each genre; a root has None, and so has a genre that is not named.

    Returns
    -------
    tuple of (ndarray of bool, shape (n, n_all), tuple of str)
        The genres of each row, and all names: `labels`, then the parents that are not among them.
    """
    above = {label: ancestors(label, parents) for label in labels}
    every = list(dict.fromkeys([*labels, *(name for line in above.values() for name in line)]))
    place = {name: column for column, name in enumerate(every)}
    reach = np.zeros((len(labels), len(every)), dtype=np.float32)
    for row, label in enumerate(labels):
        reach[row, [place[label], *(place[name] for name in above[label])]] = 1
    return flags.astype(np.float32) @ reach > 0, tuple(every)


def precision_recall(truth: Flags, said: Flags) -> PrecisionRecall:
    """Compare sets of genres, each of shape (n, n_labels), over every pair of a row and a genre at once."""
    both, n_said, n_true = (int(np.count_nonzero(flags)) for flags in (truth & said, said, truth))
    return PrecisionRecall(
        both / n_said if n_said else None,
        both / n_true if n_true else None,
        2 * both / (n_said + n_true) if n_true else None,
    )


def hierarchical(
    truth: Flags, said: Flags, labels: Sequence[str], parents: Mapping[str, str | None]
) -> PrecisionRecall:
    """Compare sets of genres with all their parents counted.

    Examples
    --------
    >>> tree = {"Punk": "Rock", "Metal": "Rock"}
    >>> punk, metal = np.array([[True, False]]), np.array([[False, True]])
    >>> hierarchical(punk, metal, ("Punk", "Metal"), tree).f1  # Rock, which both are, is right
    0.5
    """
    true, _ = with_ancestors(truth, labels, parents)
    answered, _ = with_ancestors(said, labels, parents)
    return precision_recall(true, answered)


def macro_f1(truth: Flags, said: Flags) -> float | None:
    """Return the mean F1 over the genres that the truth has."""
    there = truth.any(axis=0)
    both = (truth & said).sum(axis=0)[there]
    total = (truth.sum(axis=0) + said.sum(axis=0))[there]
    return float(np.mean(2 * both / total)) if there.any() else None


def make_multilabel_report(
    answers: MultiLabelAnswers,
    *,
    parents: Mapping[str, str | None] | None = None,
    threshold: float = 0.5,
    seed: int = 0,
) -> MultiLabelReport:
    """Score multi-label answers.

    Parameters
    ----------
    answers : MultiLabelAnswers
        Truth and scores.
    parents : mapping of str to str or None, optional
        The tree: the parent of each genre, by the names in ``answers.labels``.
    threshold : float
        A genre is said where its score is this or more.
    seed : int
        Of the bootstrap.

    Raises
    ------
    MissingExtraError
        Where scikit-learn is not installed, which ranks the labels.
    """
    truth, said = answers.truth.astype(np.bool_), answers.scores >= threshold
    groups = answers.group_places
    ranking, loss = _label_ranking(truth, answers.scores)
    tree = None
    if parents is not None:
        true, answered = (with_ancestors(flags, answers.labels, parents)[0] for flags in (truth, said))
        tree = _with_interval(true, answered, groups, seed)
    return MultiLabelReport(
        n=len(answers),
        n_groups=int(groups.max()) + 1,
        labels=answers.labels,
        threshold=threshold,
        average_precision=averages(average_precision, truth, answers.scores),
        chance=float(truth.mean()),
        ranking_average_precision=ranking,
        ranking_loss=loss,
        flat=_with_interval(truth, said, groups, seed),
        macro_f1=macro_f1(truth, said),
        hierarchical=tree,
    )


def _with_interval(truth: Flags, said: Flags, groups: NDArray[np.int64], seed: int) -> PrecisionRecall:
    whole = precision_recall(truth, said)
    if whole.f1 is None:
        return whole
    rows = np.stack([flags.sum(axis=1) for flags in (truth & said, truth, said)], axis=1).astype(np.float64)
    both, n_true, n_said = resampled_sums(rows, groups, seed).T
    total = n_true + n_said
    f1 = np.divide(2 * both, total, out=np.full(len(both), np.nan), where=n_true > 0)
    return PrecisionRecall(whole.precision, whole.recall, whole.f1, percentiles(f1))


def _label_ranking(truth: Flags, scores: NDArray[np.float32]) -> tuple[float, float]:
    try:
        from sklearn.metrics import label_ranking_average_precision_score, label_ranking_loss
    except ImportError as cause:
        raise MissingExtraError("label ranking", "explore") from cause
    return (
        float(label_ranking_average_precision_score(truth, scores)),
        float(label_ranking_loss(truth, scores)),
    )

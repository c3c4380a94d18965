"""How far a score can be trusted: 95 % intervals, and whether two models differ.

Sources: the score interval of Wilson (1927); the percentile bootstrap over clusters (Efron and Tibshirani 1993; Field
and Welsh 2007), because the tracks of an artist are not independent of each other; the test of McNemar (1947).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import UsageError
from genrescope.evaluation.answers import Answers

Z95 = 1.959963984540054
"""The normal deviate of a two-sided 95 % interval."""

RESAMPLES = 2000
_CHUNK_CELLS = 2_000_000
_EXACT_UP_TO = 1000


@dataclass(frozen=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float

    def to_list(self) -> list[float]:
        """Return the two bounds, rounded as the JSON output has them."""
        return [round(self.low, 4), round(self.high, 4)]


@dataclass(frozen=True)
class Difference:
    """How much better the first of two models is, with the 95 % interval of the paired bootstrap.

    Attributes
    ----------
    name : str
        What was measured.
    first, second : float
        The figure of each.
    interval : Interval
        Of ``first - second``; where 0 lies outside, the two differ.
    """

    name: str
    first: float
    second: float
    interval: Interval

    @property
    def value(self) -> float:
        """Return ``first - second``."""
        return self.first - self.second


@dataclass(frozen=True)
class McNemar:
    """The test of McNemar between two models on the same rows.

    Attributes
    ----------
    only_first, only_second : int
        Rows that only one of the two has right.
    p : float
        How often chance alone would make two equal models differ by as much or more.
    exact : bool
        True for the binomial test; False for chi-squared with the correction for continuity.
    """

    only_first: int
    only_second: int
    p: float
    exact: bool


def wilson(right: float, n: int) -> Interval:
    """Return the 95 % interval of the share ``right / n`` (Wilson 1927).

    Examples
    --------
    >>> wilson(5, 10).to_list()
    [0.2366, 0.7634]
    """
    if n < 1 or not 0 <= right <= n:
        raise UsageError(f"a share is of at least one, and from 0 to all of them; got {right} of {n}")
    share, spread = right / n, Z95 * Z95 / n
    middle = (share + spread / 2) / (1 + spread)
    half = sqrt(share * (1 - share) * spread + spread * spread / 4) / (1 + spread)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def mcnemar(only_first: int, only_second: int) -> McNemar:
    """Return the two-sided test of McNemar.

    Up to a thousand disagreeing rows the p value is exact; beyond, chi-squared with one degree of freedom and the
    correction for continuity, which no longer differs then.

    Examples
    --------
    >>> round(mcnemar(1, 7).p, 4)
    0.0703
    """
    n, fewer = only_first + only_second, min(only_first, only_second)
    if n <= _EXACT_UP_TO:
        tail = sum(comb(n, k) for k in range(fewer + 1))
        return McNemar(only_first, only_second, min(1.0, 2 * tail / 2**n), exact=True)
    statistic = (abs(only_first - only_second) - 1) ** 2 / n
    return McNemar(only_first, only_second, erfc(sqrt(statistic / 2)), exact=False)


def resampled_sums(
    rows: NDArray[np.float64], groups: NDArray[np.int64], seed: int, n_resamples: int = RESAMPLES
) -> NDArray[np.float64]:
    """Draw whole groups with replacement, as many as there are, and sum their rows.

    Parameters
    ----------
    rows : ndarray of float64, shape (n, n_columns)
        What each row adds.
    groups : ndarray of int64, shape (n,)
        The group of each row, numbers from 0 without gaps.
    seed : int
        Of the draws.
    n_resamples : int
        How many samples to draw.

    Returns
    -------
    ndarray of float64, shape (n_resamples, n_columns)
    """
    per_group = np.zeros((int(groups.max()) + 1, rows.shape[1]))
    np.add.at(per_group, groups, rows)
    # Groups that add the same need no draw of their own: there are far fewer kinds than groups.
    kinds, n_of_kind = np.unique(per_group, axis=0, return_counts=True)
    generator, n_groups = np.random.default_rng(seed), len(per_group)
    step = max(1, _CHUNK_CELLS // len(kinds))
    sizes = (min(step, n_resamples - begin) for begin in range(0, n_resamples, step))
    drawn = (generator.multinomial(n_groups, n_of_kind / n_groups, size=size) for size in sizes)
    return np.concatenate([counts.astype(np.float64) @ kinds for counts in drawn])


def percentiles(values: NDArray[np.float64]) -> Interval:
    """Return the 2.5th and the 97.5th percentile of resampled figures; those that are not known count for nothing."""
    low, high = np.nanpercentile(values, (2.5, 97.5))
    return Interval(float(low), float(high))


@dataclass(frozen=True, eq=False)
class Resampled:
    """Figures of one model in each bootstrap sample, each of shape (n_resamples,)."""

    accuracy: NDArray[np.float64]
    balanced_accuracy: NDArray[np.float64]
    macro_f1: NDArray[np.float64]


def bootstrap(models: Sequence[Answers], groups: NDArray[np.int64], seed: int) -> tuple[Resampled, ...]:
    """Score bootstrap samples of whole groups.

    Parameters
    ----------
    models : sequence of Answers
        One or more models' answers of the same rows. All are scored on the same samples, which is what makes their
        differences paired.
    groups : ndarray of int64, shape (n,)
        The group of each row, numbers from 0 without gaps.
    seed : int
        Of the draws.

    Returns
    -------
    tuple of Resampled
        One a model. Means over the genres are over those that are in the sample.
    """
    widths = [3 * len(answers.labels) for answers in models]
    sums = resampled_sums(np.concatenate([_columns(answers) for answers in models], axis=1), groups, seed)
    return tuple(_resampled(part) for part in np.split(sums, np.cumsum(widths)[:-1], axis=1))


def _columns(answers: Answers) -> NDArray[np.float64]:
    """Return what each row adds to each genre's right, true and predicted rows, shape (n, 3 * n_labels)."""
    one_hot = np.eye(len(answers.labels))
    true, said = one_hot[answers.truth], one_hot[answers.predicted]
    return np.concatenate([true * said, true, said], axis=1)


def _resampled(sums: NDArray[np.float64]) -> Resampled:
    right, n_true, n_said = np.split(sums, 3, axis=1)
    there = n_true > 0
    recall = np.divide(right, n_true, out=np.zeros_like(right), where=there)
    f1 = np.divide(2 * right, n_true + n_said, out=np.zeros_like(right), where=there)
    n_there = there.sum(axis=1)
    return Resampled(right.sum(axis=1) / n_true.sum(axis=1), recall.sum(axis=1) / n_there, f1.sum(axis=1) / n_there)

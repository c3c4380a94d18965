"""Whether a model is right as often as it says: the reliability curve and the expected calibration error.

Source: Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks" (2017).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrescope.evaluation.intervals import Interval, wilson

N_BINS = 15


@dataclass(frozen=True)
class Bin:
    """The answers of which a model was about equally sure.

    Attributes
    ----------
    low, high : float
        The bin holds confidences above `low`, up to and with `high`.
    n : int
        Answers in it.
    confidence, accuracy : float
        The mean confidence, and the share that is right.
    accuracy_95ci : Interval
        Wilson's.
    """

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float
    accuracy_95ci: Interval

    def to_dict(self) -> dict[str, object]:
        """Return the bin as the JSON output has it."""
        figures = {"low": self.low, "high": self.high, "confidence": self.confidence, "accuracy": self.accuracy}
        return {"n": self.n, **{name: round(v, 4) for name, v in figures.items()}}


def reliability(confidence: NDArray[np.float32], right: NDArray[np.bool_], n_bins: int = N_BINS) -> tuple[Bin, ...]:
    """Sort answers by confidence into bins of equal width.

    Parameters
    ----------
    confidence : ndarray of float32, shape (n,)
        How sure the model was of what it said, 0 to 1.
    right : ndarray of bool, shape (n,)
        Whether it was right.
    n_bins : int
        How many bins there are from 0 to 1.

    Returns
    -------
    tuple of Bin
        Those that hold an answer, least sure first.
    """
    place = np.clip(np.ceil(confidence.astype(np.float64) * n_bins).astype(np.int64) - 1, 0, n_bins - 1)
    bins = []
    for number in np.unique(place).tolist():
        inside = place == number
        n, n_right = int(inside.sum()), int(right[inside].sum())
        mean = float(confidence[inside].mean(dtype=np.float64))
        bins.append(Bin(number / n_bins, (number + 1) / n_bins, n, mean, n_right / n, wilson(n_right, n)))
    return tuple(bins)


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Return how far confidence and accuracy lie apart, on average over the answers.

    Examples
    --------
    >>> sure = reliability(np.array([0.9, 0.9], dtype=np.float32), np.array([True, False]))
    >>> round(expected_calibration_error(sure), 2)
    0.4
    """
    n = sum(one.n for one in bins)
    return sum(one.n / n * abs(one.accuracy - one.confidence) for one in bins)

"""Confidences that hold: one number by which a network's logits are divided, learned on the validation part.

Source: Guo et al. 2017, temperature scaling.
"""

import numpy as np
from numpy.typing import NDArray

from genrescope.records import FloatArray

LOWEST, HIGHEST = 0.05, 20.0
"""Bounds; a network that is nearly always or never right has no temperature of its own."""

LEAST = float(np.finfo(np.float32).tiny)
"""A probability of 0 is taken for the smallest that a network can say; any larger bound would change the others."""


def temperature(probabilities: FloatArray, truth: NDArray[np.int64]) -> float:
    """Return the temperature at which the truth is least surprising.

    Parameters
    ----------
    probabilities : ndarray, shape (n, n_labels)
        As the network gives them; each row sums to 1.
    truth : ndarray of int64, shape (n,)
        Numbers of the true genres.

    Examples
    --------
    >>> sure = np.array([[0.99, 0.01]] * 10, dtype=np.float32)
    >>> temperature(sure, np.array([0] * 8 + [1] * 2)) > 2
    True
    """
    from scipy.optimize import minimize_scalar

    logs = np.log(np.clip(probabilities.astype(np.float64), LEAST, None))

    def surprise(log_temperature: float) -> float:
        scaled = logs / np.exp(log_temperature)
        total = np.logaddexp.reduce(scaled, axis=1)
        return float(np.mean(total - scaled[np.arange(len(truth)), truth]))

    found = minimize_scalar(surprise, bounds=(np.log(LOWEST), np.log(HIGHEST)), method="bounded")
    return float(np.exp(found.x))


def with_temperature(probabilities: FloatArray, value: float) -> FloatArray:
    """Return probabilities as they are after their logits were divided by a temperature."""
    logs = np.log(np.clip(probabilities.astype(np.float64), LEAST, None)) / value
    return np.asarray(np.exp(logs - np.logaddexp.reduce(logs, axis=1)[:, None]), dtype=np.float32)

"""scikit-learn's small networks in half the time: the same start, the same batches and the same steps.

`MLPClassifier` checks and copies at every step of 200 rows, which costs more than the step. This is its algorithm (Adam
on shuffled batches until ten rounds gain nothing) on one array of all weights, in single precision.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.records import FloatArray

Numbers = NDArray[np.int64]
PLAIN = {
    "solver": "adam", "activation": "relu", "batch_size": "auto", "early_stopping": False, "shuffle": True,
    "warm_start": False,
}  # fmt: skip
"""Settings of `MLPClassifier` that this knows."""
BATCH = 200


def is_plain_network(estimator: Any) -> bool:
    """Say whether `answer_network` knows an estimator."""
    from sklearn.neural_network import MLPClassifier

    return type(estimator) is MLPClassifier and all(getattr(estimator, key) == value for key, value in PLAIN.items())


def answer_network(estimator: Any, training: FloatArray, genres: Numbers, test: FloatArray) -> Numbers:
    """Return what an `MLPClassifier` would say of the test rows, to the rounding of single precision.

    Parameters
    ----------
    estimator : MLPClassifier
        With its settings; not changed. `is_plain_network` must hold.
    training, test : ndarray of float32, shape (n, n_columns)
        Standardised rows.
    genres : ndarray of int64, shape (n_training,)
        What the training rows are.

    Warns
    -----
    ConvergenceWarning
        It was still gaining after ``max_iter`` rounds.
    """
    classes, places = np.unique(genres, return_inverse=True)
    if len(classes) < 3:  # its end for two genres is another one
        return np.asarray(estimator.fit(training, genres).predict(test), dtype=np.int64)
    rng = np.random.RandomState(estimator.random_state)
    sizes = (training.shape[1], *np.atleast_1d(estimator.hidden_layer_sizes).tolist(), len(classes))
    network = _Weights.drawn(sizes, rng)
    wanted = np.eye(len(classes), dtype=np.float32)[places]
    _learn(estimator, network, training, wanted, rng)
    return np.asarray(classes[network.forward(test)[-1].argmax(axis=1)], dtype=np.int64)


@dataclass
class _Weights:
    """All weights in one array, and each layer's as views of it: (fan in, fan out), and (fan out,)."""

    flat: FloatArray
    layers: list[tuple[FloatArray, FloatArray]]

    @classmethod
    def zeros(cls, sizes: tuple[int, ...]) -> "_Weights":
        shapes = list(pairwise(sizes))
        flat = np.zeros(sum(fan_in * fan_out + fan_out for fan_in, fan_out in shapes), dtype=np.float32)
        layers, at = [], 0
        for fan_in, fan_out in shapes:
            end = at + fan_in * fan_out
            layers.append((flat[at:end].reshape(fan_in, fan_out), flat[end : end + fan_out]))
            at = end + fan_out
        return cls(flat, layers)

    @classmethod
    def drawn(cls, sizes: tuple[int, ...], rng: Any) -> "_Weights":
        """Draw weights as scikit-learn does (Glorot and Bengio 2010)."""
        made = cls.zeros(sizes)
        for weights, bias in made.layers:
            bound = np.sqrt(6.0 / sum(weights.shape))
            weights[...] = rng.uniform(-bound, bound, weights.shape)
            bias[...] = rng.uniform(-bound, bound, bias.shape)
        return made

    def forward(self, rows: FloatArray) -> list[FloatArray]:
        """Return the rows, what each layer makes of them, and the probabilities."""
        found = [rows]
        for weights, bias in self.layers:
            values = found[-1] @ weights
            values += bias
            if weights is not self.layers[-1][0]:
                np.maximum(values, 0, out=values)
            found.append(values)
        last = found[-1]
        last -= last.max(axis=1, keepdims=True)
        np.exp(last, out=last)
        last /= last.sum(axis=1, keepdims=True)
        return found


def _learn(estimator: Any, network: _Weights, rows: FloatArray, wanted: FloatArray, rng: Any) -> None:
    n, order = len(rows), np.arange(len(rows))
    size = min(BATCH, n)
    adam = _Adam(network, estimator)
    best, without_gain = np.inf, 0
    for _ in range(estimator.max_iter):
        # scikit-learn shuffles the last order again, by indices of its own.
        places = np.arange(n)
        rng.shuffle(places)
        order = order[places]
        shuffled, targets = rows[order], wanted[order]
        loss = 0.0
        for start in range(0, n, size):
            batch = shuffled[start : start + size]
            loss += adam.step(batch, targets[start : start + size]) * len(batch)
        loss /= n
        without_gain = without_gain + 1 if loss > best - estimator.tol else 0
        best = min(best, loss)
        if without_gain > estimator.n_iter_no_change:
            return
    _warn(estimator.max_iter)


def _warn(rounds: int) -> None:
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    warnings.warn(f"it was still gaining after {rounds} rounds", ConvergenceWarning, stacklevel=2)


class _Adam:
    """Steps down the gradient (Kingma and Ba 2015)."""

    def __init__(self, network: _Weights, estimator: Any) -> None:
        self._network, self._settings, self._n_steps = network, estimator, 0
        sizes = (network.layers[0][0].shape[0], *(bias.size for _, bias in network.layers))
        self._slope = _Weights.zeros(sizes)
        self._mean = np.zeros_like(network.flat)
        self._square = np.zeros_like(network.flat)
        self._work = np.zeros_like(network.flat)

    def step(self, rows: FloatArray, wanted: FloatArray) -> float:
        """Go one step, and return the loss before it."""
        made = self._network.forward(rows)
        n, alpha = len(rows), self._settings.alpha
        sure = np.maximum((made[-1] * wanted).sum(axis=1), np.finfo(np.float32).eps)
        penalty = sum(float(np.vdot(weights, weights)) for weights, _ in self._network.layers)
        error = made[-1]
        error -= wanted
        for at in range(len(self._network.layers) - 1, -1, -1):
            weights, slope = self._network.layers[at][0], self._slope.layers[at]
            np.matmul(made[at].T, error, out=slope[0])
            slope[0][...] += alpha * weights
            error.sum(axis=0, out=slope[1])
            if at:
                error = error @ weights.T
                error *= made[at] > 0
        self._slope.flat /= n
        self._go()
        loss: float = -float(np.log(sure).mean()) + 0.5 * alpha * penalty / n
        return loss

    def _go(self) -> None:
        first, second = self._settings.beta_1, self._settings.beta_2
        self._n_steps += 1
        slope, work = self._slope.flat, self._work
        self._mean *= first
        np.multiply(slope, 1 - first, out=work)
        self._mean += work
        self._square *= second
        np.square(slope, out=slope)
        slope *= 1 - second
        self._square += slope
        rate = self._settings.learning_rate_init * np.sqrt(1 - second**self._n_steps) / (1 - first**self._n_steps)
        np.sqrt(self._square, out=work)
        work += self._settings.epsilon
        np.divide(self._mean, work, out=work)
        work *= rate
        self._network.flat -= work

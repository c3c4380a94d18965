"""Support vector machines that share one matrix of products between the rows.

They need nothing of the rows but their products: the radial and the polynomial kernel follow from them element by
element. libsvm computes the products anew for every machine and pair of genres; here once for all.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.recipes._interior import Plane, separate

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Products:
    """Rows to learn from and rows to answer, and their products.

    Attributes
    ----------
    training : ndarray, shape (n_training, n_columns)
        Rows to learn from.
    test : ndarray, shape (n_test, n_columns)
        Rows to answer.
    """

    training: Floats
    test: Floats

    @cached_property
    def among(self) -> Floats:
        """Products of the training rows with each other, shape (n_training, n_training)."""
        return self.training @ self.training.T

    @cached_property
    def across(self) -> Floats:
        """Products of the test rows with the training rows, shape (n_test, n_training)."""
        return self.test @ self.training.T

    def squared_distances(self) -> tuple[Floats, Floats]:
        """Return the squared distances among the training rows, and from the test rows to them."""
        own = np.diag(self.among)
        tests = np.einsum("ij,ij->i", self.test, self.test)
        return _distances(self.among, own, own), _distances(self.across, tests, own)


def _distances(products: Floats, rows: Floats, columns: Floats) -> Floats:
    squared = products * -2.0
    squared += rows[:, None]
    squared += columns
    return np.maximum(squared, 0.0, out=squared)


def shares_products(estimator: Any) -> bool:
    """Say whether `answer` knows an estimator: a plain `SVC` with the radial or the polynomial kernel."""
    from sklearn.svm import SVC

    # scikit-learn 1.9 has a word as the default of `probability`.
    plain = type(estimator) is SVC and estimator.probability is not True and not estimator.break_ties
    return plain and estimator.kernel in {"rbf", "poly"}


def is_linear_machine(estimator: Any) -> bool:
    """Say whether an estimator is a plain `SVC` with the linear kernel."""
    from sklearn.svm import SVC

    plain = type(estimator) is SVC and estimator.kernel == "linear"
    return plain and estimator.probability is not True and estimator.class_weight is None and not estimator.break_ties


def answer(estimator: Any, products: Products, genres: Numbers) -> Numbers:
    """Fit an estimator of `shares_products` on products, and return what it says of the test rows.

    Parameters
    ----------
    estimator : SVC
        With its settings; not changed.
    products : Products
        Of standardised rows.
    genres : ndarray of int64, shape (n_training,)
        What the training rows are.
    """
    from sklearn.base import clone

    among, across = _kernels(estimator, products)
    machine = clone(estimator).set_params(kernel="precomputed")
    return np.asarray(machine.fit(among, genres).predict(across), dtype=np.int64)


def _kernels(estimator: Any, products: Products) -> tuple[Floats, Floats]:
    """Return the kernel's values among the training rows, and across; scikit-learn documents the formulas."""
    gamma = _gamma(estimator.gamma, products.training)
    if estimator.kernel == "rbf":
        among, across = products.squared_distances()
        among *= -gamma
        across *= -gamma
        return np.exp(among, out=among), np.exp(across, out=across)
    power, constant = estimator.degree, estimator.coef0
    return (gamma * products.among + constant) ** power, (gamma * products.across + constant) ** power


def _gamma(asked: str | float, rows: Floats) -> float:
    if asked == "scale":
        variance = float(rows.var())
        return 1.0 / (rows.shape[1] * variance) if variance else 1.0
    return 1.0 / rows.shape[1] if asked == "auto" else float(asked)


def answer_linear(estimator: Any, products: Products, genres: Numbers) -> Numbers:
    """Return what a machine with the linear kernel says of the test rows: a plane for each pair of genres, and a vote.

    The planes are those of `SVC`, to its tolerance; a tie goes to the first genre, as there.
    """
    classes = np.unique(genres)
    votes: Numbers = np.zeros((len(products.test), len(classes)), dtype=np.int64)
    for first, second in combinations(range(len(classes)), 2):
        plane = _between(products.training, genres, (classes[first], classes[second]), float(estimator.C))
        above = products.test @ plane.weights + plane.bias > 0
        votes[above, first] += 1
        votes[~above, second] += 1
    return np.asarray(classes[votes.argmax(axis=1)], dtype=np.int64)


def _between(rows: Floats, genres: Numbers, pair: tuple[np.int64, np.int64], cost: float) -> Plane:
    kept = np.isin(genres, pair)
    return separate(rows[kept], np.where(genres[kept] == pair[0], 1.0, -1.0), cost)

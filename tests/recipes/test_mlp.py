"""The quick network against scikit-learn's own."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from genrescope.models.classic import CLASSIFIERS
from genrescope.recipes._mlp import answer_network, is_plain_network
from tests.recipes._helper import numbers


def test_it_is_scikit_learns_network() -> None:
    """The same draws and steps: after some hundred steps the answers still differ in hardly any row."""
    values, genres = numbers(900)
    rows = StandardScaler().fit_transform(values).astype(np.float32)
    network = MLPClassifier((30, 12), max_iter=60, random_state=3, tol=0.0)
    with pytest.warns(ConvergenceWarning):
        plain = network.fit(rows[:600], genres[:600]).predict(rows[600:])
    with pytest.warns(ConvergenceWarning, match="60 rounds"):
        quick = answer_network(network, rows[:600], genres[:600], rows[600:])
    assert np.mean(quick == plain) > 0.98


def test_it_stops_when_nothing_is_gained() -> None:
    values, genres = numbers(300)
    rows = StandardScaler().fit_transform(values).astype(np.float32)
    network = MLPClassifier((20,), max_iter=2000, random_state=0)
    assert np.mean(answer_network(network, rows, genres, rows) == network.fit(rows, genres).predict(rows)) > 0.95


def test_two_genres_are_left_to_scikit_learn() -> None:
    values, genres = numbers(90)
    rows, two = StandardScaler().fit_transform(values).astype(np.float32), np.minimum(genres, 1)
    network = MLPClassifier((5,), max_iter=300, random_state=0, tol=1e-2)
    expected = network.fit(rows, two).predict(rows)
    assert answer_network(network, rows, two, rows).tolist() == expected.tolist()


def test_only_what_it_knows() -> None:
    assert is_plain_network(CLASSIFIERS["MLP2"].make(0))
    assert not is_plain_network(MLPClassifier(solver="sgd"))
    assert not is_plain_network(CLASSIFIERS["LR"].make(0))

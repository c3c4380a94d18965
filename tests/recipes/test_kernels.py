"""Classifiers on shared products against the same classifiers on the rows themselves."""

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from genrescope.models.classic import CLASSIFIERS
from genrescope.recipes._kernels import Products, answer, answer_linear, is_linear_machine, shares_products
from tests.recipes._helper import numbers


def rows(n: int = 240) -> tuple[Products, Any]:
    values, genres = numbers(n)
    scaled = StandardScaler().fit_transform(values)
    return Products(scaled[: n // 2], scaled[n // 2 :]), genres[: n // 2]


@pytest.mark.parametrize(
    "estimator",
    [
        SVC(kernel="rbf"),
        SVC(kernel="rbf", gamma="auto", C=5.0, class_weight="balanced"),
        SVC(kernel="rbf", gamma=0.05),
        SVC(kernel="poly", degree=1),
        SVC(kernel="poly", degree=3, coef0=1.0),
    ],
    ids=repr,
)
def test_the_answers_are_those_of_the_rows(estimator: Any) -> None:
    products, genres = rows()
    assert shares_products(estimator)
    plain = estimator.fit(products.training, genres).predict(products.test)
    assert answer(estimator, products, genres).tolist() == plain.tolist()


@pytest.mark.parametrize("cost", [1.0, 20.0])
def test_the_linear_machine_answers_as_libsvm(cost: float) -> None:
    products, genres = rows()
    estimator = SVC(kernel="linear", C=cost)
    assert is_linear_machine(estimator)
    plain = estimator.fit(products.training, genres).predict(products.test)
    assert np.mean(answer_linear(estimator, products, genres) == plain) > 0.99


def test_others_are_left_to_themselves() -> None:
    others = [LogisticRegression(), SVC(kernel="sigmoid"), KNeighborsClassifier()]
    assert not any(shares_products(one) or is_linear_machine(one) for one in others)
    shared = {name for name, one in CLASSIFIERS.items() if shares_products(one.make(0))}
    assert {"SVCrbf", "SVCpoly1"} <= shared
    assert is_linear_machine(CLASSIFIERS["linSVC1"].make(0))

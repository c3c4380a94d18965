"""The interior-point method against libsvm, which solves the same problem in another way."""

import numpy as np
import pytest
from sklearn.svm import SVC

from genrescope.recipes import _interior
from genrescope.recipes._interior import separate


@pytest.mark.parametrize(
    ("n", "n_columns", "cost", "apart"),
    [(200, 5, 1.0, 0.3), (60, 100, 1.0, 0.5), (40, 6_000, 1.0, 3), (150, 3, 30.0, 2)],
)
def test_the_plane_is_that_of_libsvm(n: int, n_columns: int, cost: float, apart: float) -> None:
    rng = np.random.default_rng(0)
    sides = np.where(rng.random(n) < 0.3, 1.0, -1.0)
    rows = rng.standard_normal((n, n_columns)) + apart * sides[:, None] / np.sqrt(n_columns)
    plane = separate(rows, sides, cost)
    reference = SVC(kernel="linear", C=cost, tol=1e-6).fit(rows, sides)
    assert plane.weights == pytest.approx(reference.coef_[0], abs=2e-4)
    assert plane.bias == pytest.approx(reference.intercept_[0], abs=2e-3)


def test_a_search_that_does_not_end_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_interior, "MAX_STEPS", 2)
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((50, 4))
    with pytest.raises(ArithmeticError, match="did not converge in 2 steps"):
        separate(rows, np.sign(rng.standard_normal(50)), 1.0)

"""Ranking scores beside scikit-learn's, with ties and with genres of which nothing can be known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrescope.evaluation.ranking import average_precision, averages, one_hot, roc_auc

reference = pytest.importorskip("sklearn.metrics", reason="scikit-learn is in the extra 'explore'")

rows = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=40).filter(
    lambda found: 0 < sum(true for true, _ in found) < len(found)
)


@given(rows)
def test_one_genre_with_many_ties(found: list[tuple[bool, int]]) -> None:
    truth = np.array([true for true, _ in found])
    scores = np.array([score / 5 for _, score in found], dtype=np.float32)
    assert roc_auc(truth, scores) == pytest.approx(reference.roc_auc_score(truth, scores))
    assert average_precision(truth, scores) == pytest.approx(reference.average_precision_score(truth, scores))


def test_averages_over_genres() -> None:
    generator = np.random.default_rng(3)
    truth = one_hot(generator.integers(4, size=200), 4)
    scores = generator.random((200, 4)).astype(np.float32) + truth.astype(np.float32) * 0.3
    for measure, expected in (
        (roc_auc, reference.roc_auc_score),
        (average_precision, reference.average_precision_score),
    ):
        found = averages(measure, truth, scores)
        assert found.micro == pytest.approx(expected(truth, scores, average="micro"))
        assert found.macro == pytest.approx(expected(truth, scores, average="macro"))
        assert found.per_genre == pytest.approx(expected(truth, scores, average=None).tolist())


def test_a_genre_that_is_absent_is_left_out_of_the_mean() -> None:
    truth = one_hot(np.array([0, 1, 0, 1]), 3)
    scores = np.array([[0.9, 0.1, 0], [0.2, 0.7, 0.1], [0.3, 0.6, 0.1], [0.4, 0.5, 0.1]], dtype=np.float32)
    found = averages(roc_auc, truth, scores)
    assert found.per_genre[2] is None
    assert found.macro == pytest.approx((found.per_genre[0] + found.per_genre[1]) / 2)  # type: ignore[operator]
    assert average_precision(truth[:, 2], scores[:, 2]) is None


def test_one_genre_only_can_be_ranked_against_nothing() -> None:
    found = averages(roc_auc, np.array([[True], [True]]), np.array([[0.1], [0.9]], dtype=np.float32))
    assert (found.micro, found.macro, found.per_genre) == (None, None, (None,))
    assert found.to_dict() == {"micro": None, "macro": None}

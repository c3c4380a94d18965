"""Every score beside scikit-learn's, on answers where a genre is absent from the truth."""

from collections.abc import Callable

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.evaluation import metrics
from genrescope.evaluation.answers import Answers

reference = pytest.importorskip("sklearn.metrics", reason="scikit-learn is in the extra 'explore'")

PRESENT = [0, 1, 3, 4]
FOLK = 2


@pytest.fixture
def answers(make_answers: Callable[..., Answers]) -> Answers:
    return make_answers()


@pytest.fixture
def confusion(answers: Answers) -> metrics.Places:
    return metrics.confusion_matrix(answers.truth, answers.predicted, len(answers.labels))


def test_confusion(answers: Answers, confusion: metrics.Places) -> None:
    expected = reference.confusion_matrix(answers.truth, answers.predicted, labels=range(5))
    np.testing.assert_array_equal(confusion, expected)
    assert confusion[:, FOLK].sum() > 0
    assert confusion[FOLK].sum() == 0


def test_rows_of_the_confusion_are_shares_and_unknown_where_there_is_no_track(confusion: metrics.Places) -> None:
    shares = metrics.row_shares(confusion)
    np.testing.assert_allclose(shares[PRESENT].sum(axis=1), 1)
    assert np.isnan(shares[FOLK]).all()


def test_confusion_needs_one_answer_a_row() -> None:
    with pytest.raises(UsageError, match="got 2 and 1"):
        metrics.confusion_matrix(np.array([0, 1]), np.array([0]), 2)


def test_means(answers: Answers, confusion: metrics.Places) -> None:
    genres = metrics.per_genre(confusion, answers.labels)
    truth, said = answers.truth, answers.predicted
    f1 = {mean: reference.f1_score(truth, said, labels=PRESENT, average=mean) for mean in ("macro", "weighted")}
    assert metrics.accuracy(confusion) == pytest.approx(reference.accuracy_score(truth, said))
    assert metrics.macro_f1(genres) == pytest.approx(f1["macro"])
    assert metrics.weighted_f1(genres) == pytest.approx(f1["weighted"])
    recalls = reference.recall_score(truth, said, labels=PRESENT, average=None)
    assert metrics.balanced_accuracy(genres) == pytest.approx(np.mean(recalls))


def test_each_genre(answers: Answers, confusion: metrics.Places) -> None:
    genres = metrics.per_genre(confusion, answers.labels)
    truth, said = answers.truth, answers.predicted
    figures = reference.precision_recall_fscore_support(truth, said, labels=range(5), zero_division=np.nan)
    for place in PRESENT:
        genre = genres[place]
        assert genre.label == answers.labels[place]
        found = (genre.precision, genre.recall, genre.f1, genre.support)
        assert found == pytest.approx(tuple(column[place] for column in figures))
        assert genre.recall_95ci is not None
        assert genre.recall is not None
        assert genre.recall_95ci.low < genre.recall < genre.recall_95ci.high


def test_what_is_not_known_is_none_and_never_zero() -> None:
    confusion = np.array([[3, 1, 0], [0, 0, 0], [2, 0, 0]])
    said_only, never_said = metrics.per_genre(confusion, ("a", "b", "c"))[1:]
    assert (said_only.precision, said_only.recall, said_only.f1) == (0.0, None, None)
    assert (never_said.precision, never_said.recall, never_said.f1) == (None, 0.0, 0.0)
    assert said_only.to_dict() == {
        "precision": 0.0, "recall": None, "f1": None, "support": 0, "said": 1, "recall_95ci": None,
    }  # fmt: skip


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_top_k(answers: Answers, k: int) -> None:
    assert answers.probabilities is not None
    expected = reference.top_k_accuracy_score(answers.truth, answers.probabilities, k=k, labels=range(5))
    assert metrics.top_k(answers.truth, answers.probabilities, k) == pytest.approx(expected)


def test_top_k_of_all_genres_says_nothing(answers: Answers) -> None:
    assert answers.probabilities is not None
    assert metrics.top_k(answers.truth, answers.probabilities, 5) is None


def test_a_model_that_cannot_decide_wins_no_ties() -> None:
    even = np.full((4, 4), 0.25, dtype=np.float32)
    assert metrics.top_k(np.arange(4), even, 1) == 0.25


def test_log_loss(answers: Answers) -> None:
    assert answers.probabilities is not None
    exact = answers.probabilities.astype(np.float64)
    expected = reference.log_loss(answers.truth, exact / exact.sum(axis=1, keepdims=True), labels=range(5))
    assert metrics.log_loss(answers.truth, answers.probabilities) == pytest.approx(expected, rel=1e-5)


def test_log_loss_stays_finite_for_a_model_that_was_sure_and_wrong() -> None:
    sure = np.array([[1, 0]], dtype=np.float32)
    assert metrics.log_loss(np.array([1]), sure) == pytest.approx(-np.log(np.finfo(np.float32).eps))

"""Answers are checked once, where they are made: whoever scores them need not."""

from typing import Any

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.evaluation.answers import Answers, MultiLabelAnswers, group_places

LABELS = ("jazz", "rock")
PLACES = np.array([0, 1, 1])
SURE = np.array([[1, 0], [0.5, 0.5], [0, 1]], dtype=np.float32)


def test_labels_are_those_seen_in_order_of_the_alphabet() -> None:
    answers = Answers.from_labels(["rock", "jazz"], ["folk", "jazz"])
    assert answers.labels == ("folk", "jazz", "rock")
    assert answers.truth.tolist() == [2, 1]
    assert answers.predicted.tolist() == [0, 1]


def test_labels_may_be_given_and_then_hold() -> None:
    assert Answers.from_labels(["b"], ["a"], labels=["b", "a", "never"]).labels == ("b", "a", "never")
    with pytest.raises(UsageError, match="genre 'c' is none of the labels: b, a"):
        Answers.from_labels(["b"], ["c"], labels=["b", "a"])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"truth": np.array([], dtype=np.int64), "predicted": np.array([], dtype=np.int64)}, "nothing to evaluate"),
        ({"predicted": np.array([0, 1])}, r"predicted: 3 rows are expected, shape \(3,\); got shape \(2,\)"),
        ({"truth": np.array([0, 1, 2])}, "truth: whole numbers from 0 to 1"),
        ({"truth": np.array([0, 1, -1])}, "truth: whole numbers from 0 to 1"),
        ({"truth": np.array([0.0, 1.0, 1.0])}, "truth: whole numbers"),
        ({"labels": ("rock", "rock")}, "a genre stands twice"),
        ({"groups": ("a", "b")}, "groups: 3 are expected"),
        ({"ids": ("a", "b", "a")}, "the id 'a' stands on more than one row"),
        ({"probabilities": SURE[:, :1]}, r"shape \(3, 2\) is expected"),
        ({"probabilities": SURE * 0.9}, "row 1 sums to 0.900, as 3 of 3 rows do not"),
        ({"probabilities": np.where(SURE == 0.5, np.nan, SURE), "ids": ("a", "b", "c")}, "row 'b' has .*nan"),
        ({"probabilities": np.array([[1.5, -0.5]] * 3, dtype=np.float32)}, "a number from 0 to 1"),
    ],
)
def test_what_cannot_be_is_refused_in_words(given: dict[str, Any], words: str) -> None:
    whole: dict[str, Any] = {"labels": LABELS, "truth": PLACES, "predicted": PLACES, "probabilities": None}
    with pytest.raises(UsageError, match=words):
        Answers(**(whole | given))


def test_probabilities_may_be_rounded() -> None:
    rounded = np.array([[0.33, 0.66]] * 3, dtype=np.float32)
    assert Answers(LABELS, PLACES, PLACES, rounded).probabilities is rounded


def test_rows_without_a_group_stand_for_themselves() -> None:
    assert group_places(("a", "", "b", "a", ""), 5).tolist() == [0, 1, 2, 0, 3]
    assert group_places((), 3).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("truth", "scores", "words"),
    [
        ([[0, 2]], [[0.1, 0.2]], "1 where a track has the genre and 0"),
        ([[0, 1]], [[0.1]], r"expected in shape \(1, 2\); got \(1, 2\) and \(1, 1\)"),
        ([[0, 1]], [[0.1, 1.2]], "scores: each is a number from 0 to 1"),
    ],
)
def test_multi_label_answers_are_checked_too(truth: list[list[int]], scores: list[list[float]], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        MultiLabelAnswers(LABELS, np.array(truth, dtype=np.int8), np.array(scores, dtype=np.float32))

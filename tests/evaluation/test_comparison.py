"""Two models on the same tracks: the order of rows and of genres must not matter, and other tracks are refused."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.evaluation.answers import Answers
from genrescope.evaluation.comparison import aligned, compare

NAMES = ("one", "two")


@pytest.fixture
def pair(make_answers: Callable[..., Answers]) -> tuple[Answers, Answers]:
    return make_answers(group_size=3), make_answers(group_size=3, said_seed=2)


def shuffled(answers: Answers) -> Answers:
    """Return the same answers with the rows and the genres in another order."""
    rows = np.random.default_rng(9).permutation(len(answers))
    genres = np.array([3, 1, 4, 0, 2])
    place = np.argsort(genres)
    return Answers(
        tuple(answers.labels[i] for i in genres),
        place[answers.truth[rows]],
        place[answers.predicted[rows]],
        None,
        tuple(answers.groups[i] for i in rows),
        tuple(answers.ids[i] for i in rows),
    )


def test_a_model_does_not_differ_from_itself(pair: tuple[Answers, Answers]) -> None:
    found = compare(pair[0], shuffled(pair[0]), NAMES)
    for one in found.differences:
        assert (one.value, one.interval.low, one.interval.high) == pytest.approx((0, 0, 0), abs=1e-9)
    assert (found.test.only_first, found.test.only_second, found.test.p) == (0, 0, 1)


def test_order_does_not_matter(pair: tuple[Answers, Answers]) -> None:
    found = compare(pair[0], shuffled(pair[1]), NAMES).to_dict()
    assert found == compare(*pair, NAMES).to_dict()


def test_the_difference_is_paired(pair: tuple[Answers, Answers]) -> None:
    """A model with ten rows corrected is better beyond doubt, though the two intervals overlap widely."""
    worse = pair[0]
    said = worse.predicted.copy()
    wrong = np.flatnonzero(said != worse.truth)[:10]
    said[wrong] = worse.truth[wrong]
    better = replace(worse, predicted=said, probabilities=None)
    found = compare(better, worse, NAMES)
    accuracy = found.differences[0]
    assert accuracy.name == "accuracy"
    assert accuracy.value == pytest.approx(10 / 300)
    assert 0 < accuracy.interval.low < accuracy.value < accuracy.interval.high < 0.07
    assert (found.test.only_first, found.test.only_second) == (10, 0)
    assert found.test.p == pytest.approx(2 / 2**10)


def test_probabilities_keep_their_rows(pair: tuple[Answers, Answers]) -> None:
    rows = np.arange(300)[::-1]
    second = pair[1]
    assert second.probabilities is not None
    turned = Answers(
        second.labels, second.truth[rows], second.predicted[rows], second.probabilities[rows], (), second.ids[::-1]
    )
    found = aligned(pair[0], turned)
    np.testing.assert_array_equal(found.probabilities, second.probabilities)


def test_other_tracks_and_other_truth_are_refused(pair: tuple[Answers, Answers]) -> None:
    first, second = pair
    other = replace(second, ids=("stranger", *second.ids[1:]))
    with pytest.raises(UsageError, match="one has 300, two 300; 'track 0' is only in one"):
        compare(first, other, NAMES)
    with pytest.raises(UsageError, match="by their ids"):
        compare(first, replace(second, ids=()), NAMES)
    truth = second.truth.copy()
    truth[5] = (truth[5] + 1) % 5
    with pytest.raises(UsageError, match=r"'track 5' is .* in one and .* in two"):
        compare(first, replace(second, truth=truth), NAMES)

"""Intervals and tests beside published examples, SciPy, and simulations with a known truth."""

from collections.abc import Callable

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.evaluation.answers import Answers
from genrescope.evaluation.intervals import bootstrap, mcnemar, percentiles, resampled_sums, wilson


# Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, the score method without
# correction for continuity.
@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_published(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n).to_list() == [low, high]


@pytest.mark.parametrize(("right", "n"), [(0, 1), (1, 1), (237, 290), (9999, 10000)])
def test_wilson_as_scipy_has_it(right: int, n: int) -> None:
    stats = pytest.importorskip("scipy.stats", reason="SciPy comes with the extra 'explore'")
    expected = stats.binomtest(right, n).proportion_ci(method="wilson")
    found = wilson(right, n)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize(("right", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_no_share_no_interval(right: int, n: int) -> None:
    with pytest.raises(UsageError, match=f"got {right} of {n}"):
        wilson(right, n)


def test_mcnemar_as_published() -> None:
    """Fagerland, Lydersen and Laake (2013), airways before and after a transplantation: 1 and 7, exact p = 0.070."""
    test = mcnemar(1, 7)
    assert test.exact
    assert round(test.p, 3) == 0.070


@pytest.mark.parametrize(("first", "second"), [(0, 0), (3, 3), (0, 5), (91, 9), (480, 520)])
def test_mcnemar_exact_as_scipy_has_it(first: int, second: int) -> None:
    stats = pytest.importorskip("scipy.stats", reason="SciPy comes with the extra 'explore'")
    expected = stats.binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(first, second).p == pytest.approx(expected)


def test_mcnemar_of_many_is_chi_squared_and_fits_the_exact_test() -> None:
    stats = pytest.importorskip("scipy.stats", reason="SciPy comes with the extra 'explore'")
    test = mcnemar(950, 1050)
    assert not test.exact
    assert test.p == pytest.approx(stats.chi2.sf(99**2 / 2000, 1))
    assert test.p == pytest.approx(stats.binomtest(950, 2000).pvalue, rel=0.01)


def test_bootstrap_draws_whole_groups() -> None:
    groups = np.array([0, 0, 0, 1, 2, 2])
    rows = np.eye(6)
    sums = resampled_sums(rows, groups, seed=0)
    for members in ([0, 1, 2], [4, 5]):
        assert (sums[:, members] == sums[:, members[:1]]).all()
    each = sums[:, [0, 3, 4]]
    assert (each.sum(axis=1) == 3).all()
    np.testing.assert_allclose(each.mean(axis=0), 1, atol=0.06)
    np.testing.assert_allclose(each.var(axis=0), 2 / 3, atol=0.08)  # multinomial: 3 · 1/3 · 2/3


def test_bootstrap_follows_its_seed() -> None:
    rows, groups = np.eye(50), np.arange(50)
    first = resampled_sums(rows, groups, seed=0)
    np.testing.assert_array_equal(first, resampled_sums(rows, groups, seed=0))
    assert (first != resampled_sums(rows, groups, seed=1)).any()


def test_without_groups_the_bootstrap_agrees_with_wilson(make_answers: Callable[..., Answers]) -> None:
    answers = make_answers(1000)
    (drawn,) = bootstrap((answers,), answers.group_places, seed=0)
    found = percentiles(drawn.accuracy)
    expected = wilson(int((answers.truth == answers.predicted).sum()), 1000)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.005)


def test_rows_that_are_copies_of_each_other_widen_the_interval(make_answers: Callable[..., Answers]) -> None:
    """Each of 60 tracks cut into ten equal pieces knows no more than 60 tracks do."""
    whole = make_answers(60)
    truth, said = (np.repeat(column, 10) for column in (whole.truth, whole.predicted))
    pieces = Answers(whole.labels, truth, said, groups=tuple(np.repeat(np.array(whole.ids), 10).tolist()))
    tracks, grouped, fooled = (
        percentiles(bootstrap((answers,), groups, seed=0)[0].accuracy)
        for answers, groups in (
            (whole, whole.group_places),
            (pieces, pieces.group_places),
            (pieces, np.arange(600)),
        )
    )
    assert grouped.high - grouped.low == pytest.approx(tracks.high - tracks.low, rel=0.05)
    assert fooled.high - fooled.low < 0.5 * (grouped.high - grouped.low)


def test_macro_f1_of_a_sample_is_that_of_its_rows() -> None:
    """With one group every sample is the whole, so each figure is the plain one."""
    answers = Answers.from_labels(["a", "a", "b", "b"], ["a", "b", "b", "c"], groups=["x"] * 4)
    (drawn,) = bootstrap((answers,), answers.group_places, seed=0)
    assert np.unique(drawn.accuracy).tolist() == [0.5]
    assert np.unique(drawn.balanced_accuracy).tolist() == [0.5]
    np.testing.assert_allclose(drawn.macro_f1, (2 / 3 + 2 / 4) / 2)

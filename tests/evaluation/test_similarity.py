"""Genres that are confused are alike: by hand, and by what SciPy makes of it."""

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.evaluation.similarity import dendrogram_order, genre_map, linkage, similarity

LABELS = ("classical", "metal", "opera", "rock", "nobody")
CONFUSION = np.array(
    [
        [15, 0, 5, 0, 0],
        [0, 12, 0, 8, 0],
        [6, 0, 14, 0, 0],
        [1, 9, 0, 10, 0],
        [0, 0, 0, 0, 0],
    ]
)


def test_similarity_by_hand() -> None:
    similar = similarity(CONFUSION, LABELS)
    assert similar.labels == ("classical", "metal", "opera", "rock")
    assert similar.values[0, 2] == pytest.approx((5 / 20 + 6 / 20) / (15 / 20 + 14 / 20))
    assert similar.values[0, 3] == pytest.approx((0 + 1 / 20) / (15 / 20 + 10 / 20))
    assert similar.values[0, 1] == 0
    np.testing.assert_array_equal(similar.values, similar.values.T)
    np.testing.assert_array_equal(np.diag(similar.values), 1)


def test_pairs_are_named_most_alike_first() -> None:
    pairs = similarity(CONFUSION, LABELS).pairs()
    assert [pair[:2] for pair in pairs] == [("metal", "rock"), ("classical", "opera"), ("classical", "rock")]


def test_genres_that_are_only_taken_for_each_other_cannot_be_told_apart() -> None:
    similar = similarity(np.array([[0, 4, 0], [4, 0, 0], [0, 0, 4]]), ("a", "b", "c"))
    assert similar.values.tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]


def test_the_dendrogram_joins_what_is_alike() -> None:
    pytest.importorskip("scipy", reason="SciPy comes with the extra 'explore'")
    similar = similarity(CONFUSION, LABELS)
    joined = linkage(similar)
    assert joined.shape == (3, 4)
    assert sorted(joined[0, :2]) == [1, 3]
    assert joined[0, 2] == pytest.approx(similar.distances[1, 3])
    order = dendrogram_order(similar)
    assert {frozenset(order[:2]), frozenset(order[2:])} == {
        frozenset({"metal", "rock"}),
        frozenset({"classical", "opera"}),
    }


def test_the_map_keeps_distances_that_fit_on_a_plane() -> None:
    """Two equal pairs, all else apart: on a plane the pairs lie together and far from each other."""
    points = genre_map(similarity(CONFUSION, LABELS))
    assert points.shape == (4, 2)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-9)

    def apart(one: int, other: int) -> float:
        return float(np.linalg.norm(points[one] - points[other]))

    assert max(apart(1, 3), apart(0, 2)) < min(apart(0, 1), apart(0, 3), apart(2, 1), apart(2, 3))
    np.testing.assert_array_equal(points, genre_map(similarity(CONFUSION, LABELS)))


def test_the_map_of_three_is_exact() -> None:
    similar = similarity(CONFUSION[np.ix_([0, 2, 3], [0, 2, 3])], ("classical", "opera", "rock"))
    points = genre_map(similar)
    found = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.testing.assert_allclose(found, similar.distances, atol=1e-9)


def test_two_genres_have_nothing_to_group() -> None:
    with pytest.raises(UsageError, match="from 3 on; the truth has 2"):
        genre_map(similarity(np.array([[3, 1], [1, 3]]), ("a", "b")))

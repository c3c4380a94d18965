"""How genres go together over time."""

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.evaluation._plots import moving, over_time
from genrescope.evaluation.over_time import correlations_over_time
from genrescope.records import Timeline

LABELS = ("rock", "metal", "jazz", "silence")


def course(shares: list[list[float]], labels: tuple[str, ...] = LABELS) -> Timeline:
    return Timeline(0.0, 3.0, 1.0, labels, np.array(shares, dtype=np.float32))


def test_genres_that_rise_together_are_found_whatever_a_tracks_level() -> None:
    rising = [[0.1 + 0.1 * step, 0.05 + 0.05 * step, 0.85 - 0.15 * step, 0.0] for step in range(4)]
    falling = [[0.5 - 0.1 * step, 0.3 - 0.05 * step, 0.2 + 0.15 * step, 0.0] for step in range(4)]
    found = correlations_over_time([course(rising), course(falling), course(rising[:1])])
    assert found is not None
    assert (found.n_tracks, found.n_windows) == (2, 8)
    assert found.r[0, 1] == pytest.approx(1, abs=1e-5)
    assert found.r[0, 2] == pytest.approx(-1, abs=1e-5)
    assert np.isnan(found.r[3]).all()
    assert {frozenset(pair[:2]) for pair in found.pairs()} == {
        frozenset(pair) for pair in (("rock", "metal"), ("rock", "jazz"), ("metal", "jazz"))
    }
    said = found.to_dict()
    assert said["labels"] == list(LABELS)
    assert said["r"][0][1] == 1.0  # type: ignore[index]
    assert said["r"][3] == [None] * 4  # type: ignore[index]
    assert moving(found) == [0, 1, 2]
    assert over_time(found).count("metal") == 2


def test_it_is_pearsons_r() -> None:
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(4), 50)
    found = correlations_over_time([course(shares.tolist())])
    assert found is not None
    np.testing.assert_allclose(found.r, np.corrcoef(shares.T), atol=1e-5)


def test_what_has_no_course_has_no_correlations() -> None:
    assert correlations_over_time([course([[1, 0, 0, 0]])]) is None
    others = course([[1, 0], [0, 1]], ("a", "b"))
    with pytest.raises(UsageError, match="different genres"):
        correlations_over_time([course([[1, 0, 0, 0], [0, 1, 0, 0]]), others])

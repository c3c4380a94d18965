"""A head carried over to another embedding says the same."""

import numpy as np

from genrescope.training.calibrate import track_probabilities
from genrescope.training.carry import Pair, carry
from genrescope.training.head import Linear


def _pairs(rng: np.random.Generator) -> list[Pair]:
    """Return tracks whose second embedding is the first, turned and a little blurred."""
    turn = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    theirs = [rng.normal(size=(n_windows, 8)) + rng.normal(size=8) for n_windows in (12, 9, 15, 7, 11)]
    blurred = [one @ turn + rng.normal(0, 0.05, one.shape) for one in theirs]
    return [Pair(a.astype(np.float32), b[:-1].astype(np.float32)) for a, b in zip(theirs, blurred, strict=True)]


def test_the_carried_head_says_what_the_first_one_says() -> None:
    rng = np.random.default_rng(0)
    pairs, head = _pairs(rng), Linear(rng.normal(size=(4, 8)), rng.normal(size=4))

    def furthest(of_ours: Linear) -> float:
        answers = [(track_probabilities(head, p.theirs[:-1]), track_probabilities(of_ours, p.ours)) for p in pairs]
        return max(float(np.abs(wanted - said).max()) for wanted, said in answers)

    assert furthest(head) > 0.3
    assert furthest(carry(head, pairs)) < 0.05


def test_where_both_hear_the_same_the_head_stays() -> None:
    rng = np.random.default_rng(1)
    same = [Pair(p.theirs, p.theirs) for p in _pairs(rng)]
    head = Linear(rng.normal(size=(4, 8)), rng.normal(size=4))
    carried = carry(head, same)
    assert np.allclose(carried.weight, head.weight, atol=1e-3)
    assert np.allclose(carried.bias, head.bias, atol=1e-3)

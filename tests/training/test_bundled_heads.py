"""Recordings that two trunks heard, and heads that are carried from the one to the other."""

import numpy as np

from genrescope.training.bundled_heads import CARRIED_WEIGHT, OTHER_WINDOWS, Heads, carried, heard_by_both
from genrescope.training.calibrate import track_probabilities
from genrescope.training.corpus import Heard
from genrescope.training.head import Linear


def _heard(name: str, embedding: np.ndarray) -> Heard:
    none = np.zeros((len(embedding), 1), dtype=np.float32)
    return Heard(name, none.astype(np.float16), embedding.astype(np.float32), none, none)


def test_songs_weigh_more_and_count_with_all_their_windows() -> None:
    first = [_heard("song", np.ones((12, 3))), _heard("other", np.ones((12, 3)))]
    second = [_heard("song", np.zeros((11, 3))), _heard("other", np.zeros((12, 3)))]
    song, other = heard_by_both(first, second, {"song"})
    assert (len(song.theirs), len(song.ours), song.weight) == (11, 11, CARRIED_WEIGHT)
    assert (len(other.theirs), other.weight) == (-(-12 // OTHER_WINDOWS), 1.0)


def test_every_head_is_carried_over() -> None:
    rng = np.random.default_rng(0)
    theirs = [rng.normal(size=(9, 6)) + rng.normal(size=6) for _ in range(8)]
    pairs = heard_by_both(
        [_heard(str(place), one) for place, one in enumerate(theirs)],
        [_heard(str(place), one[:, ::-1]) for place, one in enumerate(theirs)],
        set(map(str, range(8))),
    )
    prior, calibrated = (Linear(rng.normal(size=(4, 6)), np.zeros(4)) for _ in range(2))
    told = Heads(prior, calibrated, {7: Linear(np.eye(4, 6), np.ones(4))})
    said = carried(told, pairs)
    as_it_was = [
        track_probabilities(told.prior, pair.ours) - track_probabilities(told.prior, pair.theirs) for pair in pairs
    ]
    assert max(np.abs(apart).max() for apart in as_it_was) > 0.3
    for ours, wanted in ((said.prior, told.prior), (said.calibrated, told.calibrated), (said.folds[7], told.folds[7])):
        for pair in pairs:
            expected = track_probabilities(wanted, pair.theirs)
            np.testing.assert_allclose(track_probabilities(ours, pair.ours), expected, atol=0.08)

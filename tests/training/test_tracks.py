"""Means over the windows of tracks that differ in length."""

import torch

from genrescope.training.tracks import Tracks


def test_each_track_has_its_own_mean() -> None:
    windows = torch.tensor([[1.0, 0.0], [3.0, 2.0], [5.0, 7.0]])
    assert Tracks([2, 1]).mean(windows).tolist() == [[2.0, 1.0], [5.0, 7.0]]


def test_a_tracks_weight_is_shared_by_its_windows() -> None:
    assert Tracks([2, 1]).spread(torch.tensor([0.5, 0.5])).tolist() == [0.25, 0.25, 0.5]

"""Weights as its docstring counts them, and what its layers are for."""

import torch

from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network


def test_weights() -> None:
    assert count_weights(make_network("mfcc-td-cnn", 8, (2_580, 20))) == 708_232


def test_each_segment_goes_through_the_same_network() -> None:
    torch.manual_seed(0)
    network = make_network("mfcc-td-cnn", 3, (83, 20), n_segments=4).eval()
    frames = torch.randn(1, 83, 20)
    steps = network.over_time(frames)  # type: ignore[operator]
    assert steps.shape == (1, 4, 3)
    later = frames.clone()
    later[:, 40:] += 1  # the third segment and the fourth
    moved = (network.over_time(later) - steps).abs().amax(dim=2)[0]  # type: ignore[operator]
    assert moved[:2].max() < 1e-6
    assert moved[2:].min() > 1e-4


def test_the_track_is_the_mean_of_its_segments() -> None:
    torch.manual_seed(0)
    network = make_network("mfcc-td-cnn", 3, (80, 20), n_segments=4).eval()
    frames = torch.randn(2, 80, 20)
    mean = network.over_time(frames).mean(dim=1)  # type: ignore[operator]
    assert torch.allclose(mean.softmax(dim=1), network(frames).softmax(dim=1), atol=1e-5)

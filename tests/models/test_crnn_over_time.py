"""Weights as its docstring counts them, and what its layers are for."""

import torch

from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network


def test_weights() -> None:
    assert count_weights(make_network("crnn-over-time", 13, (646, 128))) == 1_349_645


def test_the_track_is_the_mean_of_its_steps_probabilities() -> None:
    torch.manual_seed(0)
    network = make_network("crnn-over-time", 5, (160, 20)).eval()
    frames = torch.randn(3, 160, 20)
    steps = network.over_time(frames)  # type: ignore[operator]
    assert steps.shape == (3, 20, 5)
    assert torch.allclose(network(frames).softmax(dim=1), steps.exp().mean(dim=1), atol=1e-5)


def test_several_genres_have_each_their_own_mean() -> None:
    torch.manual_seed(0)
    network = make_network("crnn-over-time", 5, (160, 20), several=True).eval()
    frames = torch.randn(3, 160, 20)
    steps = network.over_time(frames)  # type: ignore[operator]
    assert torch.allclose(network(frames).sigmoid(), steps.exp().mean(dim=1), atol=1e-5)
    with torch.no_grad():
        network.output.bias.fill_(200.0)  # type: ignore[union-attr, operator]
    assert torch.isfinite(network(frames)).all()

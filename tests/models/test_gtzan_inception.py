"""Weights, and that the frozen trunk stays as it was."""

import torch

from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network


def test_weights() -> None:
    network = make_network("gtzan-inception", 10, (128, 400))
    assert count_weights(network) == 21_785_568 + 263_562
    assert count_weights(network, trainable=True) == 263_562


def test_training_does_not_move_the_trunk() -> None:
    network = make_network("gtzan-inception", 10, (80, 80))
    trunk = network.frozen_trunk()
    assert trunk is not None
    before = {name: value.clone() for name, value in trunk.state_dict().items()}
    network.train()
    network(torch.randint(0, 256, (2, 80, 80), dtype=torch.uint8)).sum().backward()
    assert not trunk.training
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in trunk.state_dict().items())
    assert all(weight.grad is None for weight in trunk.parameters())

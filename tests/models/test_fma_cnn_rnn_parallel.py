"""Weights as its docstring counts them, and what its layers are for."""

import torch

from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network


def test_weights() -> None:
    assert count_weights(make_network("fma-cnn-rnn-parallel", 8, (400, 128))) == 85_544


def test_both_branches_reach_the_genres() -> None:
    network = make_network("fma-cnn-rnn-parallel", 3, (64, 20))
    network(torch.randn(4, 64, 20)).square().sum().backward()
    for branch in ("convolutions", "recurrent"):
        moved = [
            weight.grad.abs().sum() for weight in network.get_submodule(branch).parameters() if weight.grad is not None
        ]
        assert sum(moved) > 0, branch

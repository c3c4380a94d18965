"""Weights as its docstring counts them, and what its layers are for."""

import torch

from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network


def test_weights() -> None:
    assert count_weights(make_network("fma-crnn", 8, (400, 128))) == 133_400


def test_order_in_time_counts_and_any_length_is_taken() -> None:
    torch.manual_seed(0)
    network = make_network("fma-crnn", 3, (64, 20)).eval()
    frames = torch.randn(1, 64, 20)
    assert not torch.allclose(network(frames), network(frames.flip(1)), atol=1e-4)
    assert network(torch.randn(2, 99, 20)).shape == (2, 3)

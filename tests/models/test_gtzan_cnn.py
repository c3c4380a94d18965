"""Weights as its docstring counts them, and what its layers are for."""

import torch

from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network


def test_weights() -> None:
    assert count_weights(make_network("gtzan-cnn", 10, (128, 400))) == 3_519_178


def test_the_top_sees_where_in_the_picture() -> None:
    torch.manual_seed(0)
    network = make_network("gtzan-cnn", 3, (32, 64)).eval()
    picture = torch.zeros(1, 32, 64)
    picture[0, 4:8, 4:8] = 255
    assert not torch.allclose(network(picture), network(picture.roll(32, dims=2)), atol=1e-4)

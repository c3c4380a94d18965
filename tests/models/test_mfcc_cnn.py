"""Weights as its docstring counts them, and what its layers are for."""

import torch

from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network


def test_weights() -> None:
    assert count_weights(make_network("mfcc-cnn", 8, (2_580, 20))) == 2_004_104


def test_any_size_finds_its_dense_layer() -> None:
    for shape in ((1, 1), (7, 5), (33, 13), (40, 20)):
        assert make_network("mfcc-cnn", 3, shape).eval()(torch.randn(2, *shape)).shape == (2, 3)

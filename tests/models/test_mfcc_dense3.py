"""Weights as its docstring counts them, and what its layers are for."""

import torch

from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network


def test_weights() -> None:
    assert count_weights(make_network("mfcc-dense3", 8, (2_580, 20))) == 26_568_008


def test_there_are_three_hidden_layers() -> None:
    network = make_network("mfcc-dense3", 3, (10, 4))
    layers = [module for module in network.modules() if isinstance(module, torch.nn.Linear)]
    assert [layer.out_features for layer in layers] == [512, 256, 64, 3]

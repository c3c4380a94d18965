"""Weights, and that pooling before the activation is the same function."""

import pytest
import torch
from torch import nn

from genrescope.models._network import Activation, count_weights, pooled
from genrescope.models.catalogue import make_network


def test_weights_are_the_reports() -> None:
    assert count_weights(make_network("fma-cnn", 8, (400, 128))) == 369_144
    assert count_weights(make_network("fma-cnn", 8, (128, 400), picture=True)) == 369_144


@pytest.mark.parametrize(
    ("name", "plain"), [("relu", nn.ReLU()), ("leaky-relu", nn.LeakyReLU()), ("prelu", nn.PReLU())]
)
def test_pooling_first_changes_nothing(name: Activation, plain: nn.Module) -> None:
    x = torch.randn(2, 3, 8, 12, generator=torch.Generator().manual_seed(0))
    both = pooled(name, nn.MaxPool2d((2, 4)))
    if name == "prelu":
        for module in (plain, *both):
            if isinstance(module, nn.PReLU):
                nn.init.constant_(module.weight, -0.5)  # it does not rise any more
    assert torch.equal(both(x), nn.functional.max_pool2d(plain(x), (2, 4)))

"""Weights as its docstring counts them, and what its layers are for."""

import torch

from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network


def test_weights() -> None:
    assert count_weights(make_network("mfcc-lstm", 8, (2_580, 20))) == 59_976


def test_the_beginning_reaches_the_answer() -> None:
    torch.manual_seed(0)
    network = make_network("mfcc-lstm", 3, (30, 20)).eval()
    frames = torch.randn(1, 30, 20)
    changed = frames.clone()
    changed[:, 0] += 5
    assert not torch.equal(network(frames), network(changed))

"""Weights, and that columns of any size count alike."""

import torch

from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network


def test_weights_are_the_reports() -> None:
    assert count_weights(make_network("fma-dense-mfcc", 8, (140,))) == 10_008
    assert count_weights(make_network("fma-dense-mfcc", 8, (20, 7))) == 10_008


def test_the_size_of_a_column_does_not_matter() -> None:
    x = torch.randn(32, 10, generator=torch.Generator().manual_seed(0))
    answers = []
    for scale in (1.0, 1_000.0):
        torch.manual_seed(0)
        network = make_network("fma-dense-mfcc", 3, (10,), dropout=0.0)
        network(x * scale + scale)
        answers.append(network.eval()(x * scale + scale))
    assert torch.allclose(answers[0], answers[1], atol=1e-3)

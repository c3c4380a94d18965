"""Weights, and how a clip becomes patches."""

import torch

from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network
from genrescope.models.vggish import VggishFinetune


def test_weights_are_the_reports() -> None:
    network = make_network("vggish-finetune", 8, (2_998, 64))
    assert isinstance(network, VggishFinetune)
    assert count_weights(network.base) == 72_141_184
    assert network.dense[0].in_features == 3_968
    assert count_weights(network, trainable=True) == 72_141_184 + 3_968 * 256 + 256 + 256 * 8 + 8
    x = torch.randn(1, 2_998, 64)
    with torch.inference_mode():
        embeddings = network.trunk(x).unflatten(1, (31, 128))
        assert torch.allclose(network.base(x[:, 96:192]), embeddings[:, 1], atol=1e-5)


def test_frozen_it_is_a_trunk_that_can_be_kept() -> None:
    network = make_network("vggish-finetune", 8, (96, 64), frozen=True)
    assert network.frozen_trunk() is not None
    assert count_weights(network, trainable=True) == 128 * 256 + 256 + 256 * 8 + 8

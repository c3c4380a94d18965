"""Weights, what of them learns, and what may be kept."""

import torch

from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network
from genrescope.models.fma_vgg16 import FmaVgg16


def _network(*, frozen: bool = False) -> FmaVgg16:
    network = make_network("fma-vgg16", 8, (64, 64, 3), frozen=frozen)
    assert isinstance(network, FmaVgg16)
    return network


def test_weights_are_the_reports() -> None:
    network = _network()
    assert count_weights(network.base) == 14_714_688
    assert count_weights(network.base, trainable=True) == 9_439_232
    assert count_weights(network) == 14_714_688 + 8_344
    assert count_weights(_network(frozen=True), trainable=True) == 8_344


def test_the_layers_stand_where_torchvisions_do() -> None:
    places = {name.split(".")[0] for name in _network().base.state_dict()}
    assert places == {"0", "2", "5", "7", "10", "12", "14", "17", "19", "21", "24", "26", "28"}


def test_the_lower_part_can_be_kept() -> None:
    network = _network()
    trunk = network.frozen_trunk()
    assert trunk is not None
    x = torch.randint(0, 256, (1, 64, 64, 3), dtype=torch.uint8)
    features = trunk(x)
    assert features.shape == (1, 512, 8, 8)
    network.eval()
    assert torch.equal(network.top(features), network(x))
    network.train()
    network(x).sum().backward()
    learned = [name for name, weight in network.base.named_parameters() if weight.grad is not None]
    assert {name.split(".")[0] for name in learned} == {"21", "24", "26", "28"}


def test_bytes_and_floats_are_fed_alike() -> None:
    network = _network().eval()
    x = torch.randint(0, 256, (1, 64, 64, 3), dtype=torch.uint8)
    with torch.inference_mode():
        assert torch.equal(network(x), network(x.float()))
        fed = network.photograph(x)
    red = (x[0, 5, 6, 0] / 255 - 0.485) / 0.229
    assert torch.isclose(fed[0, 0, 5, 6], red)

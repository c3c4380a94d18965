"""Weights as its docstring counts them, what is kept, and what its trunk says of pictures."""

import pytest
import torch

from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network
from genrescope.models.scope_vgg16 import N_CHANNELS, ScopeVgg16, count_numbers


def _network(*shape: int) -> ScopeVgg16:
    network = make_network("scope-vgg16", 8, shape)
    assert isinstance(network, ScopeVgg16)
    return network.eval()


def test_weights() -> None:
    network = _network(128, 400, 3)
    assert count_weights(network.base) == 1_735_488
    assert count_weights(network, trainable=True) == 858_632
    assert count_weights(network) == 1_735_488 + 858_632


@pytest.mark.parametrize("shape", [(128, 400, 3), (128, 400), (33, 33, 3), (32, 47), (130, 65, 3)])
def test_pictures_of_many_sizes_are_taken(shape: tuple[int, ...]) -> None:
    network = _network(*shape)
    x = torch.randint(0, 256, (2, *shape), dtype=torch.uint8)
    trunk = network.frozen_trunk()
    assert trunk is not None
    features = trunk(x)
    assert features.shape[1] == count_numbers(shape[0])
    assert torch.isfinite(features).all()
    assert torch.equal(network.top(features), network(x))
    assert network.over_time(x).shape == (2, features.shape[2], 8)


def test_a_silent_picture_has_an_answer() -> None:
    assert torch.isfinite(_network(32, 64)(torch.zeros(1, 32, 64, dtype=torch.uint8))).all()


def test_low_bands_stay_apart_from_high_ones() -> None:
    torch.manual_seed(0)
    trunk = _network(64, 64).trunk
    low = torch.zeros(1, 64, 64)
    low[:, 4] = 255
    there, moved = trunk(low), trunk(low.roll(32, dims=1))
    seen = there[:, : N_CHANNELS * 4].view(N_CHANNELS, 4, -1)
    assert not torch.allclose(there, moved, atol=1e-3)
    sounding, nearby = (float((seen[:, block] - seen[:, 2]).abs().mean()) for block in (0, 1))
    assert sounding > 3 * nearby, "a block without sound is like another without"

"""Weights as its docstring counts them, and what its layers are for."""

from typing import Any

import pytest
import torch

from genrescope.errors import UsageError
from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network


def test_weights() -> None:
    assert count_weights(make_network("scope-net", 8, (400, 128))) == 461_513
    assert count_weights(make_network("scope-net", 8, (400, 128), width=16)) == 667_641


def test_attention_weighs_the_steps() -> None:
    torch.manual_seed(0)
    network = make_network("scope-net", 4, (96, 32), width=8).eval()
    frames = torch.randn(2, 96, 32)
    steps = network.steps(frames)  # type: ignore[operator]
    assert steps.shape == (2, 3, 192)
    weights = network.end.weights(steps)  # type: ignore[operator,union-attr]
    expected = (weights * network.over_time(frames)).sum(dim=1)  # type: ignore[operator]
    assert torch.allclose(network(frames).softmax(dim=1), expected.softmax(dim=1), atol=1e-5)


def test_pitch_is_not_height() -> None:
    torch.manual_seed(0)
    network = make_network("scope-net", 4, (96, 32), width=8, textures=False, modulations=False).eval()
    low = torch.zeros(1, 96, 32)
    low[:, :, 4] = 3
    assert not torch.allclose(network(low), network(low.roll(16, dims=2)), atol=1e-4)


@pytest.mark.parametrize("left_out", [{}, {"textures": False}, {"modulations": False}, {"width": 8}])
def test_any_length_is_taken(left_out: dict[str, Any]) -> None:
    network = make_network("scope-net", 4, (96, 32), **left_out).eval()
    for n_frames in (1, 15, 17, 300):
        assert network(torch.randn(1, n_frames, 32)).shape == (1, 4)


def test_something_must_be_heard() -> None:
    with pytest.raises(UsageError, match="needs textures, modulations, or convolutions"):
        make_network("scope-net", 4, (96, 32), textures=False, modulations=False)

"""musicnn and YAMNet with a new last layer: weights, windows, and what learns."""

import pytest
import torch

from genrescope.models._network import TimedNetwork, count_weights
from genrescope.models.catalogue import make_network

TRUNKS = {"musicnn-finetune": (777_109, 200, 187, 96), "yamnet-finetune": (3_195_456, 1_024, 96, 64)}


@pytest.mark.parametrize("name", TRUNKS)
def test_weights(name: str) -> None:
    in_trunk, n_embedding, n_frames, n_bands = TRUNKS[name]
    network = make_network(name, 8, (n_frames, n_bands))
    assert count_weights(network) == in_trunk + 8 * n_embedding + 8
    frozen = make_network(name, 8, (n_frames, n_bands), frozen=True)
    assert count_weights(frozen, trainable=True) == 8 * n_embedding + 8
    assert (network.frozen_trunk() is None, frozen.frozen_trunk() is None) == (True, False)


def test_each_window_is_heard_by_itself() -> None:
    torch.manual_seed(0)
    network = make_network("yamnet-finetune", 3, (200, 64)).eval()
    assert isinstance(network, TimedNetwork)
    frames = torch.randn(1, 300, 64)
    with torch.inference_mode():
        steps = network.over_time(frames)
        alone = network.over_time(frames[:, 96:192])
        mean = steps.mean(dim=1).softmax(dim=1)
        assert torch.allclose(network(frames).softmax(dim=1), mean, atol=1e-5)
    assert steps.shape == (1, 3, 3)
    assert torch.allclose(steps[:, 1], alone[:, 0], atol=1e-5)

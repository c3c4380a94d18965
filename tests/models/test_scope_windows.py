"""scope-windows: one embedding a window, of that window's sound alone; what its file says is what it says."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from genrescope.card import ModelCard
from genrescope.models._bundle import GenreGraph, export
from genrescope.models._logmel_trunk import LogMelTrunk
from genrescope.models.musicnn import HOP_FRAMES, HOP_SAMPLES, N_FRAMES, WINDOW_SAMPLES
from genrescope.models.scope_windows import N_STEPS, ScopeWindows
from genrescope.records import Clip
from genrescope.runtime.model import load_model


@pytest.fixture(scope="module")
def network() -> ScopeWindows:
    """One that has learned its moments, so that it tells sounds apart."""
    torch.manual_seed(0)
    network = ScopeWindows(32, 16)
    for _ in range(20):
        network(torch.rand(4, N_FRAMES, 96) * 4)
    return network.eval()


def _hear(network: nn.Module, x: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        answer = network(x)
    assert isinstance(answer, torch.Tensor)
    return answer


def test_one_embedding_a_window(network: ScopeWindows) -> None:
    for extra in (0, 1, 30, 61, 62, 63, 123, 124, 200):
        expected = (2, 1 + extra // HOP_FRAMES, 200)
        assert _hear(network, torch.rand(2, N_FRAMES + extra, 96)).shape == expected


def test_windows_are_what_they_are_alone(network: ScopeWindows) -> None:
    mel = torch.rand(1, N_FRAMES + 4 * HOP_FRAMES + 17, 96) * 4
    whole = _hear(network, mel)[0]
    alone = [_hear(network, mel[:, at : at + N_FRAMES])[0, 0] for at in range(0, 5 * HOP_FRAMES, HOP_FRAMES)]
    assert torch.allclose(whole, torch.stack(alone), atol=1e-5)
    assert whole.std(dim=0).max() > 1e-3


def test_every_inner_step_counts(network: ScopeWindows) -> None:
    mel = torch.rand(1, N_FRAMES, 96) * 4
    before = _hear(network, mel)
    for step in range(1, 1 + N_STEPS):
        changed = mel.clone()
        changed[:, 31 * step : 31 * (step + 1)] = 0
        assert not torch.allclose(_hear(network, changed), before, atol=1e-3)


def test_its_file_hears_as_it_does(network: ScopeWindows, tmp_path: Path) -> None:
    card = ModelCard("small", ["a", "b"], 16_000, WINDOW_SAMPLES / 16_000, HOP_SAMPLES / 16_000, 0.4, "Apache-2.0")
    trunk = LogMelTrunk(network).eval()
    export(GenreGraph(trunk, nn.Linear(200, 2), nn.Linear(200, 2)), card, tmp_path / "small.onnx")
    sound = (0.1 * np.random.default_rng(0).normal(size=7 * 16_000 + 123)).astype(np.float32)
    theirs = load_model(tmp_path / "small.onnx").embed(Clip(sound, 16_000)).vectors
    ours = _hear(trunk, torch.from_numpy(sound)[None])[0].numpy()
    assert np.abs(ours - theirs).max() < 1e-4 * np.abs(ours).max()


def test_weights() -> None:
    assert sum(weight.numel() for weight in ScopeWindows().parameters()) == 953_092

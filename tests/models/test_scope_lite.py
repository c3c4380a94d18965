"""A window's embedding depends on the window alone: what makes chunking and batching safe."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from genrescope.card import ModelCard
from genrescope.errors import ModelError
from genrescope.models._bundle import GenreGraph, export
from genrescope.models._logmel_trunk import LogMelTrunk
from genrescope.models.musicnn import HOP_SAMPLES, WINDOW_SAMPLES
from genrescope.models.scope_lite import ScopeLite, read_network
from genrescope.records import Clip
from genrescope.runtime.model import load_model

BUNDLED = Path(str(files("genrescope") / "assets" / "bundled.onnx"))


@pytest.fixture(scope="module")
def trunk() -> LogMelTrunk:
    torch.manual_seed(0)
    return LogMelTrunk(ScopeLite()).eval()


def _hear(trunk: LogMelTrunk, waveform: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        answer = trunk(waveform)
    assert isinstance(answer, torch.Tensor)
    return answer


def test_one_embedding_a_window(trunk: LogMelTrunk) -> None:
    for extra, n_windows in ((0, 1), (HOP_SAMPLES - 1, 1), (HOP_SAMPLES, 2), (3 * HOP_SAMPLES + 5, 4)):
        assert _hear(trunk, torch.zeros(2, WINDOW_SAMPLES + extra)).shape == (2, n_windows, 200)


def test_sound_outside_a_window_does_not_change_it(trunk: LogMelTrunk) -> None:
    waveform = 0.1 * torch.randn(1, WINDOW_SAMPLES + 4 * HOP_SAMPLES)
    before = _hear(trunk, waveform)
    waveform[:, : 2 * HOP_SAMPLES] = 0.9
    waveform[:, 2 * HOP_SAMPLES + WINDOW_SAMPLES :] = -0.9
    after = _hear(trunk, waveform)
    assert torch.allclose(before[:, 2], after[:, 2], atol=1e-5)
    assert not torch.allclose(before[:, 0], after[:, 0], atol=1e-3)


def test_cutting_does_not_change_the_answer(trunk: LogMelTrunk) -> None:
    waveform = 0.1 * torch.randn(1, WINDOW_SAMPLES + 5 * HOP_SAMPLES)
    whole = _hear(trunk, waveform)
    first = _hear(trunk, waveform[:, : WINDOW_SAMPLES + 2 * HOP_SAMPLES])
    second = _hear(trunk, waveform[:, 3 * HOP_SAMPLES :])
    assert torch.allclose(whole, torch.cat([first, second], dim=1), atol=1e-5)


def test_weights() -> None:
    assert sum(weight.numel() for weight in ScopeLite().parameters()) < 2_000_000
    assert ScopeLite().pooled_steps > 30


def test_the_network_of_a_model_file_hears_as_the_file_does() -> None:
    sound = (0.1 * np.random.default_rng(0).normal(size=5 * 16_000)).astype(np.float32)
    ours = _hear(LogMelTrunk(read_network(BUNDLED)).eval(), torch.from_numpy(sound)[None])[0]
    theirs = load_model(BUNDLED).embed(Clip(sound, 16_000)).vectors
    assert np.abs(ours.numpy() - theirs).max() < 1e-4 * np.abs(theirs).max()


def test_another_network_is_refused(tmp_path: Path) -> None:
    card = ModelCard("small", ["a"], 16_000, WINDOW_SAMPLES / 16_000, HOP_SAMPLES / 16_000, 0.4, "Apache-2.0")
    graph = GenreGraph(LogMelTrunk(ScopeLite(32, 16)), nn.Linear(200, 1), nn.Linear(200, 2))
    export(graph, card, tmp_path / "small.onnx")
    with pytest.raises(ModelError, match="not scope-lite"):
        read_network(tmp_path / "small.onnx")

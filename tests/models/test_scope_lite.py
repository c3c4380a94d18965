"""A window's embedding depends on the window alone: what makes chunking and batching safe."""

import pytest
import torch

from genrescope.models.musicnn import HOP_SAMPLES, WINDOW_SAMPLES
from genrescope.models.scope_lite import ScopeLite, ScopeLiteTrunk


@pytest.fixture(scope="module")
def trunk() -> ScopeLiteTrunk:
    torch.manual_seed(0)
    return ScopeLiteTrunk(ScopeLite()).eval()


def _hear(trunk: ScopeLiteTrunk, waveform: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        answer = trunk(waveform)
    assert isinstance(answer, torch.Tensor)
    return answer


def test_one_embedding_a_window(trunk: ScopeLiteTrunk) -> None:
    for extra, n_windows in ((0, 1), (HOP_SAMPLES - 1, 1), (HOP_SAMPLES, 2), (3 * HOP_SAMPLES + 5, 4)):
        assert _hear(trunk, torch.zeros(2, WINDOW_SAMPLES + extra)).shape == (2, n_windows, 200)


def test_sound_outside_a_window_does_not_change_it(trunk: ScopeLiteTrunk) -> None:
    waveform = 0.1 * torch.randn(1, WINDOW_SAMPLES + 4 * HOP_SAMPLES)
    before = _hear(trunk, waveform)
    waveform[:, : 2 * HOP_SAMPLES] = 0.9
    waveform[:, 2 * HOP_SAMPLES + WINDOW_SAMPLES :] = -0.9
    after = _hear(trunk, waveform)
    assert torch.allclose(before[:, 2], after[:, 2], atol=1e-5)
    assert not torch.allclose(before[:, 0], after[:, 0], atol=1e-3)


def test_cutting_does_not_change_the_answer(trunk: ScopeLiteTrunk) -> None:
    waveform = 0.1 * torch.randn(1, WINDOW_SAMPLES + 5 * HOP_SAMPLES)
    whole = _hear(trunk, waveform)
    first = _hear(trunk, waveform[:, : WINDOW_SAMPLES + 2 * HOP_SAMPLES])
    second = _hear(trunk, waveform[:, 3 * HOP_SAMPLES :])
    assert torch.allclose(whole, torch.cat([first, second], dim=1), atol=1e-5)


def test_weights() -> None:
    assert sum(weight.numel() for weight in ScopeLite().parameters()) < 2_000_000
    assert ScopeLite().pooled_steps > 30

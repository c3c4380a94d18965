"""What textures say of sounds whose texture is known."""

import math

import pytest
import torch
from torch import Tensor

from genrescope.models._textures import CORNERS, LAGS, LEAST, N_TEXTURES, textures

NAMES = ("level", "spread", *LAGS, *(f"corners {side}" for side in CORNERS))


def named(x: Tensor) -> dict[object, Tensor]:
    """Return each texture by its name, shape (n_bands, n_steps)."""
    seen = textures(x[None, None], 32)[0].unflatten(0, (N_TEXTURES, len(x)))
    return dict(zip(NAMES, seen, strict=True))


def test_silence_has_none() -> None:
    seen = named(torch.full((16, 64), 0.7))
    assert torch.allclose(seen["level"], torch.tensor(0.7))
    for name in NAMES[1:]:
        assert torch.allclose(seen[name], torch.tensor(math.log(LEAST)), atol=0.02)


def test_a_tone_differs_along_bands_alone() -> None:
    tone = torch.zeros(16, 96)
    tone[8] = 1
    seen = named(tone)
    assert seen[0, 1].max() == pytest.approx(math.log(LEAST))
    assert seen[1, 0][8].min() == pytest.approx(math.log(1 + LEAST), abs=1e-5)
    assert seen[1, 0][7].min() == pytest.approx(math.log(1 + LEAST), abs=1e-5)
    assert seen[1, 0][2].max() == pytest.approx(math.log(LEAST))
    assert seen["corners 1"].max() == pytest.approx(math.log(LEAST))


def test_a_beat_is_like_itself_one_beat_later() -> None:
    seen = named((torch.arange(128) % 4 == 0).float().expand(16, 128))
    middle = slice(0, 2)
    assert seen[0, 4][:, middle].max() == pytest.approx(math.log(LEAST))
    assert seen[0, 1][:, middle].min() > math.log(0.4)
    assert seen[1, 0].max() == pytest.approx(math.log(LEAST))
    assert seen["level"][:, middle].mean() == pytest.approx(0.25, abs=0.01)


def test_a_glide_is_like_itself_along_its_own_way() -> None:
    seen = named(torch.eye(64))
    inner = (slice(8, 40), slice(0, 1))
    assert seen[1, 1][inner].max() == pytest.approx(math.log(LEAST))
    assert seen[1, -1][inner].max() > math.log(0.03 + LEAST)


@pytest.mark.parametrize("n_frames", [1, 2, 31, 32, 33, 400])
def test_the_last_step_may_be_short(n_frames: int) -> None:
    seen = textures(torch.randn(2, 1, 16, n_frames), 32)
    assert seen.shape == (2, N_TEXTURES * 16, math.ceil(n_frames / 32))
    assert torch.isfinite(seen).all()

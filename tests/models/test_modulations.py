"""What modulations say of waves whose rate and scale are known."""

import math
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from genrescope.models._modulations import LEAST, N_SIZES, Modulations, count_modulations

N_BANDS = 128


def sums(x: Tensor) -> dict[tuple[int, int, str], float]:
    """Return the mean magnitude of each size (of time, of bands) and way: falling, rising, time alone, bands alone."""
    found = Modulations(N_BANDS, 32)(x[None, None])[0].exp().mean(dim=1) - LEAST
    assert len(found) == count_modulations(N_BANDS)
    blocks = [16, 16, 16, 16, 8]
    both, bands, time = found.split([2 * N_SIZES * sum(blocks), sum(blocks), N_SIZES * blocks[-1]])
    ways: dict[tuple[int, int, str], float] = {}
    for way, of_way in zip(("falling", "rising"), both.view(2, sum(blocks), N_SIZES), strict=True):
        for band, of_band in enumerate(of_way.split(blocks)):
            ways |= {(size, band, way): float(mean) for size, mean in enumerate(of_band.mean(dim=0))}
    ways |= {(N_SIZES - 1, band, "bands"): float(of_band.mean()) for band, of_band in enumerate(bands.split(blocks))}
    means = time.view(blocks[-1], N_SIZES).mean(dim=0)
    return ways | {(size, N_SIZES - 1, "time"): float(mean) for size, mean in enumerate(means)}


def wave(frames: float, bands: float) -> Tensor:
    """Return a wave of so many frames and bands; with negative bands it rises."""
    time, band = torch.arange(512), torch.arange(N_BANDS)[:, None]
    return torch.cos(2 * math.pi * (time / frames + (band / bands if bands else 0.0)))


def strongest(x: Tensor) -> tuple[int, int, str]:
    """Return where a picture waves most."""
    ways = sums(x)
    return max(ways, key=lambda one: ways[one])


def test_what_is_constant_does_not_wave() -> None:
    assert max(sums(torch.full((N_BANDS, 512), 3.0)).values()) < 1e-3


@pytest.mark.parametrize(("time", "frames"), [(1, 5.0), (2, 10.0), (3, 20.0), (4, 40.0)])
def test_a_beat_waves_along_time_at_its_rate(time: int, frames: float) -> None:
    picture = wave(frames, 0.0).expand(N_BANDS, -1)
    assert strongest(picture) == (time, N_SIZES - 1, "time")


@pytest.mark.parametrize(("band", "bands"), [(1, 5.0), (2, 10.0), (3, 20.0)])
def test_harmonics_wave_along_bands(band: int, bands: float) -> None:
    picture = torch.cos(2 * math.pi * torch.arange(N_BANDS) / bands)[:, None].expand(-1, 512)
    assert strongest(picture) == (N_SIZES - 1, band, "bands")


def test_rising_is_not_falling() -> None:
    assert strongest(wave(10.0, -5.0)) == (2, 1, "rising")
    assert strongest(wave(10.0, 5.0)) == (2, 1, "falling")


def test_products_are_what_small_convolutions_would_find() -> None:
    torch.manual_seed(0)
    picture = torch.randn(1, 1, N_BANDS, 512)
    points = torch.arange(-3, 4)
    gauss = torch.exp(-0.5 * (points * 2 * math.pi * 0.35 / 2.5) ** 2)
    gauss = gauss / gauss.sum()
    spin = torch.exp(2j * math.pi * points / 2.5)
    wave = gauss * (spin.real - (gauss * spin.real).sum()) + 1j * gauss * spin.imag
    blur = torch.tensor([0.25, 0.5, 0.25])
    smaller = functional.conv2d(picture, (blur[:, None] * blur)[None, None], stride=2, padding=1)
    rising = functional.conv2d(smaller.to(wave.dtype), (wave[:, None] * wave.conj())[None, None], padding=3).abs()
    expected = rising[0, 0, ::2, ::2]  # every second point of half the bands and frames: 2 of a block, 8 of a step
    everything = Modulations(N_BANDS, 32)(picture)[0].exp() - LEAST
    found = everything[N_SIZES * 72 :][: N_SIZES * 72].unflatten(0, (72, N_SIZES))[16:32, 1]
    steps = expected.unflatten(0, (16, 2)).unflatten(2, (16, 8)).mean(dim=(1, 3))
    beside = functional.avg_pool1d(steps, 3, 1)
    assert torch.allclose(found[1:-1, 2:-2], beside[1:-1, 1:-1], rtol=1e-3)


def test_where_a_wave_begins_does_not_matter() -> None:
    picture = wave(10.0, 8.0)
    there, later = sums(picture), sums(picture.roll(3, dims=1))
    assert max(abs(there[one] - later[one]) for one in there) < 0.02


@pytest.mark.parametrize("n_frames", [1, 2, 31, 32, 33, 400])
@pytest.mark.parametrize("n_bands", [16, 33, 96, 128])
def test_any_size_is_taken(n_bands: int, n_frames: int) -> None:
    seen = Modulations(n_bands, 32)(torch.randn(2, 1, n_bands, n_frames))
    assert seen.shape == (2, count_modulations(n_bands), math.ceil(n_frames / 32))
    assert torch.isfinite(seen).all()


def test_a_file_hears_the_faintest_waves_alike(tmp_path: Path) -> None:
    torch.manual_seed(0)
    faint = 2 + 1e-3 * torch.randn(1, 1, 32, 64)
    modulations, path = Modulations(32, 32).eval(), tmp_path / "modulations.onnx"
    torch.onnx.export(modulations, (faint,), path, input_names=["x"], dynamo=True, verbose=False)
    found = onnxruntime.InferenceSession(str(path)).run(None, {"x": faint.numpy()})[0]
    assert np.abs(found - modulations(faint).numpy()).max() < 5e-5

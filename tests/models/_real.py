"""Sixteen real examples for each network: GTZAN's pictures, and what our features make of GTZAN's sound."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch
from torch import Tensor, nn

from genrescope.features.catalogue import make_feature
from genrescope.models._network import GenreNetwork, TrunkNetwork
from genrescope.records import Clip, FloatArray

GENRES = ("blues", "classical", "hiphop", "metal")
PER_GENRE = 4
TARGETS = torch.arange(len(GENRES)).repeat_interleave(PER_GENRE)


@lru_cache(maxsize=4)
def sounds(data: Path, sample_rate_hz: int, seconds: float = 6.0) -> tuple[FloatArray, ...]:
    """Return the beginnings of 16 real clips, 4 of each genre."""
    found = [path for genre in GENRES for path in sorted((data / "gtzan_mini" / genre).glob("*.ogg"))[:PER_GENRE]]
    return tuple(_beginning(path, sample_rate_hz, seconds) for path in found)


def _beginning(path: Path, sample_rate_hz: int, seconds: float) -> FloatArray:
    samples, rate_hz = soundfile.read(path, frames=round(seconds * 22_050), dtype="float32")
    return np.asarray(soxr.resample(samples, rate_hz, sample_rate_hz), dtype=np.float32)


@lru_cache(maxsize=16)
def feature_batch(data: Path, name: str, settings: tuple[tuple[str, object], ...] = ()) -> Tensor:
    """Return a feature of the 16 clips, shape (16, ...)."""
    feature = make_feature(name, **dict(settings))
    rate_hz = feature.sample_rate_hz
    assert rate_hz is not None
    return torch.from_numpy(np.stack([feature.compute(Clip(sound, rate_hz)) for sound in sounds(data, rate_hz)]))


@lru_cache(maxsize=4)
def pictures(data: Path, row_step: int, column_step: int) -> Tensor:
    """Return 16 of GTZAN's spectrogram pictures, thinned out, shape (16, height, width), uint8."""
    with np.load(data / "gtzan" / "spectrogram_images.npz") as stored:
        ids, images = stored["track_id"], stored["image"]
    rows = [row for genre in GENRES for row in np.flatnonzero(np.char.startswith(ids, f"{genre}."))[:PER_GENRE]]
    return torch.from_numpy(images[rows][:, ::row_step, ::column_step].copy())


def learn(
    network: GenreNetwork, x: Tensor, targets: Tensor, n_steps: int = 80, rate: float | None = None, fresh: bool = True
) -> float:
    """Train on the examples for at most so many steps; return the share that is right then.

    A frozen trunk answers once; where it is fresh, it gets weights that stand in for published ones.
    """
    trunk = network.frozen_trunk()
    learner: nn.Module = network
    if trunk is not None:
        assert isinstance(network, TrunkNetwork)
        if fresh:
            stand_in(trunk, x)
        network.train()
        with torch.no_grad():
            x = trunk(x)
        learner = _Top(network)
    rate = rate or (3e-3 if trunk is None else 1e-2)
    optimizer = torch.optim.Adam([weight for weight in network.parameters() if weight.requires_grad], lr=rate)
    right = 0.0
    for step in range(n_steps):
        network.train()
        optimizer.zero_grad()
        nn.functional.cross_entropy(learner(x), targets).backward()
        optimizer.step()
        if step % 10 == 9:
            network.eval()
            with torch.inference_mode():
                right = float((learner(x).argmax(dim=1) == targets).float().mean())
            if right == 1:
                break
    return right


def stand_in(trunk: nn.Module, x: Tensor) -> None:
    """Give a fresh trunk weights through which its input is still told apart at its end, as published ones do."""
    for module in trunk.modules():
        module.training = True
        if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        trunk(x)


class _Top(nn.Module):
    def __init__(self, network: TrunkNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor) -> Tensor:
        return self.network.top(features)

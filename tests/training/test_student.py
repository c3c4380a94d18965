"""The student learns, the same from the same seed."""

import numpy as np
import torch

from genrescope.models.musicnn import HOP_FRAMES, N_FRAMES
from genrescope.models.scope_lite import ScopeLite
from genrescope.training.corpus import Heard
from genrescope.training.head import Linear
from genrescope.training.student import RUN_WINDOWS, Runs, StudentSettings, _louder, train_student


def _heard(n_windows: int = 8) -> Heard:
    rng = np.random.default_rng(0)
    mel = rng.uniform(0, 4, (N_FRAMES + (n_windows - 1) * HOP_FRAMES, 96)).astype(np.float16)
    empty = np.zeros((n_windows, 0), np.float32)
    return Heard(
        "a", mel, rng.normal(size=(n_windows, 200)).astype(np.float32), empty[:, :0].reshape(n_windows, 0), empty
    )


def test_draws_repeat_with_the_seed() -> None:
    runs = Runs([_heard()], [True], StudentSettings(batch=3))
    first, again, other = (runs.draw(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])
    assert first[0].shape == (3, N_FRAMES + (RUN_WINDOWS - 1) * HOP_FRAMES, 96)
    assert first[1].shape == (3, RUN_WINDOWS, 200)


def test_louder_is_the_log_mel_of_louder_sound() -> None:
    power = np.array([[0.0, 1e-3, 0.5]])
    mel = np.log10(10_000 * power + 1).astype(np.float16)
    assert np.allclose(_louder(mel, 2.0), np.log10(10_000 * 2 * power + 1), atol=2e-2)


def test_a_few_steps_lower_the_loss() -> None:
    torch.manual_seed(0)
    head = Linear(np.random.default_rng(1).normal(0, 0.1, (4, 200)), np.zeros(4))
    settings = StudentSettings(steps=150, batch=2, rate=5e-3, average=0.5)
    network = ScopeLite(24, 16)
    reports = list(train_student(network, Runs([_heard()], [True], settings), head))
    assert [step for step, _, _ in reports] == [100, 150]
    assert reports[1][1] < 0.9 * reports[0][1]
    averaged = reports[1][2]
    assert isinstance(averaged, ScopeLite)
    assert averaged is not network
    assert not torch.equal(averaged.first.dense.weight, network.first.dense.weight)

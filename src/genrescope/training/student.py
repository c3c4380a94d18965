"""Teach a student to say what musicnn says: the same embedding and, through the same head, the same genres."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genrescope.models.musicnn import HOP_FRAMES, N_FRAMES
from genrescope.records import FloatArray
from genrescope.training.corpus import Heard
from genrescope.training.fit import computes_in_bf16
from genrescope.training.head import Linear

RUN_WINDOWS = 5
"""Windows in a training example: neighbours share nearly all of the work."""


@dataclass(frozen=True)
class StudentSettings:
    """How the student learns in one round: AdamW with a one-cycle rate, weights averaged over the last part.

    `song_weight` is how much more often a window of a song is drawn than one of game music. Each draw is moved by up to
    `max_shift_frames` and made up to `max_gain_db` louder or softer. Genres are read off by the head that was learned
    without labels, or, `under_calibrated`, by the calibrated one.
    """

    steps: int = 5000
    batch: int = 16
    rate: float = 2e-3
    decay: float = 0.02
    genre_weight: float = 0.3
    average: float = 0.998
    seed: int = 0
    song_weight: float = 6.0
    max_shift_frames: int = 8
    max_gain_db: float = 1.5
    under_calibrated: bool = False


ROUNDS = (
    StudentSettings(),
    StudentSettings(
        steps=4000, rate=1e-3, genre_weight=1.0, average=0.995, song_weight=60.0, max_shift_frames=0, max_gain_db=0.0
    ),
    StudentSettings(
        steps=1200,
        rate=4e-4,
        genre_weight=1.0,
        average=0.99,
        song_weight=20.0,
        max_shift_frames=0,
        max_gain_db=0.0,
        under_calibrated=True,
    ),
)
"""First all music, moved about; then mostly songs, as they are, with more weight on the genre; then so once more
for the genres that users read."""


class Runs:
    """Stretches of neighbouring windows, drawn at random; files of songs are drawn more often than their length says.

    Moving a draw by a few frames hardly changes musicnn's answer, and keeps the student from learning frames by heart.
    """

    def __init__(self, heard: list[Heard], is_song: list[bool], settings: StudentSettings) -> None:
        starts = [(i, s) for i, file in enumerate(heard) for s in range(len(file.tags) - RUN_WINDOWS + 1)]
        self.heard = heard
        self.starts = starts
        self.settings = settings
        chance = np.array([settings.song_weight if is_song[i] else 1.0 for i, _ in starts])
        self.chance = chance / chance.sum()

    def draw(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Return a batch: log-mel (batch, frames, 96) and the teacher's embeddings (batch, RUN_WINDOWS, 200)."""
        n, furthest, loudest_db = self.settings.batch, self.settings.max_shift_frames, self.settings.max_gain_db
        chosen = rng.choice(len(self.starts), n, p=self.chance)
        shifts = rng.integers(-furthest, furthest + 1, n)
        gains = 10 ** (rng.uniform(-loudest_db, loudest_db, n) / 10)
        pieces = [self._piece(self.starts[index], int(shift)) for index, shift in zip(chosen, shifts, strict=True)]
        mel = np.stack([_louder(piece[0], gain) for piece, gain in zip(pieces, gains, strict=True)])
        return torch.from_numpy(mel), torch.from_numpy(np.stack([piece[1] for piece in pieces]))

    def _piece(self, place: tuple[int, int], shift: int) -> tuple[NDArray[np.float16], FloatArray]:
        index, start = place
        file, frames = self.heard[index], N_FRAMES + (RUN_WINDOWS - 1) * HOP_FRAMES
        first = min(max(start * HOP_FRAMES + shift, 0), len(file.mel) - frames)
        return file.mel[first : first + frames], file.embedding[start : start + RUN_WINDOWS]


def _louder(mel: NDArray[np.float16], gain: float) -> FloatArray:
    """Return musicnn's log-mel of the same sound with its power times `gain`."""
    power = np.exp(mel.astype(np.float32) * np.float32(np.log(10))) - 1
    return np.asarray(np.log10(np.maximum(power, 0) * np.float32(gain) + 1), dtype=np.float32)


def train_student(network: nn.Module, runs: Runs, head: Linear) -> Iterator[tuple[int, float, nn.Module]]:
    """Train `network` in place, for one round.

    Yields
    ------
    tuple of int, float, Module
        Every 100 steps: the step, the mean loss since the last one, and the averaged network so far.
    """
    settings = runs.settings
    rng = np.random.default_rng(settings.seed)
    network.train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=settings.rate, weight_decay=settings.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.rate, settings.steps, pct_start=max(0.1, 2 / settings.steps)
    )
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(settings.average), use_buffers=True
    )
    loss_of = _Loss(head, np.concatenate([file.embedding for file in runs.heard]).std(axis=0), settings.genre_weight)
    recent: list[float] = []
    in_bf16 = computes_in_bf16()
    for step in range(1, settings.steps + 1):
        mel, embedding = runs.draw(rng)
        with torch.autocast("cpu", torch.bfloat16, enabled=in_bf16):
            answer = network(mel)
        loss = loss_of(answer.float(), embedding)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        average.update_parameters(network)
        recent.append(loss.item())
        if step % 100 == 0 or step == settings.steps:
            yield step, float(np.mean(recent)), average.module
            recent = []


class _Loss:
    """Squared error of the standardised embedding, and the divergence of the genres that the head reads off it."""

    def __init__(self, head: Linear, deviation: np.ndarray, genre_weight: float) -> None:
        self.weight = torch.tensor(head.weight, dtype=torch.float32)
        self.bias = torch.tensor(head.bias, dtype=torch.float32)
        self.deviation = torch.tensor(deviation + 0.05, dtype=torch.float32)
        self.genre_weight = genre_weight

    def __call__(self, answer: Tensor, embedding: Tensor) -> Tensor:
        error = ((answer - embedding) / self.deviation).square().mean()
        said = torch.log_softmax(nn.functional.linear(answer, self.weight, self.bias), dim=-1)
        wanted = torch.softmax(nn.functional.linear(embedding, self.weight, self.bias), dim=-1)
        divergence = nn.functional.kl_div(said.flatten(0, 1), wanted.flatten(0, 1), reduction="batchmean")
        return error + self.genre_weight * divergence

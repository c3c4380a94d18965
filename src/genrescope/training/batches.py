"""Batches of examples, read while the network learns from the one before; memory holds a few batches, never the set."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genrescope.errors import UsageError
from genrescope.training.augment import MIXING, augment, bend, generator, mix
from genrescope.training.examples import Examples
from genrescope.training.fit_settings import AugmentSettings

AHEAD = 2
"""So many batches are read ahead."""

_ORDER, _EXAMPLE = 0, 2


class Batch(NamedTuple):
    """Some examples.

    Attributes
    ----------
    x : Tensor, shape (n, *shape)
        What the network sees.
    targets : Tensor of float32, shape (n, n_labels)
        Shares of the genres.
    rows : Tensor of int64, shape (n,)
        Which examples they are.
    """

    x: Tensor
    targets: Tensor
    rows: Tensor


@dataclass(frozen=True)
class Share:
    """Which of several processes this is, and how many there are; each takes its share of every batch."""

    rank: int = 0
    world: int = 1


UNCHANGED = AugmentSettings()
ALONE = Share()


class Batches:
    """The batches of one epoch, in an order that depends on (seed, epoch) alone.

    Parameters
    ----------
    examples : Examples
        What is learned or answered.
    batch_size : int
        Examples of a batch, of all processes together.
    seed : int, optional
        Of order and augmentation; None is the examples' own order, unchanged.
    epoch : int
        Counted from 0.
    augmentation : AugmentSettings
        How examples are changed, where there is a seed.
    time_axis : int
        Of a batch: 1, or 2 where examples are pictures.
    share : Share
        Of several processes.

    Attributes
    ----------
    waited_s : float
        How long its reader waited for batches.
    """

    def __init__(
        self,
        examples: Examples,
        batch_size: int,
        *,
        seed: int | None = None,
        epoch: int = 0,
        augmentation: AugmentSettings = UNCHANGED,
        time_axis: int = 1,
        share: Share = ALONE,
    ) -> None:
        self.examples, self.batch_size = examples, batch_size
        self.seed, self.epoch = seed, epoch
        self.augmentation, self.time_axis, self.share = augmentation, time_axis, share
        self.waited_s = 0.0

    def __len__(self) -> int:
        whole, rest = divmod(len(self.examples), self.batch_size)
        # Every process must have as many batches as the others.
        return whole + (rest >= self.share.world)

    def rows(self) -> list[NDArray[np.int64]]:
        """Return which examples each batch has, in rising order: the disk is read from front to back."""
        order = np.arange(len(self.examples))
        if self.seed is not None:
            order = generator(self.seed, self.epoch, _ORDER).permutation(order)
        groups = [order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size)]
        return [np.sort(group[self.share.rank :: self.share.world]) for group in groups[: len(self)]]

    def __iter__(self) -> Iterator[Batch]:
        rows = self.rows()
        with ThreadPoolExecutor(1, thread_name_prefix="batches") as reader:
            coming: list[Future[Batch]] = []
            try:
                for number in range(len(rows) + AHEAD):
                    if number < len(rows):
                        coming.append(reader.submit(self._read, number, rows[number]))
                    if number >= AHEAD:
                        begun_s = time.perf_counter()
                        batch = coming.pop(0).result()
                        self.waited_s += time.perf_counter() - begun_s
                        yield batch
            finally:
                for future in coming:
                    future.cancel()

    def _read(self, number: int, rows: NDArray[np.int64]) -> Batch:
        x = self.examples.inputs.batch(rows)
        targets = self._targets(rows)
        if self.seed is None or not self.augmentation.changes_inputs:
            return Batch(_tensor(x), targets, torch.from_numpy(rows))
        rngs = [generator(self.seed, self.epoch, _EXAMPLE, int(row)) for row in rows]
        if self.augmentation.changes_sound and x.ndim == 2:
            rate_hz = self._rate_hz()
            x = np.stack([bend(one, rate_hz, rng, self.augmentation) for one, rng in zip(x, rngs, strict=True)])
        changed = _tensor(augment(x, rngs, self.augmentation, time_axis=self.time_axis))
        if self.augmentation.mixup:
            rng = generator(self.seed, self.epoch, MIXING, number)
            changed, targets = mix(changed, targets, rng, self.augmentation.mixup)
        return Batch(changed, targets, torch.from_numpy(rows))

    def _rate_hz(self) -> int:
        settings = self.examples.input.get("settings")
        if not isinstance(settings, Mapping) or "sample_rate_hz" not in settings:
            raise UsageError(
                f"gain, noise, pitch and tempo change waveforms; the examples are {dict(self.examples.input)}."
            )
        return int(settings["sample_rate_hz"])

    def _targets(self, rows: NDArray[np.int64]) -> Tensor:
        chosen = torch.from_numpy(self.examples.targets[rows])
        if self.examples.multi_label:
            return chosen.float()
        return torch.nn.functional.one_hot(chosen, len(self.examples.labels)).float()


def _tensor(x: NDArray[np.generic]) -> Tensor:
    # A batch may be a view of a read-only map of the disk, which torch would warn of.
    return torch.from_numpy(x if x.flags.writeable else x.copy())

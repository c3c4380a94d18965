"""Batches: every example once, in an order that seed and epoch decide, and only a few in memory."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.training.batches import AHEAD, Batches, Share
from genrescope.training.examples import ArrayInputs, Examples, Indices
from genrescope.training.fit_settings import AugmentSettings
from tests.training._sets import bands


def joined(groups: list[list[int]]) -> list[int]:
    return [row for group in groups for row in group]


def rows_of(batches: Batches) -> list[list[int]]:
    return [batch.rows.tolist() for batch in batches]


def test_every_example_once_in_an_order_of_seed_and_epoch() -> None:
    examples = bands(25, 0)
    first = rows_of(Batches(examples, 8, seed=0, epoch=0))
    assert sorted(joined(first)) == list(range(25))
    assert [len(rows) for rows in first] == [8, 8, 8, 1]
    assert first == rows_of(Batches(examples, 8, seed=0, epoch=0))
    assert first != rows_of(Batches(examples, 8, seed=0, epoch=1))
    assert first != rows_of(Batches(examples, 8, seed=1, epoch=0))
    assert joined(rows_of(Batches(examples, 8))) == list(range(25))


def test_targets_are_shares_of_genres() -> None:
    batch = next(iter(Batches(bands(6, 0), 6)))
    assert batch.targets.argmax(dim=1).tolist() == [0, 1, 2, 0, 1, 2]
    several = replace(bands(6, 0), targets=np.ones((6, 3), dtype=np.float32))
    assert next(iter(Batches(several, 6))).targets.sum() == 18


def test_processes_share_every_batch() -> None:
    examples = bands(17, 0)
    parts = [rows_of(Batches(examples, 8, seed=0, share=Share(rank, 2))) for rank in range(2)]
    assert len(parts[0]) == len(parts[1]) == 2  # the odd one out is left out, so that no process waits for another
    assert len(set(joined(parts[0] + parts[1]))) == 16


def test_augmentation_is_of_the_example_not_of_its_batch() -> None:
    settings = AugmentSettings(mask_time=0.3, mask_bands=0.3)

    def seen(batch_size: int) -> dict[int, np.ndarray]:
        batches = Batches(bands(12, 0), batch_size, seed=0, epoch=3, augmentation=settings)
        return {int(row): x.numpy() for batch in batches for row, x in zip(batch.rows, batch.x, strict=True)}

    small, large = seen(3), seen(12)
    assert all((small[row] == large[row]).all() for row in range(12))


class Counting(ArrayInputs):
    """Counts the batches that were read."""

    n_read = 0

    def batch(self, indices: Indices) -> np.ndarray:
        Counting.n_read += 1
        return super().batch(indices)


def counting(n: int) -> Examples:
    whole = bands(n, 0)
    return replace(whole, inputs=Counting(whole.inputs.batch(range(n))))


def test_only_a_few_batches_are_read_ahead_and_none_after_the_reader_left() -> None:
    Counting.n_read = 0
    batches = iter(Batches(counting(200), 2, seed=0))
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert Counting.n_read <= AHEAD + 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batches")]


def test_an_error_while_reading_reaches_the_reader() -> None:
    settings = AugmentSettings(gain_db=3)
    waves = replace(bands(4, 0), inputs=ArrayInputs(np.zeros((4, 100), dtype=np.float32)))
    with pytest.raises(UsageError, match="change waveforms"):
        list(Batches(waves, 2, seed=0, augmentation=settings))


def test_waveforms_are_bent_at_their_rate() -> None:
    waves = np.full((3, 200), 0.1, dtype=np.float32)
    what = {"feature": "waveform", "settings": {"sample_rate_hz": 16_000}}
    examples = replace(bands(3, 0), inputs=ArrayInputs(waves), input=what)
    batch = next(iter(Batches(examples, 3, seed=0, augmentation=AugmentSettings(gain_db=6))))
    levels = batch.x[:, 0].numpy()
    assert len(set(levels.round(5).tolist())) == 3
    assert (np.abs(20 * np.log10(levels / 0.1)) <= 6.01).all()

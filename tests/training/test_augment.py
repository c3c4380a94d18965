"""Augmentation: it does what it is called, and the same draw does the same."""

import numpy as np
import pytest
import torch

from genrescope.errors import UsageError
from genrescope.training.augment import augment, bend, generator, mix
from genrescope.training.fit_settings import AugmentSettings

RATE_HZ = 22_050


def rngs(n: int, epoch: int = 0) -> list[np.random.Generator]:
    return [generator(0, epoch, row) for row in range(n)]


def ramp(height: int = 20, width: int = 60) -> np.ndarray:
    """Return a picture that rises from left to right."""
    return np.tile(np.linspace(0, 255, width, dtype=np.float32), (height, 1))


def test_a_flip_turns_time_around_in_half_of_the_pictures() -> None:
    pictures = np.stack([ramp()] * 16)
    settings = AugmentSettings(flip=True)
    flipped = augment(pictures, rngs(16), settings, time_axis=2)
    backwards = flipped[:, 0, 0] > flipped[:, 0, -1]
    assert 2 < backwards.sum() < 14
    np.testing.assert_allclose(flipped[backwards][0], ramp()[:, ::-1], atol=0.05)
    np.testing.assert_allclose(flipped[~backwards][0], ramp(), atol=0.05)
    np.testing.assert_array_equal(flipped, augment(pictures, rngs(16), settings, time_axis=2))
    spectrograms = augment(pictures.transpose(0, 2, 1), rngs(16), settings, time_axis=1)
    np.testing.assert_allclose(spectrograms.transpose(0, 2, 1), flipped, atol=0.05)


def test_shifts_move_by_the_share_at_most() -> None:
    moved = augment(np.stack([ramp()] * 8), rngs(8), AugmentSettings(shift=0.2), time_axis=2)
    middle = (moved[:, 10, 30] - ramp()[10, 30]) / 255
    assert np.abs(middle).max() <= 0.21
    assert np.abs(middle).max() > 0.05


def test_a_turn_is_a_turn_where_sides_differ() -> None:
    picture = np.zeros((41, 81), dtype=np.float32)
    picture[20, 60:63] = picture[19:22, 61] = 255  # a dot, 21 columns right of the middle
    turned = augment(picture[None], rngs(1), AugmentSettings(rotation_deg=20), time_axis=2)[0]
    row, column = np.unravel_index(turned.argmax(), turned.shape)
    assert np.hypot(row - 20, column - 40) == pytest.approx(21, abs=1.5)
    assert row != 20


def test_uint8_colours_stay_pictures() -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (2, 12, 16, 3), dtype=np.uint8)
    out = augment(pictures, rngs(2), AugmentSettings(rotation_deg=5, shift=0.1), time_axis=2)
    assert out.shape == pictures.shape
    assert out.dtype == np.float32
    assert 0 <= out.min() <= out.max() <= 255


def test_crops_are_stretches_of_the_example() -> None:
    frames = np.arange(50, dtype=np.float32)
    batch = np.stack([np.repeat(frames[:, None], 4, axis=1)] * 6)
    out = augment(batch, rngs(6), AugmentSettings(crop_frames=20))
    assert out.shape == (6, 20, 4)
    assert (np.diff(out[:, :, 0], axis=1) == 1).all()
    assert len(set(out[:, 0, 0].tolist())) > 1
    pictures = augment(batch.transpose(0, 2, 1), rngs(6), AugmentSettings(crop_frames=20), time_axis=2)
    np.testing.assert_array_equal(pictures.transpose(0, 2, 1), out)


def test_masks_paint_the_mean_over_at_most_their_share() -> None:
    batch = np.random.default_rng(0).normal(size=(4, 60, 30)).astype(np.float32)
    out = augment(batch, rngs(4), AugmentSettings(masks=1, mask_time=0.25))
    for before, after in zip(batch, out, strict=True):
        changed = (before != after).any(axis=1)
        assert changed.sum() <= 15
        np.testing.assert_allclose(after[changed], before.mean(), rtol=1e-5)
    assert (batch != out).any()


@pytest.mark.parametrize(("time_axis", "shape"), [(1, (6, 60, 30)), (2, (6, 30, 60)), (2, (6, 30, 60, 3))])
def test_an_equaliser_moves_bands_and_leaves_time(time_axis: int, shape: tuple[int, ...]) -> None:
    batch = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    curves = augment(batch, rngs(6), AugmentSettings(equaliser=0.5), time_axis=time_axis) - batch
    over_time = np.moveaxis(curves, time_axis, 1).reshape(6, 60, -1)
    np.testing.assert_allclose(over_time, over_time[:, :1].repeat(60, axis=1), atol=1e-5)
    assert 0.2 < over_time[:, 0].std() < 0.8
    assert np.abs(np.diff(np.moveaxis(curves, 3 - time_axis, 1)[:, :, 0].reshape(6, 30, -1), axis=1)).max() < 0.6


def test_mixing_keeps_shares() -> None:
    x, targets = torch.eye(4), torch.eye(4)
    mixed, shares = mix(x, targets, generator(0, 0), 0.5)
    torch.testing.assert_close(mixed, shares)
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(4))
    assert len(set(mixed.max(dim=1).values.tolist())) > 1  # each in a share of its own


def test_waveforms_change_in_pitch_tempo_and_loudness() -> None:
    tone = np.sin(2 * np.pi * 440 / RATE_HZ * np.arange(RATE_HZ), dtype=np.float32) * 0.1

    def peak_hz(samples: np.ndarray) -> float:
        return float(np.abs(np.fft.rfft(samples)).argmax()) * RATE_HZ / len(samples)

    higher = bend(tone, RATE_HZ, generator(0, 0), AugmentSettings(pitch_semitones=4))
    assert higher.shape == tone.shape
    assert 440 * 2 ** (-4 / 12) - 2 < peak_hz(higher) < 440 * 2 ** (4 / 12) + 2
    assert abs(peak_hz(higher) - 440) > 5
    stretched = bend(tone, RATE_HZ, generator(0, 1), AugmentSettings(tempo=0.2))
    assert stretched.shape == tone.shape
    assert peak_hz(stretched) == pytest.approx(440, abs=5)
    louder = bend(tone, RATE_HZ, generator(0, 2), AugmentSettings(gain_db=6))
    ratio_db = 20 * np.log10(np.abs(louder).max() / np.abs(tone).max())
    assert 0 < abs(ratio_db) <= 6
    noisy = bend(np.zeros(1000, dtype=np.float32), RATE_HZ, generator(0, 3), AugmentSettings(noise_db=-40))
    assert 0 < noisy.std() < 0.011


@pytest.mark.parametrize(
    ("shape", "settings", "words"),
    [
        ((2, 30, 8), AugmentSettings(gain_db=3), "change waveforms"),
        ((2, 30), AugmentSettings(flip=True), "change spectrograms and pictures"),
        ((2, 30, 8), AugmentSettings(crop_frames=31), "more than an example's 30 frames"),
    ],
)
def test_what_cannot_be_done_is_said(shape: tuple[int, ...], settings: AugmentSettings, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        augment(np.zeros(shape, dtype=np.float32), rngs(2), settings)

"""Training examples changed on the way: pictures moved, stretches masked, examples mixed, sound bent.

First draw, then apply: what happens to an example depends on (seed, epoch, its index) alone, so that a run that was
broken off goes on as if it had not been.

Sources: Park et al. 2019 (SpecAugment); Zhang et al. 2018 (mixup).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from genrescope.errors import UsageError
from genrescope.records import FloatArray
from genrescope.training.fit_settings import AugmentSettings

MIXING = 1
"""Sets the draws of a batch's mixing apart from those of its examples."""

CURVE_POINTS = 6
"""An equaliser's curve is drawn at so many bands, evenly spaced, and is straight between them."""


def generator(seed: int, epoch: int, *more: int) -> np.random.Generator:
    """Return the generator of an example or batch in an epoch; a seed of 0 is a seed."""
    return np.random.default_rng((seed, epoch, *more))


def augment(
    batch: NDArray[Any], rngs: Sequence[np.random.Generator], settings: AugmentSettings, *, time_axis: int = 1
) -> NDArray[Any]:
    """Return changed examples.

    Parameters
    ----------
    batch : ndarray, shape (n, n_samples), (n, n_frames, n_bands) or (n, height, width[, channels])
        Waveforms, spectrograms or pictures.
    rngs : sequence of Generator
        One for each example.
    settings : AugmentSettings
        What may happen to them.
    time_axis : int
        Of spectrograms 1, of pictures 2.

    Returns
    -------
    ndarray, shape (n, ...)
        float32 where something was changed; shorter in time where crops are asked for.

    Raises
    ------
    UsageError
        The examples are no pictures, spectrograms or waveforms, and cannot be changed so.
    """
    _check(batch, settings, time_axis)
    if settings.changes_sound:
        batch = batch.astype(np.float32, copy=True)
    if settings.moves_pictures:
        batch = _moved(batch, rngs, settings, time_axis)
    if settings.crop_frames:
        batch = _cropped(batch, rngs, settings.crop_frames, time_axis)
    if settings.equaliser:
        batch = _equalised(batch, rngs, settings.equaliser, 2 - time_axis)
    if settings.masks and (settings.mask_time or settings.mask_bands):
        batch = _masked(batch.astype(np.float32), rngs, settings, time_axis)
    return batch


def mix(batch: Tensor, targets: Tensor, rng: np.random.Generator, mixup: float) -> tuple[Tensor, Tensor]:
    """Return each example mixed with another one of the batch in a share of its own, and its targets likewise."""
    shares = torch.from_numpy(rng.beta(mixup, mixup, len(batch)).astype(np.float32))
    other = torch.from_numpy(rng.permutation(len(batch)))
    batch, of_example = batch.float(), shares.view(-1, *[1] * (batch.ndim - 1))
    return batch[other].lerp(batch, of_example), targets[other].lerp(targets, shares[:, None])


def bend(samples: FloatArray, rate_hz: int, rng: np.random.Generator, settings: AugmentSettings) -> FloatArray:
    """Return a waveform of the same length with its tempo, pitch, loudness and noise changed.

    Parameters
    ----------
    samples : ndarray of float32, shape (n_samples,)
        Full scale is ±1.
    rate_hz : int
        Samples a second.
    rng : Generator
        Of this example.
    settings : AugmentSettings
        By how much at most.
    """
    stretch, semitones = rng.uniform(-1, 1, 2) * (settings.tempo, settings.pitch_semitones)
    gain_db, noise = rng.uniform(-1, 1) * settings.gain_db, rng.random()
    out = samples.astype(np.float32, copy=True)
    if settings.tempo or settings.pitch_semitones:
        import librosa

        if settings.tempo:
            out = librosa.util.fix_length(librosa.effects.time_stretch(out, rate=1 + stretch), size=len(samples))
        if settings.pitch_semitones:
            out = librosa.effects.pitch_shift(out, sr=rate_hz, n_steps=semitones, res_type="soxr_qq")
    if settings.noise_db:
        level = noise * 10 ** (settings.noise_db / 20)
        out = out + rng.standard_normal(len(out), dtype=np.float32) * np.float32(level)
    return np.asarray(out * np.float32(10 ** (gain_db / 20)), dtype=np.float32)


def _check(batch: NDArray[Any], settings: AugmentSettings, time_axis: int) -> None:
    shape = batch.shape[1:]
    if settings.changes_sound and len(shape) != 1:
        raise UsageError(
            f"gain_db, noise_db, pitch_semitones and tempo change waveforms; an example has shape {shape}."
        )
    if not settings.changes_sound and settings.changes_inputs and len(shape) < 2 and not settings.mixup:
        raise UsageError(f"rotation, shift, flip, crops and masks change spectrograms and pictures; got shape {shape}.")
    if settings.crop_frames > 0 and settings.crop_frames > batch.shape[time_axis]:
        raise UsageError(
            f"crop_frames={settings.crop_frames} is more than an example's {batch.shape[time_axis]} frames."
        )


def _moved(
    batch: NDArray[Any], rngs: Sequence[np.random.Generator], settings: AugmentSettings, time_axis: int
) -> FloatArray:
    """Turn, move and flip pictures in one sampling; what was outside is filled with the nearest point of the edge."""
    draws = np.array([rng.uniform(-1, 1, 4) for rng in rngs])
    pictures = torch.from_numpy(batch.astype(np.float32))
    pictures = pictures[:, None] if pictures.ndim == 3 else pictures.permute(0, 3, 1, 2)
    n, _, height, width = pictures.shape
    angle = torch.from_numpy(np.radians(settings.rotation_deg) * draws[:, 0]).float()
    theta = torch.zeros(n, 2, 3)
    # The grid's unit is half a side: turning by an angle must stay a turn where the sides differ.
    theta[:, 0, 0] = theta[:, 1, 1] = torch.cos(angle)
    theta[:, 0, 1], theta[:, 1, 0] = -torch.sin(angle) * height / width, torch.sin(angle) * width / height
    theta[:, :, 2] = torch.from_numpy(2 * settings.shift * draws[:, 1:3]).float()
    if settings.flip:
        along = 0 if time_axis == 2 else 1
        backwards = torch.from_numpy(draws[:, 3] < 0)
        theta[backwards, :, along] *= -1
    grid = functional.affine_grid(theta, [n, 1, height, width], align_corners=False)
    moved = functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    moved = moved[:, 0] if batch.ndim == 3 else moved.permute(0, 2, 3, 1)
    return np.ascontiguousarray(moved.numpy())


def _cropped(batch: NDArray[Any], rngs: Sequence[np.random.Generator], n_frames: int, time_axis: int) -> NDArray[Any]:
    starts = [int(rng.integers(batch.shape[time_axis] - n_frames + 1)) for rng in rngs]
    pieces = [np.take(x, range(s, s + n_frames), axis=time_axis - 1) for x, s in zip(batch, starts, strict=True)]
    return np.stack(pieces)


def _equalised(batch: NDArray[Any], rngs: Sequence[np.random.Generator], share: float, bands_axis: int) -> FloatArray:
    """Add a curve over the bands to each example, straight between a few points."""
    n_bands = batch.shape[1 + bands_axis]
    at = np.linspace(0, n_bands - 1, CURVE_POINTS)
    out = batch.astype(np.float32)
    for example, rng in zip(out, rngs, strict=True):
        points = rng.normal(0, share * example.std(), CURVE_POINTS)
        curve = np.interp(np.arange(n_bands), at, points).astype(np.float32)
        along = np.moveaxis(example, bands_axis, -1)
        along += curve
    return out


def _masked(
    batch: FloatArray, rngs: Sequence[np.random.Generator], settings: AugmentSettings, time_axis: int
) -> FloatArray:
    for example, rng in zip(batch, rngs, strict=True):
        mean = example.mean()
        for axis, most in ((time_axis - 1, settings.mask_time), (2 - time_axis, settings.mask_bands)):
            along = np.moveaxis(example, axis, 0)
            for _ in range(settings.masks):
                width = int(rng.integers(0, int(most * len(along)) + 1))
                start = int(rng.integers(0, len(along) - width + 1))
                along[start : start + width] = mean
    return batch

"""Textures: how much each point of a spectrogram differs from points near it, in every band, as a sequence over time.

Tones differ little along time and much along frequency, noise and words the other way round; a steady beat differs from
what was a little earlier. Averages of such differences keep each band apart from the others, which convolutions that
pool bands early cannot. Nothing is learned here.
"""

import torch
from torch import Tensor
from torch.nn import functional

LAGS = ((0, 1), (0, 4), (0, 16), (1, 0), (2, 0), (1, 1), (1, -1), (2, 2))
"""How many bands up and frames on (below 0: back) the other point lies."""
CORNERS = (1, 2)
"""Sides of the squares of which two corners are compared with the other two."""
N_TEXTURES = 2 + len(LAGS) + len(CORNERS)
"""Numbers of each band and step: level, spread and the differences."""

LEAST = 0.03
"""Differences are taken as logarithms; it is added so that equal points have one (inputs have a deviation of 1)."""


def textures(x: Tensor, n_frames_a_step: int, *, beside: bool = True) -> Tensor:
    """Return levels, spreads and differences around each step.

    Parameters
    ----------
    x : Tensor of float32, shape (n, 1, n_bands, n_frames)
        Standardised spectrograms.
    n_frames_a_step : int
        A step is so many frames.
    beside : bool
        Whether a step's numbers are also of the frames of the steps beside it.

    Returns
    -------
    Tensor of float32, shape (n, N_TEXTURES * n_bands, n_steps)
    """
    differences = [_moved(x, bands, frames) for bands, frames in LAGS]
    differences += [_moved(_moved(x, side, 0), 0, side) for side in CORNERS]
    window = (1, n_frames_a_step)
    maps = torch.cat([x, x.square(), *(one.abs() for one in differences)], dim=1)
    steps = functional.avg_pool2d(maps, window, window, ceil_mode=True)
    if beside:
        steps = functional.avg_pool2d(steps, (1, 3), 1, (0, 1), count_include_pad=False)
    level, power, *sizes = steps.split(1, dim=1)
    spread = (power - level.square()).clamp(min=0).sqrt()
    logs = [(one + LEAST).log() for one in (spread, *sizes)]
    return torch.cat([level, *logs], dim=1).flatten(1, 2)


def _moved(x: Tensor, bands: int, frames: int) -> Tensor:
    """Return each point less the one that lies so far away; the last row or column is repeated beyond the edge."""
    padded = functional.pad(x, (max(-frames, 0), max(frames, 0), 0, bands), mode="replicate")
    other = padded[:, :, bands:]
    return x - (other[..., frames:] if frames >= 0 else other[..., :frames])

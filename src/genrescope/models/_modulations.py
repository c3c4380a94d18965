"""Modulations: how strongly each part of a spectrogram waves along time and frequency, slow to fast and wide to narrow.

A spectrogram is looked at in five sizes along time and five along frequency, each half of the one before. In each a
small complex wave of one length is laid over its points, once falling and once rising; how well it fits is a magnitude
that does not depend on where the wave begins. Rhythm is waves along time, harmonics are waves along frequency, and a
voice that glides is both at once. Averages of such magnitudes are the spectro-temporal modulations of hearing research
(Chi, Ru and Shamma 2005, doi:10.1121/1.1945807). Nothing is learned here.

Until the magnitudes all is linear along each axis: one matrix for the frames around a step and one for the bands stand
for the smaller spectrograms and their waves, instead of dozens of small convolutions of one channel.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

N_SIZES = 5
"""Sizes along each axis."""
WAVE = 2.5
"""Points of a wave; in the other sizes it spans 5, 10, 20 and 40 of the spectrogram's own frames or bands."""
SPREAD = WAVE / (2 * math.pi * 0.35)
"""Deviation of the Gaussian that a wave fades with: its band's deviation is .35 of its rate."""
REACH = 3
"""Points on each side of the middle one."""
AROUND = (REACH + 1) << (N_SIZES - 1)
"""Frames before and after a step that its waves reach in the smallest size, and one more."""
APART = (2, 2, 2, 1, 1)
"""Points from wave to wave in each size: magnitudes beside each other say nearly the same."""
BLOCK_BANDS = 8
"""Magnitudes are averaged over so many bands of the spectrogram."""

LEAST = 0.02
"""Magnitudes are taken as logarithms; it is added so that silence has one (inputs have a deviation of 1)."""


class Modulations(nn.Module):
    """Spectrograms to magnitudes of their waves around each step.

    Parameters
    ----------
    n_bands : int
        Of the spectrograms.
    n_frames_a_step : int
        A step is so many frames; `forward` takes 16, 32 or 64, and gives numbers of them and of the steps beside it.
    n_time_sizes : int
        Sizes along time, from the largest spectrogram on.
    n_around : int
        Frames before and after a step that its waves may reach.
    """

    frame_waves: Tensor
    band_waves: Tensor
    over_frames: Tensor
    over_blocks: Tensor

    def __init__(self, n_bands: int, n_frames_a_step: int, n_time_sizes: int = N_SIZES, n_around: int = AROUND) -> None:
        super().__init__()
        self.n_frames_a_step = n_frames_a_step
        frames = []
        for size, one in enumerate(_waves(n_around + n_frames_a_step + n_around)[:n_time_sizes]):
            first, last = (-(-at // (APART[size] << size)) for at in (n_around, n_around + n_frames_a_step))
            frames.append(one[:, first:last])
        bands = _waves(n_bands)
        self.n_points = sum(one.shape[1] for one in frames), sum(one.shape[1] for one in bands)
        self.register_buffer("frame_waves", _stacked(frames), persistent=False)
        self.register_buffer("band_waves", _stacked(bands), persistent=False)
        self.register_buffer("over_frames", _averages(frames, [one.shape[1] for one in frames]), persistent=False)
        blocks = [max((BLOCK_BANDS >> size) // APART[size], 1) for size in range(N_SIZES)]
        self.register_buffer("over_blocks", _averages(bands, blocks), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return logarithms of magnitudes.

        Parameters
        ----------
        x : Tensor of float32, shape (n, 1, n_bands, n_frames)
            Standardised spectrograms.

        Returns
        -------
        Tensor of float32, shape (n, count_modulations(n_bands), n_steps)
        """
        steps = self.magnitudes(self._windows(x))
        return (functional.avg_pool1d(steps, 3, 1, 1, count_include_pad=False) + LEAST).log()

    def magnitudes(self, windows: Tensor) -> Tensor:
        """Return each step's magnitudes, (n, count_modulations(...), n_steps).

        `windows` are each step's frames and those that its waves may reach, (n, n_bands, n_steps, n_window_frames).
        """
        (cc, cs, cl), (sc, ss, sl), (lc, ls, _) = self._waved(windows)
        both = torch.stack([_size(cc - ss, cs + sc), _size(cc + ss, cs - sc)], dim=1)
        bands = _size(cl, sl).mean(dim=2, keepdim=True)
        found = [
            self._over_frames(self._over_blocks(both)),
            self._over_blocks(bands),
            self._over_frames(_size(lc, ls)),
        ]
        return torch.cat([one.flatten(1, -2) for one in found], dim=1)

    def _windows(self, x: Tensor) -> Tensor:
        blocks = self._with_edges(x).unflatten(3, (-1, self.n_frames_a_step))[:, 0]
        n_around = AROUND // self.n_frames_a_step
        n_steps = blocks.shape[2] - 2 * n_around
        return torch.cat([blocks[:, :, at : at + n_steps] for at in range(2 * n_around + 1)], dim=3)

    def _waved(self, windows: Tensor) -> list[tuple[Tensor, ...]]:
        """Return cosine, sine and level along bands (rows), each of those along frames: (n, points, points, steps)."""
        frames = (windows @ self.frame_waves.T).transpose(2, 3)
        both = (self.band_waves @ frames.flatten(2)).unflatten(2, frames.shape[2:])
        (along, across), (n_along, n_across) = self.n_points, map(len, (self.frame_waves, self.band_waves))
        rows = both.split([across, across, n_across - 2 * across], dim=1)
        return [row.split([along, along, n_along - 2 * along], dim=2) for row in rows]

    def _with_edges(self, x: Tensor) -> Tensor:
        """Return whole steps and what their waves reach: the end is mirrored, the edges are repeated."""
        n = x.shape[3]
        n_steps = -(-n // self.n_frames_a_step)
        places = torch.arange(-AROUND, n_steps * self.n_frames_a_step + AROUND, device=x.device)
        places = torch.minimum(places, 2 * n - 1 - places).clamp(0, n - 1)
        return x.gather(3, places.expand(*x.shape[:3], -1))

    def _over_blocks(self, x: Tensor) -> Tensor:
        """(…, points along bands, m, n_steps) to (…, blocks, m, n_steps)."""
        return (self.over_blocks @ x.flatten(-2)).unflatten(-1, x.shape[-2:])

    def _over_frames(self, x: Tensor) -> Tensor:
        """(…, points along frames, n_steps) to (…, sizes along time, n_steps)."""
        return self.over_frames @ x


def count_modulations(n_bands: int, n_time_sizes: int = N_SIZES) -> int:
    """Return how many numbers a step has."""
    halved = [-(-n_bands // 2**size) for size in range(N_SIZES)]
    n_blocks = sum(-(-n // max(BLOCK_BANDS >> size, 1)) for size, n in enumerate(halved))
    return 2 * n_time_sizes * n_blocks + n_blocks + n_time_sizes * halved[-1]


def _waves(n: int) -> list[Tensor]:
    """Return what makes cosine, sine and mere level of each size's points out of n points, (3, points, n) each."""
    found, smaller = [], torch.eye(n)
    blur = torch.tensor([0.25, 0.5, 0.25])
    for size, apart in enumerate(APART):
        smaller = _laid(blur, smaller, 2) if size else smaller
        waves = [*(_laid(wave, smaller, apart) for wave in _wave()), smaller[:, ::apart]]
        found.append(torch.stack(waves).transpose(1, 2))
    return found


def _laid(kernel: Tensor, lines: Tensor, apart: int) -> Tensor:
    """Return a kernel over every so many points of lines (n, points), whose ends are repeated."""
    reach = len(kernel) // 2
    padded = functional.pad(lines[:, None], (reach, reach), mode="replicate")
    return functional.conv1d(padded, kernel[None, None], stride=apart)[:, 0]


def _wave() -> tuple[Tensor, Tensor]:
    """Return cosine and sine under a Gaussian; what is constant fits neither."""
    points = torch.arange(-REACH, REACH + 1)
    gauss = torch.exp(-0.5 * (points / SPREAD) ** 2)
    gauss = gauss / gauss.sum()
    angle = 2 * math.pi * points / WAVE
    cosine = gauss * torch.cos(angle)
    return cosine - gauss * cosine.sum(), gauss * torch.sin(angle)


def _stacked(sizes: Sequence[Tensor]) -> Tensor:
    """Return all cosines, all sines, and the level of the smallest size: (rows, n)."""
    cosines, sines, _ = torch.cat(list(sizes), dim=1)
    return torch.cat([cosines, sines, sizes[-1][2]])


def _averages(sizes: Sequence[Tensor], points: Sequence[int]) -> Tensor:
    """Return what averages each size's points, so many at a time."""
    each = []
    for size, n in zip(sizes, points, strict=True):
        block = torch.arange(size.shape[1]) // n
        members = functional.one_hot(block).T.float()
        each.append(members / members.sum(dim=1, keepdim=True))
    return torch.block_diag(*each)


def _size(real: Tensor, imaginary: Tensor) -> Tensor:
    # No number is added for a gradient at 0, since none flows here; the exporter would leave one so small out.
    return (real.square() + imaginary.square()).sqrt()

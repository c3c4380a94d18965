"""Modulations: how strongly each part of a spectrogram waves along time and frequency, slow to fast and wide to narrow.

A spectrogram is looked at in five sizes along time and five along frequency, each half of the one before. In each a
small complex wave of one length is laid over every point, once falling and once rising; how well it fits is a magnitude
that does not depend on where the wave begins. Rhythm is waves along time, harmonics are waves along frequency, and a
voice that glides is both at once. Averages of such magnitudes are the spectro-temporal modulations of hearing research
(Chi, Ru and Shamma 2005, doi:10.1121/1.1945807). Nothing is learned here.
"""

import math

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
BLOCK_BANDS = 8
"""Magnitudes are averaged over so many bands of the spectrogram."""

LEAST = 0.02
"""Magnitudes are taken as logarithms; it is added so that silence has one (inputs have a deviation of 1)."""


class Modulations(nn.Module):
    """Spectrograms to magnitudes of their waves around each step.

    Parameters
    ----------
    n_frames_a_step : int
        A step is so many frames, a power of two from 16; its numbers are of them and of those of the steps beside it.
    """

    along: Tensor
    across: Tensor
    blur: Tensor

    def __init__(self, n_frames_a_step: int) -> None:
        super().__init__()
        self.n_frames_a_step = n_frames_a_step
        cosine, sine = _wave()
        self.register_buffer("along", torch.stack([cosine, sine])[:, None, None], persistent=False)
        self.register_buffer("across", torch.stack([cosine, sine] * 2)[:, None, :, None], persistent=False)
        self.register_buffer("blur", torch.tensor([0.25, 0.5, 0.25]).view(1, 1, 1, 3), persistent=False)

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
        found: list[Tensor] = []
        for time in range(N_SIZES):
            x = self._half(x) if time else x
            smaller = x
            for band in range(N_SIZES):
                smaller = self._half(smaller.transpose(2, 3)).transpose(2, 3) if band else smaller
                found += [self._over_step(one, time, band) for one in self._magnitudes(smaller, time, band)]
        beside = functional.avg_pool1d(torch.cat(found, dim=1), 3, 1, 1, count_include_pad=False)
        return (beside + LEAST).log()

    def _magnitudes(self, x: Tensor, time: int, band: int) -> list[Tensor]:
        """Return falling and rising waves; of the smallest sizes also waves along one axis alone."""
        along = functional.conv2d(functional.pad(x, (REACH, REACH, 0, 0), mode="replicate"), self.along)
        both = functional.conv2d(functional.pad(along, (0, 0, REACH, REACH), mode="replicate"), self.across, groups=2)
        cc, cs, sc, ss = both.chunk(4, dim=1)
        found = [_size(cc - ss, cs + sc), _size(cc + ss, cs - sc)]
        if band == N_SIZES - 1:
            found.append(_size(*along.chunk(2, dim=1)))
        if time == N_SIZES - 1:
            tall = functional.pad(x, (0, 0, REACH, REACH), mode="replicate")
            found.append(_size(*functional.conv2d(tall, self.across[:2]).chunk(2, dim=1)))
        return found

    def _half(self, x: Tensor) -> Tensor:
        """Return half the frames, rounded up."""
        return functional.conv2d(functional.pad(x, (1, 1, 0, 0), mode="replicate"), self.blur, stride=(1, 2))

    def _over_step(self, x: Tensor, time: int, band: int) -> Tensor:
        window = (_block(band), self.n_frames_a_step >> time)
        return functional.avg_pool2d(x, window, window, ceil_mode=True)[:, 0]


def count_modulations(n_bands: int) -> int:
    """Return how many numbers a step has."""
    blocks = [-(-_halved(n_bands, band) // _block(band)) for band in range(N_SIZES)]
    return 2 * N_SIZES * sum(blocks) + N_SIZES * blocks[-1] + sum(blocks)


def _halved(n: int, times: int) -> int:
    return -(-n // 2**times)


def _block(band: int) -> int:
    return max(BLOCK_BANDS >> band, 1)


def _wave() -> tuple[Tensor, Tensor]:
    """Return cosine and sine under a Gaussian; what is constant fits neither."""
    points = torch.arange(-REACH, REACH + 1)
    gauss = torch.exp(-0.5 * (points / SPREAD) ** 2)
    gauss = gauss / gauss.sum()
    angle = 2 * math.pi * points / WAVE
    cosine = gauss * torch.cos(angle)
    return cosine - gauss * cosine.sum(), gauss * torch.sin(angle)


def _size(real: Tensor, imaginary: Tensor) -> Tensor:
    # No number is added for a gradient at 0, since none flows here; the exporter would leave one so small out.
    return (real.square() + imaginary.square()).sqrt()

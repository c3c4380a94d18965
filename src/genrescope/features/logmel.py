"""Log-mel spectrogram as a layer, so that it travels inside the exported graph.

The short-time Fourier transform is a convolution with the windowed DFT basis: every runtime and browser runs it alike.
Checked against librosa in the tests ("drift"): there is no second front end.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

FloatMatrix = NDArray[np.float64]


@dataclass(frozen=True)
class LogMelSettings:
    """How a log-mel spectrogram is made.

    Attributes
    ----------
    sample_rate_hz : int
        Rate of the waveform.
    n_fft, window_samples, hop_samples : int
        DFT length, length of the periodic Hann window in it, and step, in samples.
    n_mels : int
        Bands between `low_hz` and `high_hz`.
    mel_scale : {"slaney", "htk"}
        Slaney's bands have unit area, HTK's have unit height, as their common users have it.
    power : {1, 2}
        Magnitude or power spectrum.
    gain, offset, log10 : float, float, bool
        The output is ``log(gain * mel + offset)``, to base 10 where `log10`.
    """

    sample_rate_hz: int
    n_fft: int
    window_samples: int
    hop_samples: int
    n_mels: int
    low_hz: float
    high_hz: float
    mel_scale: Literal["slaney", "htk"]
    power: Literal[1, 2]
    gain: float
    offset: float
    log10: bool


MUSICNN = LogMelSettings(16_000, 512, 512, 256, 96, 0.0, 8_000.0, "slaney", 2, 10_000.0, 1.0, log10=True)
"""187 × 96 input of musicnn (Pons and Serra 2019)."""

VGGISH = LogMelSettings(16_000, 512, 400, 160, 64, 125.0, 7_500.0, "htk", 1, 1.0, 0.001, log10=False)
"""96 × 64 input of YAMNet; VGGish differs in its offset alone (Hershey et al. 2017)."""


def hz_to_mel(hz: FloatMatrix, scale: str) -> FloatMatrix:
    """Return the mel number of frequencies in Hz, on Slaney's scale (linear below 1 kHz) or HTK's."""
    if scale == "htk":
        return 2595.0 * np.log10(1.0 + hz / 700.0)
    return np.where(hz < 1000.0, hz * 3.0 / 200.0, 15.0 + np.log(np.maximum(hz, 1e-9) / 1000.0) * 27.0 / np.log(6.4))


def mel_to_hz(mel: FloatMatrix, scale: str) -> FloatMatrix:
    """Return frequencies in Hz of mel numbers; the inverse of `hz_to_mel`."""
    if scale == "htk":
        return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))
    return np.where(mel < 15.0, mel * 200.0 / 3.0, 1000.0 * np.exp((mel - 15.0) * np.log(6.4) / 27.0))


def mel_filters(settings: LogMelSettings) -> FloatMatrix:
    """Return triangular mel filters, shape (n_fft // 2 + 1, n_mels).

    HTK's triangles are straight in mel, Slaney's in Hz, as in the programs that made them known.
    """
    scale = settings.mel_scale
    bins_hz = np.linspace(0, settings.sample_rate_hz / 2, settings.n_fft // 2 + 1)
    ends = hz_to_mel(np.array([settings.low_hz, settings.high_hz]), scale)
    corners = np.linspace(ends[0], ends[1], settings.n_mels + 2)
    axis, corners = (hz_to_mel(bins_hz, scale), corners) if scale == "htk" else (bins_hz, mel_to_hz(corners, scale))
    low, middle, high = corners[:-2], corners[1:-1], corners[2:]
    rising = (axis[:, None] - low) / (middle - low)
    falling = (high - axis[:, None]) / (high - middle)
    filters = np.maximum(0.0, np.minimum(rising, falling))
    if scale == "htk":
        filters[0] = 0.0  # HTK leaves the DC bin out
        return filters
    return filters * (2.0 / (high - low))


def dft_basis(settings: LogMelSettings) -> FloatMatrix:
    """Return the windowed DFT basis, shape (2 * (n_fft // 2 + 1), window_samples): all cosines, then all sines."""
    n = np.arange(settings.window_samples)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / settings.window_samples)
    angle = 2 * np.pi * np.arange(settings.n_fft // 2 + 1)[:, None] * n / settings.n_fft
    return np.concatenate([np.cos(angle), -np.sin(angle)]) * window


class LogMel(nn.Module):
    """Waveform (n, n_samples) to log-mel (n, n_frames, n_mels); frames lie whole inside the waveform (no padding).

    Parameters
    ----------
    settings : LogMelSettings
        How the spectrogram is made; ``n_frames = 1 + (n_samples - window_samples) // hop_samples``.
    """

    basis: Tensor
    mel: Tensor

    def __init__(self, settings: LogMelSettings) -> None:
        super().__init__()
        self.settings = settings
        basis = torch.from_numpy(dft_basis(settings).astype(np.float32))
        self.register_buffer("basis", basis[:, None, :], persistent=False)
        mel = torch.from_numpy(mel_filters(settings).astype(np.float32))
        self.register_buffer("mel", mel.T[:, :, None].contiguous(), persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        """Return log-mel, shape (n, n_frames, n_mels), of a waveform of shape (n, n_samples)."""
        settings = self.settings
        spectrum = nn.functional.conv1d(waveform[:, None, :], self.basis, stride=settings.hop_samples)
        real, imaginary = spectrum.chunk(2, dim=1)
        power = real * real + imaginary * imaginary
        if settings.power == 1:
            power = torch.sqrt(power)
        mel = nn.functional.conv1d(power, self.mel)
        level = settings.gain * mel + settings.offset
        return (torch.log10(level) if settings.log10 else torch.log(level)).transpose(1, 2)

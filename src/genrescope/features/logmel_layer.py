"""Log-mel spectrogram as a layer, so that it travels inside the exported graph.

The short-time Fourier transform is a convolution with the windowed DFT basis: every runtime and browser runs it alike.
Checked against librosa and `genrescope.features.logmel` in the tests ("drift"): there is no second front end.
"""

import numpy as np
import torch
from torch import Tensor, nn

from genrescope.errors import UsageError
from genrescope.features.logmel import FloatMatrix, LogMelSettings, mel_filters


def dft_basis(settings: LogMelSettings) -> FloatMatrix:
    """Return the windowed DFT basis, shape (2 * (n_fft // 2 + 1), window): all cosines, then all sines."""
    n = np.arange(settings.window)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / settings.window)
    angle = 2 * np.pi * np.arange(settings.n_fft // 2 + 1)[:, None] * n / settings.n_fft
    return np.concatenate([np.cos(angle), -np.sin(angle)]) * window


class MelLevels(nn.Module):
    """Waveform (n, n_samples) to magnitude or power in mel bands, before any logarithm, (n, n_mels, n_frames).

    Frames lie whole inside the waveform: ``n_frames = 1 + (n_samples - window) // hop_samples``.

    Parameters
    ----------
    settings : LogMelSettings
        How the bands are made.
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
        """Return the bands, shape (n, n_mels, n_frames), of a waveform of shape (n, n_samples)."""
        spectrum = nn.functional.conv1d(waveform[:, None, :], self.basis, stride=self.settings.hop_samples)
        real, imaginary = spectrum.chunk(2, dim=1)
        power = real * real + imaginary * imaginary
        return nn.functional.conv1d(torch.sqrt(power) if self.settings.power == 1 else power, self.mel)


class LogMel(MelLevels):
    """Waveform (n, n_samples) to log-mel (n, n_frames, n_mels); frames lie whole inside the waveform (no padding).

    Parameters
    ----------
    settings : LogMelSettings
        How the spectrogram is made; ``n_frames = 1 + (n_samples - window) // hop_samples``.

    Raises
    ------
    UsageError
        The settings ask for what a window of a stream cannot know: silence around the whole, or its loudest value.
    """

    def __init__(self, settings: LogMelSettings) -> None:
        if settings.center or settings.log == "db" or settings.n_frames is not None:
            raise UsageError(
                "inside a model a log-mel spectrogram has center=False, log='log10' or 'ln', and no n_frames; "
                f"got center={settings.center}, log={settings.log!r}, n_frames={settings.n_frames}."
            )
        super().__init__(settings)

    def forward(self, waveform: Tensor) -> Tensor:
        """Return log-mel, shape (n, n_frames, n_mels), of a waveform of shape (n, n_samples)."""
        settings = self.settings
        level = settings.gain * super().forward(waveform) + settings.offset
        return (torch.log10(level) if settings.log == "log10" else torch.log(level)).transpose(1, 2)

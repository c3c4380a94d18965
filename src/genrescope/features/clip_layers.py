"""Log-mel and MFCC of whole clips as layers, so that they travel inside an exported network.

A network that learned from clips of one length hears windows of that length later: each window is then the clip, its
loudest value and the silence around it too. The numbers are those of `genrescope.features.logmel` and
`genrescope.features.mfcc` (tests hold them together): there is no second front end.
"""

import math

import torch
from torch import Tensor, nn

from genrescope.errors import UsageError
from genrescope.features.logmel import QUIETEST, LogMelSettings
from genrescope.features.logmel_layer import MelLevels
from genrescope.features.mfcc import MfccSettings, cosines

ClipSettings = LogMelSettings | MfccSettings


class ClipLayer(nn.Module):
    """Clips (n, n_samples) to a feature (n, n_frames, n_bands), each clip by itself.

    Parameters
    ----------
    settings : LogMelSettings or MfccSettings
        Any that the features take.
    n_frames : int
        Frames of a clip; its length is `clip_samples`.

    Raises
    ------
    UsageError
        The settings want another number of frames.
    """

    turn: Tensor

    def __init__(self, settings: ClipSettings, n_frames: int) -> None:
        super().__init__()
        mel = settings.mel if isinstance(settings, MfccSettings) else settings
        if n_frames <= 0 or mel.n_frames not in {None, n_frames}:
            raise UsageError(f"the network takes {n_frames} frames, and the feature's n_frames={mel.n_frames}.")
        self.settings, self.mel, self.n_frames = settings, mel, n_frames
        self.levels = MelLevels(mel)
        if isinstance(settings, MfccSettings):
            turn = torch.from_numpy(cosines(settings.n_mels, settings.n_mfcc))
            self.register_buffer("turn", turn, persistent=False)

    @property
    def clip_samples(self) -> int:
        """The shortest clip, in samples, that has so many frames."""
        return (self.n_frames - 1) * self.mel.hop_samples + (0 if self.mel.center else self.mel.window)

    def shares_frames(self, hop_samples: int) -> bool:
        """Whether clips that begin `hop_samples` apart have frames in common, so that one pass serves them all."""
        return not self.mel.center and hop_samples % self.mel.hop_samples == 0

    def forward(self, clips: Tensor) -> Tensor:
        """Return the feature, shape (n, n_frames, n_bands), of clips of shape (n, clip_samples)."""
        if self.mel.center:
            before = self.mel.n_fft // 2 - (self.mel.n_fft - self.mel.window) // 2
            clips = nn.functional.pad(clips, (before, self.mel.window - before))
        return self.finish(self.levels(clips)[:, :, : self.n_frames])

    def windows(self, waveform: Tensor, hop_samples: int) -> Tensor:
        """Return the feature of each window, (n, n_windows, n_frames, n_bands), of waveforms (n, n_samples)."""
        if not self.shares_frames(hop_samples):
            clips = _cut(waveform, self.clip_samples, hop_samples)
            return self.forward(clips.flatten(0, 1)).unflatten(0, (-1, clips.shape[1]))
        cut = self.levels(waveform).unfold(2, self.n_frames, hop_samples // self.mel.hop_samples).transpose(1, 2)
        return self.finish(cut.flatten(0, 1)).unflatten(0, (-1, cut.shape[1]))

    def finish(self, levels: Tensor) -> Tensor:
        """Return the feature, shape (n, n_frames, n_bands), of the clips' mel bands (n, n_mels, n_frames)."""
        settings = self.settings
        if isinstance(settings, MfccSettings):
            return _decibels(levels, 2, settings.top_db, relative=False).transpose(1, 2) @ self.turn
        if settings.log == "db":
            return _decibels(levels, settings.power, settings.top_db, relative=True).transpose(1, 2)
        raised = settings.gain * levels + settings.offset
        return (torch.log10(raised) if settings.log == "log10" else torch.log(raised)).transpose(1, 2)


def _cut(waveform: Tensor, size: int, hop: int) -> Tensor:
    """Return windows, shape (n, n_windows, size), as `Tensor.unfold` does.

    They are put together from pieces of one hop: an exported graph keeps an index for each piece, and unfolding alone
    would make it keep one for each sample.
    """
    n_pieces = -(-size // hop)
    n_windows = 1 + (waveform.shape[1] - size) // hop
    filled = nn.functional.pad(waveform, (0, n_pieces * hop - size))[:, : (n_windows - 1 + n_pieces) * hop]
    pieces = filled.unflatten(1, (n_windows - 1 + n_pieces, hop)).unfold(1, n_pieces, 1)
    return pieces.transpose(2, 3).flatten(2)[:, :, :size]


def _decibels(levels: Tensor, power: int, top_db: float, *, relative: bool) -> Tensor:
    """`genrescope.features.logmel.decibels` of each clip: relative to its loudest, or to full scale."""
    decibels = 20 / power * torch.log10(levels.clamp(min=QUIETEST ** (power / 2)))
    loudest = decibels.amax(dim=(1, 2), keepdim=True)
    above_floor = torch.maximum(decibels, loudest - top_db)
    return above_floor - loudest if relative else above_floor


def longest_hop(settings: ClipSettings, seconds: float = 1.0) -> int:
    """Return the longest step, in samples and at most `seconds`, that is a whole number of frames.

    Examples
    --------
    >>> longest_hop(LogMelSettings(sample_rate_hz=22_050, hop_samples=512))
    22016
    """
    return max(1, math.floor(seconds * settings.sample_rate_hz / settings.hop_samples)) * settings.hop_samples

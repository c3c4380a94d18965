"""scope-windows: scope-net as a trunk that says what musicnn says, each window from what lies inside it (ours).

Textures and modulations of half a hop's frames are computed once, and serve all windows that overlap there; a dense
layer and one over neighbours follow. A window pools over its inner steps, whose waves and differences reach its ends
and no farther: its embedding depends on the window's samples alone, wherever the waveform was cut.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from genrescope.features.logmel import MUSICNN
from genrescope.models._modulations import LEAST, REACH, Modulations, count_modulations
from genrescope.models._network import Standardise
from genrescope.models._textures import N_TEXTURES, textures
from genrescope.models.musicnn import HOP_FRAMES, N_EMBEDDING, N_FRAMES

STEP_FRAMES = HOP_FRAMES // 2
N_TIME_SIZES = 4
"""With them a step's waves reach one step before it and one after it."""
AROUND = ((REACH + 1) << (N_TIME_SIZES - 1)) - 1
N_STEPS = N_FRAMES // STEP_FRAMES - 2
"""Of a window, without its first and last."""


class ScopeWindows(nn.Module):
    """Log-mel frames to the embedding of each window of 187 frames, one every 62.

    Parameters
    ----------
    width : int
        Numbers of a step.
    n_dense : int
        Numbers between the pooled steps and the embedding.
    dropout : float
        Share of textures and modulations that each training step leaves out.
    """

    def __init__(self, width: int = 256, n_dense: int = 320, dropout: float = 0.1) -> None:
        super().__init__()
        n_bands = MUSICNN.n_mels
        self.standardise = Standardise(n_bands, alike=True)
        self.modulations = Modulations(n_bands, STEP_FRAMES, N_TIME_SIZES, AROUND)
        n_heard = N_TEXTURES * n_bands + count_modulations(n_bands, N_TIME_SIZES)
        self.each = nn.Sequential(nn.BatchNorm1d(n_heard), nn.Dropout(dropout), *_layer(n_heard, width, 1))
        self.pairs = nn.Sequential(*_layer(width, width, 2))
        self.dense = nn.Sequential(nn.Linear(4 * width, n_dense), nn.ReLU(), nn.Linear(n_dense, N_EMBEDDING))

    def forward(self, mel: Tensor) -> Tensor:
        """(n, n_frames, 96) to (n, n_windows, 200)."""
        each = self.each(self._heard(mel))
        pooled = [*_over_windows(each, N_STEPS), *_over_windows(self.pairs(each), N_STEPS - 1)]
        return self.dense(torch.cat(pooled, dim=1).transpose(1, 2))

    @torch.no_grad()
    def _heard(self, mel: Tensor) -> Tensor:
        """Return textures and modulations of every step but the first and last, which no window pools over."""
        # Six steps are a frame less than a window: without the last frame none stands for a window that is not there.
        x = self.standardise(mel[:, :-1].transpose(1, 2))
        waves = self.modulations.magnitudes(x.unfold(2, AROUND + STEP_FRAMES + AROUND, STEP_FRAMES))
        levels = textures(x[:, None], STEP_FRAMES, beside=False)
        return torch.cat([levels[..., 1 : 1 + waves.shape[2]], (waves + LEAST).log()], dim=1)


def _layer(n_in: int, n_out: int, n_steps: int) -> tuple[nn.Module, ...]:
    return nn.Conv1d(n_in, n_out, n_steps, bias=False), nn.BatchNorm1d(n_out), nn.ReLU()


def _over_windows(steps: Tensor, n_steps: int) -> tuple[Tensor, Tensor]:
    """Return largest and mean of each window's steps: (n, width, all steps) to (n, width, n_windows)."""
    size, apart = (n_steps, 1), (HOP_FRAMES // STEP_FRAMES, 1)
    column = steps[..., None]
    return functional.max_pool2d(column, size, apart)[..., 0], functional.avg_pool2d(column, size, apart)[..., 0]

"""scope-vgg16: VGG16's third block from ImageNet beside scope-net's textures and modulations (ours).

The higher a layer of VGG16, the more it is about photographs. What its third block gives is averaged over time and over
groups of bands, so that low bands stay apart from high ones, and stands beside textures and modulations; all of that is
frozen and computed once. What learns is scope-net's dense layer; the picture's answer is the mean over its steps.

1,735,488 weights in the base; 858,632 more learn on pictures of 128 rows with 8 genres.
"""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from genrescope.models._attention import dense_steps
from genrescope.models._modulations import Modulations, count_modulations
from genrescope.models._network import Activation, InputForm, TimedNetwork, TrunkNetwork, freeze
from genrescope.models._textures import N_TEXTURES, textures
from genrescope.models._vgg16 import MIN_SIZE, Photograph, vgg16_base

CONV_3_3, N_CHANNELS, POINT = 15, 256, 4
"""Last place of the third block in the base, what it has of channels, and how many pixels each way make a point."""
BLOCK_BANDS = 16
"""What the base gives is averaged over so many bands of the picture."""
STEP_FRAMES = 32
"""Frames of a step."""

LEAST = 0.1
"""The base's numbers are taken as logarithms; this share of their mean is added so that 0 has one."""


@dataclass(frozen=True)
class ScopeVgg16Settings:
    """What may be changed.

    Attributes
    ----------
    n_embedding : int
        Numbers of a step, and of the embedding.
    dropout : float
        Share of the steps' numbers that each training step leaves out.
    trunk_dropout : float
        Share of what the trunk gives that each training step leaves out.
    activation : {"relu", "leaky-relu", "prelu"}
    """

    n_embedding: int = 192
    dropout: float = 0.3
    trunk_dropout: float = 0.5
    activation: Activation = "relu"


class SeenAndHeard(nn.Module):
    """Pictures (0 to 255) to what VGG16, textures and modulations say of them: (n, count_numbers(height), n_steps)."""

    def __init__(self, form: InputForm) -> None:
        super().__init__()
        self.photograph = Photograph(form)
        self.base = vgg16_base()[: CONV_3_3 + 1]
        self.modulations = Modulations(form.n_bands, STEP_FRAMES)

    def forward(self, x: Tensor) -> Tensor:
        """Return logarithms and levels."""
        grey = (x.float() if x.ndim == 3 else x.float().mean(dim=3))[:, None]
        spread = grey.std(dim=(2, 3), keepdim=True) + 1  # of 255: a blank picture stays blank
        grey = (grey - grey.mean(dim=(2, 3), keepdim=True)) / spread
        found = [self._seen(x), textures(grey, STEP_FRAMES), self.modulations(grey)]
        n_steps = min(one.shape[2] for one in found)  # a rest of columns that makes no point of the base is left out
        return torch.cat([one[..., :n_steps] for one in found], dim=1)

    def _seen(self, x: Tensor) -> Tensor:
        window = (BLOCK_BANDS // POINT, STEP_FRAMES // POINT)
        averages = functional.avg_pool2d(self.base(self.photograph(x)), window, window, ceil_mode=True)
        usual = averages.mean(dim=(1, 2, 3), keepdim=True) + 1e-3
        return (averages / usual + LEAST).log().flatten(1, 2)


def count_numbers(n_bands: int) -> int:
    """Return how many numbers a step has."""
    n_blocks = -(-(n_bands // POINT * POINT) // BLOCK_BANDS)
    return N_CHANNELS * n_blocks + N_TEXTURES * n_bands + count_modulations(n_bands)


class ScopeVgg16(TrunkNetwork, TimedNetwork):
    """Pictures (0 to 255) to genres; the embedding is the mean over steps (192)."""

    def __init__(self, settings: ScopeVgg16Settings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_picture("scope-vgg16", MIN_SIZE)
        self.trunk = SeenAndHeard(form)
        freeze(self.trunk)
        n_in = count_numbers(form.n_bands)
        self.dense = dense_steps(n_in, settings.n_embedding, settings.trunk_dropout, settings.activation)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.n_embedding, n_labels)

    @property
    def base(self) -> nn.Sequential:
        """VGG16's layers up to its third block."""
        return cast(nn.Sequential, self.trunk.get_submodule("base"))

    @property
    def photograph(self) -> Photograph:
        """What feeds the base."""
        return cast(Photograph, self.trunk.get_submodule("photograph"))

    def top_answer(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, n_embedding) of what the trunk gave."""
        steps = self.dense(features).transpose(1, 2)
        return self.output(self.dropout(steps)).mean(dim=1), steps.mean(dim=1)

    def over_time(self, x: Tensor) -> Tensor:
        """Return log-probabilities, shape (n, n_steps, n_labels), in steps of 32 frames."""
        return self.output(self.dense(self.trunk(x)).transpose(1, 2)).log_softmax(dim=-1)

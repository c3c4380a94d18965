"""scope-net: textures and modulations of every band, with attention over time; convolutions beside them on wish (ours).

Textures and modulations (see `_textures` and `_modulations`) go through one dense layer to a sequence over time.
Attention weighs its steps; each step can be asked for its own answer.

A `width` above 0 adds a small residual network to that sequence: convolutions without bias, each followed by a batch
norm. The first one and a pooling halve bands and frames twice, before the work begins; then come residual pairs, and
each stage but the first halves them again. Pitch is not like a picture's height: each band has a learned offset after
the first convolution, and the bands that are left at the end are joined by a convolution of their whole height.

461,513 weights at 128 bands and 8 genres; 667,641 with a width of 16.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from genrescope.errors import UsageError
from genrescope.models._attention import AttentionEnd, dense_steps
from genrescope.models._modulations import Modulations, count_modulations
from genrescope.models._network import Activation, InputForm, Intake, TimedNetwork, activation, pooled
from genrescope.models._textures import N_TEXTURES, textures

STAGES = (1, 2, 4, 4)
"""Width of each stage, in units of the first."""

STEP_FRAMES = 4 * 2 ** (len(STAGES) - 1)
"""Frames of a step: what the convolutions make one of."""

LEAST_BANDS = 16
"""With fewer, nothing is left to join."""


@dataclass(frozen=True)
class ScopeNetSettings:
    """What may be changed.

    Attributes
    ----------
    width : int
        Channels of the convolutions' first stage; 0 leaves them out.
    n_blocks : int
        Residual pairs a stage.
    n_embedding : int
        Numbers of a step, and of the embedding.
    dropout : float
        Share of the embedding that each training step leaves out.
    textures, modulations : bool
        Whether there are textures, and modulations.
    wave_dropout : float
        Share of both that each training step leaves out.
    activation : {"relu", "leaky-relu", "prelu"}
    """

    width: int = 0
    n_blocks: int = 1
    n_embedding: int = 192
    dropout: float = 0.3
    textures: bool = True
    modulations: bool = True
    wave_dropout: float = 0.5
    activation: Activation = "relu"


class Residual(nn.Module):
    """Two convolutions beside a shortcut: (n, n_in, h, w) to (n, n_out, h / stride, w / stride)."""

    def __init__(self, n_in: int, n_out: int, stride: int, name: Activation) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(n_out),
            activation(name),
            nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False),
            nn.BatchNorm2d(n_out),
        )
        same = stride == 1 and n_in == n_out
        self.shortcut = nn.Identity() if same else _shortcut(n_in, n_out, stride)
        self.activation = activation(name)

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum, activated."""
        return self.activation(self.body(x) + self.shortcut(x))


def _shortcut(n_in: int, n_out: int, stride: int) -> nn.Sequential:
    pool = nn.AvgPool2d(stride, ceil_mode=True) if stride > 1 else nn.Identity()
    return nn.Sequential(pool, nn.Conv2d(n_in, n_out, 1, bias=False), nn.BatchNorm2d(n_out))


class Waves(nn.Module):
    """Textures, modulations and a dense layer on each step: (n, 1, n_bands, n_frames) to (n, n_out, n_steps)."""

    def __init__(self, n_bands: int, n_out: int, settings: ScopeNetSettings) -> None:
        super().__init__()
        self.textures = settings.textures
        self.modulations = Modulations(n_bands, STEP_FRAMES) if settings.modulations else None
        n_in = N_TEXTURES * n_bands * settings.textures + count_modulations(n_bands) * settings.modulations
        self.dense = dense_steps(n_in, n_out, settings.wave_dropout, settings.activation)

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's output."""
        with torch.no_grad():  # nothing below it learns
            seen = [textures(x, STEP_FRAMES)] if self.textures else []
            seen += [self.modulations(x)] if self.modulations is not None else []
        return self.dense(torch.cat(seen, dim=1))


class Convolutions(nn.Module):
    """The residual network: (n, 1, n_bands, n_frames) to (n, n_out, n_steps)."""

    def __init__(self, n_bands: int, n_out: int, settings: ScopeNetSettings) -> None:
        super().__init__()
        width, name = settings.width, settings.activation
        self.first = nn.Sequential(nn.Conv2d(1, width, 5, 2, 2, bias=False), nn.BatchNorm2d(width))
        height = -(-n_bands // 2)
        self.pitch = nn.Parameter(torch.zeros(1, width, height, 1))
        self.start = pooled(name, nn.MaxPool2d(3, 2, 1))
        height = -(-height // 2)
        blocks: list[nn.Module] = []
        n_in = width
        for stage, times in enumerate(STAGES):
            for block in range(settings.n_blocks):
                blocks.append(Residual(n_in, times * width, 2 if stage > 0 and block == 0 else 1, name))
                n_in = times * width
            height = height if stage == 0 else -(-height // 2)
        self.blocks = nn.Sequential(*blocks)
        joined = nn.Conv2d(n_in, n_out, (height, 1), bias=False)
        self.join = nn.Sequential(joined, nn.BatchNorm2d(n_out), activation(name))

    def forward(self, x: Tensor) -> Tensor:
        """Return what is left of the bands, joined."""
        return self.join(self.blocks(self.start(self.first(x) + self.pitch)))[:, :, 0]


class ScopeNet(TimedNetwork):
    """Spectrograms or pictures of any length to genres; the embedding is what attention gathers (192)."""

    def __init__(self, settings: ScopeNetSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_two_axes("scope-net")
        if form.n_bands < LEAST_BANDS:
            raise UsageError(f"scope-net takes at least {LEAST_BANDS} bands; got {form.n_bands}.")
        self.intake = Intake(form, any_length=True)
        self.listeners = nn.ModuleList(_listeners(settings, form.n_bands))
        self.end = AttentionEnd(settings.n_embedding, settings.dropout, n_labels)

    def steps(self, x: Tensor) -> Tensor:
        """Return what is heard in each step of 32 frames, shape (n, n_steps, n_embedding)."""
        bands = self.intake(x)
        return sum(listener(bands) for listener in self.listeners).transpose(1, 2)

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, n_embedding)."""
        return self.end(self.steps(x))

    def over_time(self, x: Tensor) -> Tensor:
        """Return log-probabilities, shape (n, n_steps, n_labels), in steps of 32 frames."""
        return self.end.over_time(self.steps(x))


def _listeners(settings: ScopeNetSettings, n_bands: int) -> list[nn.Module]:
    found: list[nn.Module] = []
    if settings.textures or settings.modulations:
        found.append(Waves(n_bands, settings.n_embedding, settings))
    if settings.width:
        found.append(Convolutions(n_bands, settings.n_embedding, settings))
    if not found:
        raise UsageError("scope-net needs textures, modulations, or convolutions of a width above 0.")
    return found

"""scope-net: a small residual network with attention over time (ours).

Convolutions without bias, each followed by a batch norm. The first one and a pooling halve bands and frames twice,
before the work begins; then come residual pairs, and each stage but the first halves them again. Pitch is not like a
picture's height: each band has a learned offset after the first convolution, and the bands that are left at the end are
joined by a convolution of their whole height. What is left is a sequence over time. Attention weighs its steps; each
step can be asked for its own answer. 721,833 weights at 128 bands and 8 genres.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from genrescope.errors import UsageError
from genrescope.models._network import Activation, InputForm, Intake, TimedNetwork, activation, pooled

STAGES = (1, 2, 4, 4)
"""Width of each stage, in units of the first."""

LEAST_BANDS = 16
"""With fewer, nothing is left to join."""


@dataclass(frozen=True)
class ScopeNetSettings:
    """What may be changed.

    Attributes
    ----------
    width : int
        Channels of the first stage.
    n_blocks : int
        Residual pairs a stage.
    n_embedding : int
        Numbers of a step, and of the embedding.
    dropout : float
        Share of the embedding that each training step leaves out.
    activation : {"relu", "leaky-relu", "prelu"}
    """

    width: int = 32
    n_blocks: int = 1
    n_embedding: int = 192
    dropout: float = 0.3
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


class ScopeNet(TimedNetwork):
    """Spectrograms or pictures of any length to genres; the embedding is what attention gathers (192)."""

    def __init__(self, settings: ScopeNetSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_two_axes("scope-net")
        if form.n_bands < LEAST_BANDS:
            raise UsageError(f"scope-net takes at least {LEAST_BANDS} bands; got {form.n_bands}.")
        name = settings.activation
        self.intake = Intake(form, any_length=True)
        self.first = nn.Sequential(nn.Conv2d(1, settings.width, 5, 2, 2, bias=False), nn.BatchNorm2d(settings.width))
        height = -(-form.n_bands // 2)
        self.pitch = nn.Parameter(torch.zeros(1, settings.width, height, 1))
        self.start = pooled(name, nn.MaxPool2d(3, 2, 1))
        height = -(-height // 2)
        blocks: list[nn.Module] = []
        n_in = settings.width
        for stage, times in enumerate(STAGES):
            n_out = times * settings.width
            for block in range(settings.n_blocks):
                stride = 2 if stage > 0 and block == 0 else 1
                blocks.append(Residual(n_in, n_out, stride, name))
                n_in = n_out
            height = height if stage == 0 else -(-height // 2)
        self.blocks = nn.Sequential(*blocks)
        self.join = nn.Sequential(
            nn.Conv2d(n_in, settings.n_embedding, (height, 1), bias=False),
            nn.BatchNorm2d(settings.n_embedding),
            activation(name),
        )
        self.attention = nn.Linear(settings.n_embedding, 1)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.n_embedding, n_labels)

    def steps(self, x: Tensor) -> Tensor:
        """Return what is heard in each step of 32 frames, shape (n, n_steps, n_embedding)."""
        near = self.start(self.first(self.intake(x)) + self.pitch)
        return self.join(self.blocks(near))[:, :, 0].transpose(1, 2)

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, n_embedding)."""
        steps = self.steps(x)
        weights = self.attention(steps).softmax(dim=1)
        embedding = (weights * steps).sum(dim=1)
        return self.output(self.dropout(embedding)), embedding

    def over_time(self, x: Tensor) -> Tensor:
        """Return log-probabilities, shape (n, n_steps, n_labels), in steps of 32 frames.

        The track's answer is the softmax of their mean, weighed by attention.
        """
        return self.output(self.steps(x)).log_softmax(dim=-1)

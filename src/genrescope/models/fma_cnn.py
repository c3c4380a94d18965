"""fma-cnn: two convolutions and a narrow dense layer over a log-mel spectrogram (report A0).

conv 32 (3 × 3) → pool (2 × 4) → conv 32 (3 × 5) → pool (2 × 4) → 16 → dropout → genres, bands first as in the report;
no padding, as is its library's default: 369,144 weights at 128 × 400 and 8 genres.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from genrescope.errors import UsageError
from genrescope.models._network import Activation, GenreNetwork, InputForm, Intake, activation, pooled


@dataclass(frozen=True)
class FmaCnnSettings:
    """What may be changed.

    Attributes
    ----------
    n_filters : int
        Of each convolution.
    n_units : int
        Of the dense layer.
    dropout : float
        Share of the units that each training step leaves out.
    activation : {"relu", "leaky-relu", "prelu"}
    """

    n_filters: int = 32
    n_units: int = 16
    dropout: float = 0.5
    activation: Activation = "relu"


class FmaCnn(GenreNetwork):
    """Spectrograms or pictures to genres; the embedding is the dense layer (16)."""

    def __init__(self, settings: FmaCnnSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_two_axes("fma-cnn")
        height, width = ((form.n_bands - 2) // 2 - 2) // 2, ((form.n_frames - 2) // 4 - 4) // 4
        if min(height, width) < 1:
            raise UsageError(f"fma-cnn takes at least 10 bands and 34 frames; got {form.n_bands} and {form.n_frames}.")
        n_filters = settings.n_filters
        self.intake = Intake(form)
        self.convolutions = nn.Sequential(
            nn.Conv2d(1, n_filters, (3, 3)),
            pooled(settings.activation, nn.MaxPool2d((2, 4))),
            nn.Conv2d(n_filters, n_filters, (3, 5)),
            pooled(settings.activation, nn.MaxPool2d((2, 4))),
        )
        self.dense = nn.Linear(n_filters * height * width, settings.n_units)
        self.activation = activation(settings.activation)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.n_units, n_labels)

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, n_units)."""
        embedding = self.activation(self.dense(torch.flatten(self.convolutions(self.intake(x)), 1)))
        return self.output(self.dropout(embedding)), embedding

"""gtzan-cnn: a network of its own for spectrogram pictures, learned from nothing (report A1).

Four times convolution (3 × 3), pooling (2 × 2), activation and batch norm, with 32, 64, 128 and 128 filters; then 128 →
dropout → genres. The report gives no figure of it: this is the usual form. 3,519,178 weights at 128 × 400 and 10
genres.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from genrescope.errors import UsageError
from genrescope.models._network import Activation, GenreNetwork, InputForm, Intake, activation, pooled

WIDTHS = (32, 64, 128, 128)


@dataclass(frozen=True)
class GtzanCnnSettings:
    """What may be changed.

    Attributes
    ----------
    n_units : int
        Of the dense layer.
    dropout : float
        Share of the units that each training step leaves out.
    activation : {"relu", "leaky-relu", "prelu"}
    """

    n_units: int = 128
    dropout: float = 0.3
    activation: Activation = "relu"


class GtzanCnn(GenreNetwork):
    """Pictures or spectrograms to genres; the embedding is the dense layer (128)."""

    def __init__(self, settings: GtzanCnnSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_two_axes("gtzan-cnn")
        shrink = 2 ** len(WIDTHS)
        height, width = form.n_bands // shrink, form.n_frames // shrink
        if min(height, width) < 1:
            raise UsageError(f"gtzan-cnn takes at least {shrink} bands and {shrink} frames; got {form.shape}.")
        self.intake = Intake(form)
        self.blocks = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(n_in, n_out, 3, padding=1),
                    pooled(settings.activation, nn.MaxPool2d(2)),
                    nn.BatchNorm2d(n_out),
                )
                for n_in, n_out in zip((1, *WIDTHS), WIDTHS, strict=False)
            )
        )
        self.dense = nn.Linear(WIDTHS[-1] * height * width, settings.n_units)
        self.activation = activation(settings.activation)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.n_units, n_labels)

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, n_units)."""
        embedding = self.activation(self.dense(self.blocks(self.intake(x)).flatten(1)))
        return self.output(self.dropout(embedding)), embedding

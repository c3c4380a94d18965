"""mfcc-cnn: three convolutions over a sequence of MFCCs (report A2).

Three times convolution (3 × 3, 32 filters), pooling by 2, batch norm; then 64 → dropout → genres. The
report's figure of it is lost: this is the usual form for this task. 2,004,104 weights at 2,580 × 20 and 8 genres.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from genrescope.models._network import Activation, GenreNetwork, InputForm, Intake, activation, pooled

N_LAYERS = 3


@dataclass(frozen=True)
class MfccCnnSettings:
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
    n_units: int = 64
    dropout: float = 0.3
    activation: Activation = "relu"


class MfccCnn(GenreNetwork):
    """MFCC sequences or spectrograms of one length to genres; the embedding is the dense layer (64)."""

    def __init__(self, settings: MfccCnnSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_two_axes("mfcc-cnn")
        self.intake = Intake(form)
        blocks: list[nn.Module] = []
        n_in, n_out = 1, settings.n_filters
        for _ in range(N_LAYERS):
            blocks += [
                nn.Conv2d(n_in, n_out, 3, padding=1),
                pooled(settings.activation, nn.MaxPool2d(2, ceil_mode=True)),
                nn.BatchNorm2d(n_out),
            ]
            n_in = n_out
        self.blocks = nn.Sequential(*blocks)
        shrink = 2**N_LAYERS
        height, width = -(-form.n_bands // shrink), -(-form.n_frames // shrink)
        self.dense = nn.Linear(n_out * height * width, settings.n_units)
        self.activation = activation(settings.activation)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.n_units, n_labels)

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, n_units)."""
        embedding = self.activation(self.dense(self.blocks(self.intake(x)).flatten(1)))
        return self.output(self.dropout(embedding)), embedding

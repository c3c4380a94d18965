"""fma-crnn: convolutions along time, then a recurrent layer; a published peer in report A0's table.

Three times a convolution of 5 frames over all bands (56 filters), batch norm, pooling by 2, dropout; an LSTM of 96
whose last state goes through 64 → dropout → genres. The report names the system and its scores, not its layers: these
are the ones that its public code is known by. 133,400 weights at 128 bands and 8 genres.
"""

from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn

from genrescope.models._network import Activation, GenreNetwork, InputForm, Intake, activation, pooled

N_LAYERS = 3


@dataclass(frozen=True)
class FmaCrnnSettings:
    """What may be changed.

    Attributes
    ----------
    n_filters, n_recurrent, n_units : int
        Of each convolution, of the LSTM, and of the dense layer.
    dropout : float
        Share of the numbers that each training step leaves out, after each stage.
    activation : {"relu", "leaky-relu", "prelu"}
    """

    n_filters: int = 56
    n_recurrent: int = 96
    n_units: int = 64
    dropout: float = 0.4
    activation: Activation = "relu"


class FmaCrnn(GenreNetwork):
    """Spectrograms or pictures of any length to genres; the embedding is the dense layer (64)."""

    def __init__(self, settings: FmaCrnnSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_two_axes("fma-crnn")
        self.intake = Intake(form, any_length=True)
        widths = [form.n_bands, *[settings.n_filters] * N_LAYERS]
        self.convolutions = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv1d(n_in, n_out, 5, padding=2, bias=False),
                    nn.BatchNorm1d(n_out),
                    pooled(settings.activation, nn.MaxPool1d(2, ceil_mode=True)),
                    nn.Dropout(settings.dropout / 2),
                )
                for n_in, n_out in pairwise(widths)
            )
        )
        self.recurrent = nn.LSTM(settings.n_filters, settings.n_recurrent, batch_first=True)
        self.dense = nn.Sequential(
            nn.Dropout(settings.dropout),
            nn.Linear(settings.n_recurrent, settings.n_units),
            activation(settings.activation),
        )
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.n_units, n_labels)

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, n_units)."""
        steps, _ = self.recurrent(self.convolutions(self.intake(x)[:, 0]).transpose(1, 2))
        embedding = self.dense(steps[:, -1])
        return self.output(self.dropout(embedding)), embedding

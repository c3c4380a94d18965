"""mfcc-lstm: two LSTM layers over a sequence of MFCCs (report A2).

LSTM 64 → LSTM 64 → the last state → 64 → dropout → genres. The report's figure of it is lost: this is the usual form
for this task. 59,976 weights at 20 coefficients and 8 genres.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from genrescope.models._network import Activation, GenreNetwork, InputForm, Intake, activation

N_LAYERS = 2


@dataclass(frozen=True)
class MfccLstmSettings:
    """What may be changed.

    Attributes
    ----------
    n_recurrent, n_units : int
        Of each LSTM, and of the dense layer.
    dropout : float
        Share of the units that each training step leaves out.
    activation : {"relu", "leaky-relu", "prelu"}
        Of the dense layer.
    """

    n_recurrent: int = 64
    n_units: int = 64
    dropout: float = 0.3
    activation: Activation = "relu"


class MfccLstm(GenreNetwork):
    """MFCC sequences or spectrograms of any length to genres; the embedding is the dense layer (64)."""

    def __init__(self, settings: MfccLstmSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_two_axes("mfcc-lstm")
        self.intake = Intake(form, any_length=True)
        self.recurrent = nn.LSTM(form.n_bands, settings.n_recurrent, N_LAYERS, batch_first=True)
        self.dense = nn.Sequential(nn.Linear(settings.n_recurrent, settings.n_units), activation(settings.activation))
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.n_units, n_labels)

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, n_units)."""
        steps, _ = self.recurrent(self.intake(x)[:, 0].transpose(1, 2))
        embedding = self.dense(steps[:, -1])
        return self.output(self.dropout(embedding)), embedding

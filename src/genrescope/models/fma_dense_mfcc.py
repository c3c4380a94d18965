"""fma-dense-mfcc: two dense layers over FMA's own MFCC statistics (report A0).

140 → 50 → dropout → 50 → dropout → genres: 10,008 weights at 8 genres. The report says nothing of scaling; the
statistics differ a thousandfold in size, so they are standardised first, which has no weights.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from genrescope.models._network import Activation, GenreNetwork, InputForm, Standardise, activation


@dataclass(frozen=True)
class FmaDenseMfccSettings:
    """What may be changed.

    Attributes
    ----------
    n_units : int
        Of each hidden layer.
    dropout : float
        Share of the units that each training step leaves out.
    activation : {"relu", "leaky-relu", "prelu"}
    """

    n_units: int = 50
    dropout: float = 0.5
    activation: Activation = "relu"


class FmaDenseMfcc(GenreNetwork):
    """Plain numbers, any shape, to genres; the embedding is the second hidden layer (50)."""

    def __init__(self, settings: FmaDenseMfccSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        self.standardise = Standardise(form.n_numbers)
        self.hidden = nn.Sequential(
            nn.Linear(form.n_numbers, settings.n_units),
            activation(settings.activation),
            nn.Dropout(settings.dropout),
            nn.Linear(settings.n_units, settings.n_units),
            activation(settings.activation),
        )
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.n_units, n_labels)

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, n_units)."""
        self.form.check(x)
        embedding = self.hidden(self.standardise(x.flatten(1)))
        return self.output(self.dropout(embedding)), embedding

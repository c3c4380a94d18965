"""mfcc-dense3: three dense layers over a flattened sequence of MFCCs (report A2).

512 → 256 → 64 → genres. The report says "3 hidden layers", without their sizes or dropout: these are the usual ones for
this task, and no dropout. 26,568,008 weights at 2,580 × 20 and 8 genres.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from genrescope.models._network import Activation, GenreNetwork, InputForm, Intake, activation

WIDTHS = (512, 256, 64)


@dataclass(frozen=True)
class MfccDense3Settings:
    """What may be changed.

    Attributes
    ----------
    dropout : float
        Share of the units that each training step leaves out, after each hidden layer.
    activation : {"relu", "leaky-relu", "prelu"}
    """

    dropout: float = 0.0
    activation: Activation = "relu"


class MfccDense3(GenreNetwork):
    """Spectrograms or MFCC sequences of one length to genres; the embedding is the third hidden layer (64)."""

    def __init__(self, settings: MfccDense3Settings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_two_axes("mfcc-dense3")
        self.intake = Intake(form)
        layers: list[nn.Module] = []
        for n_in, n_out in zip((form.n_bands * form.n_frames, *WIDTHS), WIDTHS, strict=False):
            layers += [nn.Linear(n_in, n_out), activation(settings.activation), nn.Dropout(settings.dropout)]
        self.hidden = nn.Sequential(*layers)
        self.output = nn.Linear(WIDTHS[-1], n_labels)

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, 64)."""
        embedding = self.hidden(self.intake(x).flatten(1))
        return self.output(embedding), embedding

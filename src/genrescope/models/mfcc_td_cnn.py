"""mfcc-td-cnn: one small convolutional network for every segment of a sequence of MFCCs, then an LSTM (report A2).

The sequence is cut into 20 segments (1.5 s each of 30 s). Each goes through the same two convolutions (3 × 3, 32 and 64
filters, pooled by 2) and a dense layer of 64; an LSTM of 64 reads the segments and answers at each. The track's answer
is the mean of their logits. The report's figure is lost: it says "the CNN inside a time-distributed wrapper", made for
features that depend on time. 708,232 weights at 2,580 × 20 and 8 genres.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from genrescope.errors import UsageError
from genrescope.models._network import Activation, InputForm, Intake, TimedNetwork, activation, pooled

WIDTHS = (32, 64)


@dataclass(frozen=True)
class MfccTdCnnSettings:
    """What may be changed.

    Attributes
    ----------
    n_segments : int
        Into how many equal segments an example is cut; frames that are left over are not used.
    n_units : int
        Of the dense layer and of the LSTM.
    dropout : float
        Share of the units that each training step leaves out.
    activation : {"relu", "leaky-relu", "prelu"}
    """

    n_segments: int = 20
    n_units: int = 64
    dropout: float = 0.3
    activation: Activation = "relu"


class MfccTdCnn(TimedNetwork):
    """MFCC sequences or spectrograms of one length to genres; the embedding is the LSTM's mean (64)."""

    def __init__(self, settings: MfccTdCnnSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_two_axes("mfcc-td-cnn")
        self.n_segments = settings.n_segments
        self.n_frames = form.n_frames // max(settings.n_segments, 1)
        if min(self.n_frames, form.n_bands) < 4:
            raise UsageError(
                f"mfcc-td-cnn takes at least 4 bands, and 4 frames for each of n_segments={settings.n_segments}; got "
                f"{form.n_bands} bands and {form.n_frames} frames."
            )
        self.intake = Intake(form)
        n_numbers = WIDTHS[-1] * (form.n_bands // 4) * (self.n_frames // 4)
        layers: list[nn.Module] = []
        for n_in, n_out in zip((1, *WIDTHS), WIDTHS, strict=False):
            layers += [
                nn.Conv2d(n_in, n_out, 3, padding=1),
                pooled(settings.activation, nn.MaxPool2d(2)),
                nn.BatchNorm2d(n_out),
            ]
        self.segment = nn.Sequential(
            *layers,
            nn.Flatten(),
            nn.Linear(n_numbers, settings.n_units),
            activation(settings.activation),
            nn.Dropout(settings.dropout),
        )
        self.recurrent = nn.LSTM(settings.n_units, settings.n_units, batch_first=True)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.n_units, n_labels)

    def steps(self, x: Tensor) -> Tensor:
        """Return what the LSTM makes of each segment, shape (n, n_segments, n_units)."""
        bands = self.intake(x)[..., : self.n_segments * self.n_frames]
        segments = bands.unflatten(3, (self.n_segments, self.n_frames)).permute(0, 3, 1, 2, 4)
        heard = self.segment(segments.flatten(0, 1)).unflatten(0, (-1, self.n_segments))
        steps: Tensor = self.recurrent(heard)[0]
        return steps

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, n_units)."""
        embedding = self.steps(x).mean(dim=1)
        return self.output(self.dropout(embedding)), embedding

    def over_time(self, x: Tensor) -> Tensor:
        """Return log-probabilities, shape (n, n_segments, n_labels); their mean's softmax is the track's answer."""
        return self.output(self.steps(x)).log_softmax(dim=-1)

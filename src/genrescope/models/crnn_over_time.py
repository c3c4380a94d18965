"""crnn-over-time: convolutions along time, an LSTM, and an answer at every time step (report A3).

Three times a convolution of 5 frames over all bands (256 filters), relu, pooling by 2, dropout; an LSTM of 256;
dropout; a softmax at each step. The mean of the steps' probabilities is the track's answer. Sizes are those of the
DeepSound code that the report follows; the report gives no shares of dropout. 1,349,645 weights at 128 bands and 13
genres.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from genrescope.models._network import (
    Activation,
    InputForm,
    Intake,
    TimedNetwork,
    mean_over_time,
    pooled,
)

N_LAYERS = 3


@dataclass(frozen=True)
class CrnnOverTimeSettings:
    """What may be changed.

    Attributes
    ----------
    n_filters, n_recurrent : int
        Of each convolution, and of the LSTM.
    conv_dropout, dropout : float
        Share of the numbers that each training step leaves out, after each convolution and after the LSTM.
    activation : {"relu", "leaky-relu", "prelu"}
    several : bool
        Whether a track may have several genres: a sigmoid at each step instead of a softmax.
    """

    n_filters: int = 256
    n_recurrent: int = 256
    conv_dropout: float = 0.2
    dropout: float = 0.5
    activation: Activation = "relu"
    several: bool = False


class CrnnOverTime(TimedNetwork):
    """Spectrograms or pictures of any length to genres; the embedding is the LSTM's mean over time (256)."""

    def __init__(self, settings: CrnnOverTimeSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_two_axes("crnn-over-time")
        self.several = settings.several
        self.intake = Intake(form, any_length=True)
        widths = [form.n_bands, *[settings.n_filters] * N_LAYERS]
        self.convolutions = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv1d(n_in, n_out, 5, padding=2),
                    pooled(settings.activation, nn.MaxPool1d(2, ceil_mode=True)),
                    nn.Dropout(settings.conv_dropout),
                )
                for n_in, n_out in pairwise(widths)
            )
        )
        self.recurrent = nn.LSTM(settings.n_filters, settings.n_recurrent, batch_first=True)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.n_recurrent, n_labels)

    def steps(self, x: Tensor) -> Tensor:
        """Return what the LSTM makes of each step of 8 frames, shape (n, n_steps, n_recurrent)."""
        steps: Tensor = self.recurrent(self.convolutions(self.intake(x)[:, 0]).transpose(1, 2))[0]
        return steps

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels), whose softmax is the mean of the steps' probabilities, and embeddings."""
        steps = self.steps(x)
        mean = mean_over_time(self._said(self.dropout(steps)))
        if self.several:
            mean = mean.clamp(max=-1e-6)  # a probability of 1 has no finite log-odds
            mean = mean - torch.log1p(-torch.exp(mean))
        return mean, steps.mean(dim=1)

    def over_time(self, x: Tensor) -> Tensor:
        """Return log-probabilities, shape (n, n_steps, n_labels), in steps of 8 frames."""
        return self._said(self.steps(x))

    def _said(self, steps: Tensor) -> Tensor:
        logits = self.output(steps).float()
        return nn.functional.logsigmoid(logits) if self.several else logits.log_softmax(dim=-1)

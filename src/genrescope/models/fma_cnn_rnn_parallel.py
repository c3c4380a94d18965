"""fma-cnn-rnn-parallel: convolutions beside a recurrent layer, joined at the end; a peer in report A0's table.

One branch: five convolutions of 3 frames (16, 32, 64, 64, 64 filters), pooled by 2, 2, 2, 4, 4 both ways. The other:
bands and frames pooled by 2 and 4, then a bidirectional GRU of 64. Both together go to the genres. The report names the
system and its scores, not its layers: these are the ones that its public code is known by. 85,544 weights at 128 bands,
400 frames and 8 genres.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from genrescope.models._network import Activation, GenreNetwork, InputForm, Intake, pooled

LAYERS = ((16, 2), (32, 2), (64, 2), (64, 4), (64, 4))
"""Filters of each convolution, and by how much it is pooled."""


@dataclass(frozen=True)
class FmaCnnRnnParallelSettings:
    """What may be changed.

    Attributes
    ----------
    n_recurrent : int
        Of the GRU, each way.
    dropout : float
        Share of the numbers that each training step leaves out, before the genres.
    activation : {"relu", "leaky-relu", "prelu"}
    """

    n_recurrent: int = 64
    dropout: float = 0.3
    activation: Activation = "relu"


class FmaCnnRnnParallel(GenreNetwork):
    """Spectrograms or pictures to genres; the embedding is both branches' ends."""

    def __init__(self, settings: FmaCnnRnnParallelSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_two_axes("fma-cnn-rnn-parallel")
        self.intake = Intake(form)
        widths = [1, *(width for width, _ in LAYERS)]
        self.convolutions = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(n_in, n_out, (1, 3), padding=(0, 1)),
                    pooled(settings.activation, nn.MaxPool2d(pool, ceil_mode=True)),
                )
                for n_in, (n_out, pool) in zip(widths, LAYERS, strict=False)
            )
        )
        self.pool = nn.MaxPool2d((2, 4), ceil_mode=True)
        n_bands = -(-form.n_bands // 2)
        self.recurrent = nn.GRU(n_bands, settings.n_recurrent, batch_first=True, bidirectional=True)
        height, width = form.n_bands, form.n_frames
        for _, pool in LAYERS:
            height, width = -(-height // pool), -(-width // pool)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(widths[-1] * height * width + 2 * settings.n_recurrent, n_labels)

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, d)."""
        bands = self.intake(x)
        _, last = self.recurrent(self.pool(bands)[:, 0].transpose(1, 2))
        embedding = torch.cat([self.convolutions(bands).flatten(1), last[0], last[1]], dim=1)
        return self.output(self.dropout(embedding)), embedding

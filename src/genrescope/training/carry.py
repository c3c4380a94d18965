"""Carry a head from the teacher's embedding to the student's: the same genres, said of what the student hears.

The student's embedding differs a little from musicnn's, and a head that was calibrated on the one leans on the
difference. No label is needed to mend that: the teacher's head says what each window and each track should be, and
the student's head is the nearest one to it that says the same.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from genrescope.records import FloatArray
from genrescope.training.head import Linear
from genrescope.training.tracks import Tracks

TRACK_WEIGHT = 5.0
"""What a track's answer weighs against the answers of its windows."""
WEIGHT_PENALTY = 1e-3
MAX_STEPS = 120


@dataclass(frozen=True, eq=False)
class Pair:
    """One recording as both hear it.

    Attributes
    ----------
    theirs, ours : ndarray of float32, shape (n_windows, n_embedding)
        The teacher's and the student's embedding of each window; where one has more windows, they are left out.
    weight : float
        What the recording weighs against the others.
    """

    theirs: FloatArray
    ours: FloatArray
    weight: float = 1.0


def carry(head: Linear, pairs: list[Pair]) -> Linear:
    """Return the head that says of our embeddings what `head` says of theirs.

    Parameters
    ----------
    head : Linear
        Teacher's embedding to genre logits.
    pairs : list of Pair
        Recordings that both have heard.
    """
    change = _Carried(head, pairs)
    optimizer = torch.optim.LBFGS(change.parameters(), max_iter=MAX_STEPS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = change.loss()
        loss.backward()
        return loss

    optimizer.step(closure)
    return change.linear()


class _Carried(nn.Module):
    """The head's change, in units of each embedding number's deviation, and what it is to say."""

    def __init__(self, head: Linear, pairs: list[Pair]) -> None:
        super().__init__()
        lengths = [min(len(pair.ours), len(pair.theirs)) for pair in pairs]
        theirs = np.concatenate([pair.theirs[:n] for pair, n in zip(pairs, lengths, strict=True)])
        ours = np.concatenate([pair.ours[:n] for pair, n in zip(pairs, lengths, strict=True)])
        self.heard = torch.tensor(ours, dtype=torch.float64)
        self.mean, self.deviation = self.heard.mean(dim=0), self.heard.std(dim=0) + 1e-3
        self.tracks = Tracks(lengths)
        weights = torch.tensor([pair.weight for pair in pairs], dtype=torch.float64)
        self.of_track = weights / weights.sum()
        self.of_window = self.tracks.spread(self.of_track)
        self.base_weight = torch.tensor(head.weight, dtype=torch.float64).contiguous()
        self.base_bias = torch.tensor(head.bias, dtype=torch.float64)
        self.wanted = torch.softmax(torch.tensor(head(theirs), dtype=torch.float64), dim=-1)
        self.wanted_of_track = self.tracks.mean(self.wanted)
        self.weight = nn.Parameter(torch.zeros_like(self.base_weight))
        self.bias = nn.Parameter(torch.zeros_like(self.base_bias))

    def loss(self) -> Tensor:
        """Return how far the answers are from the wanted ones, for windows and tracks, and how far the head moved."""
        weight, bias = self._combined()
        said = torch.log_softmax(nn.functional.linear(self.heard, weight, bias), dim=-1)
        said_of_track = torch.log(self.tracks.mean(said.exp()) + 1e-12)
        windows = -self.of_window @ (self.wanted * said).sum(dim=-1)
        tracks = -self.of_track @ (self.wanted_of_track * said_of_track).sum(dim=-1)
        return windows + TRACK_WEIGHT * tracks + WEIGHT_PENALTY * self.weight.square().sum()

    def linear(self) -> Linear:
        """Return the carried head."""
        with torch.no_grad():
            weight, bias = self._combined()
        return Linear(weight.numpy(), bias.numpy())

    def _combined(self) -> tuple[Tensor, Tensor]:
        change = self.weight / self.deviation
        return self.base_weight + change, self.base_bias + self.bias - change @ self.mean

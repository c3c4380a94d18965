"""Calibration: shift the learned genres as little as possible so that known clips come out right and confidences hold.

The head learned without labels is the prior. What is learned here is a change of it: a temperature, a bias a genre,
and a change of the weights held small by a penalty (the maximum a posteriori under a Gaussian prior around the head).
The clips are few and share artists, so any figure on them must be out of fold and flatters itself even then.

A change that is small for the clips can be large for music unlike them: genres that no clip has would take all of it
over. So the changed head is also held to say of music without labels what the first one says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genrescope.card import VocabularyMap
from genrescope.records import FloatArray
from genrescope.training.head import Linear
from genrescope.training.tracks import Tracks

WEIGHT_PENALTY = 3.0
BIAS_PENALTY = 0.05
UNLABELLED_WEIGHT = 30.0
"""What all the music without labels weighs together, a clip weighing 1."""
STEPS = 60


@dataclass(frozen=True, eq=False)
class Labelled:
    """A clip whose genre is known in some vocabulary.

    Attributes
    ----------
    embedding : ndarray of float32, shape (n_windows, n_embedding)
        The trunk's embedding of each window.
    vocabulary : str
        Whose genres.
    genre : str
        The label, as that vocabulary spells it.
    fold : int
        Clips of one fold are held out together.
    """

    embedding: FloatArray
    vocabulary: str
    genre: str
    fold: int


def track_probabilities(head: Linear, embedding: FloatArray) -> NDArray[np.float64]:
    """Return a track's native probabilities: the mean over its windows, shape (n_genres,)."""
    logits = head(embedding)
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray((odds / odds.sum(axis=-1, keepdims=True)).mean(axis=0))


def calibrate(
    head: Linear, clips: list[Labelled], maps: dict[str, VocabularyMap], unlabelled: Sequence[FloatArray] = ()
) -> Linear:
    """Return the calibrated head.

    Parameters
    ----------
    head : Linear
        Embedding to genre logits, learned without labels.
    clips : list of Labelled
        The clips to learn from.
    maps : dict of str to VocabularyMap
        From the head's genres to the vocabularies of the clips.
    unlabelled : sequence of ndarray of float32, shape (n_windows, n_embedding)
        Recordings of other music.
    """
    change = _Change(head, np.concatenate([clip.embedding for clip in clips]))
    anchor = _Anchor(head, unlabelled) if unlabelled else None
    optimizer = torch.optim.LBFGS(change.parameters(), max_iter=STEPS, line_search_fn="strong_wolfe")
    wanted = [_wanted(clip, maps) for clip in clips]

    def closure() -> Tensor:
        optimizer.zero_grad()
        layer = change.combined()
        loss = torch.stack([_surprise(layer, clip, *rest) for clip, rest in zip(clips, wanted, strict=True)]).sum()
        loss = loss + change.penalty()
        if anchor is not None:
            loss = loss + UNLABELLED_WEIGHT * anchor.drift(layer)
        loss.backward()
        return loss

    optimizer.step(closure)
    return change.linear()


def by_fold(
    head: Linear, clips: list[Labelled], maps: dict[str, VocabularyMap], unlabelled: Sequence[FloatArray] = ()
) -> dict[int, Linear]:
    """Return for each fold the head as it is calibrated on the clips of the others."""
    folds = sorted({clip.fold for clip in clips})
    return {fold: calibrate(head, [clip for clip in clips if clip.fold != fold], maps, unlabelled) for fold in folds}


def out_of_fold(fold_heads: dict[int, Linear], clips: list[Labelled]) -> list[NDArray[np.float64]]:
    """Return each clip's native probabilities by the head that never saw its fold."""
    return [track_probabilities(fold_heads[clip.fold], clip.embedding) for clip in clips]


def _wanted(clip: Labelled, maps: dict[str, VocabularyMap]) -> tuple[Tensor, int]:
    target = maps[clip.vocabulary]
    return torch.tensor(target.weights, dtype=torch.float32), target.labels.index(clip.genre)


def _surprise(layer: tuple[Tensor, Tensor], clip: Labelled, table: Tensor, genre: int) -> Tensor:
    """Return the negative log-probability of the clip's genre."""
    logits = nn.functional.linear(torch.from_numpy(clip.embedding), *layer)
    mapped = torch.softmax(logits, dim=-1).mean(dim=0) @ table
    return -torch.log(mapped[genre] / mapped.sum() + 1e-9)


class _Anchor:
    """What the first head says of recordings, and how far another one is from it."""

    def __init__(self, head: Linear, recordings: Sequence[FloatArray]) -> None:
        self.tracks = Tracks([len(one) for one in recordings])
        self.heard = torch.from_numpy(np.concatenate(recordings))
        first = tuple(torch.tensor(part, dtype=torch.float32) for part in (head.weight, head.bias))
        self.wanted = self._said(first)

    def drift(self, layer: tuple[Tensor, Tensor]) -> Tensor:
        """Return the mean divergence of the recordings' genres."""
        return (self.wanted * torch.log((self.wanted + 1e-9) / (self._said(layer) + 1e-9))).sum(dim=-1).mean()

    def _said(self, layer: tuple[Tensor, ...]) -> Tensor:
        return self.tracks.mean(torch.softmax(nn.functional.linear(self.heard, *layer), dim=-1))


class _Change(nn.Module):
    """The head's change, in units of each embedding number's deviation, so that one penalty fits all."""

    def __init__(self, head: Linear, embedding: FloatArray) -> None:
        super().__init__()
        self.base_weight = torch.tensor(head.weight, dtype=torch.float32).contiguous()
        self.base_bias = torch.tensor(head.bias, dtype=torch.float32)
        self.mean = torch.tensor(embedding.mean(axis=0), dtype=torch.float32)
        self.deviation = torch.tensor(embedding.std(axis=0) + 1e-3, dtype=torch.float32)
        self.weight = nn.Parameter(torch.zeros_like(self.base_weight))
        self.bias = nn.Parameter(torch.zeros_like(self.base_bias))
        self.log_scale = nn.Parameter(torch.zeros(()))

    def combined(self) -> tuple[Tensor, Tensor]:
        """Return weight and bias of the changed head."""
        weight = self.base_weight * self.log_scale.exp() + self.weight / self.deviation
        bias = self.base_bias * self.log_scale.exp() + self.bias - (self.weight / self.deviation) @ self.mean
        return weight, bias

    def penalty(self) -> Tensor:
        """Return how unlikely the change is."""
        return WEIGHT_PENALTY * self.weight.square().sum() + BIAS_PENALTY * self.bias.square().sum()

    def linear(self) -> Linear:
        """Return the changed head."""
        with torch.no_grad():
            weight, bias = self.combined()
        return Linear(weight.numpy().astype(np.float64), bias.numpy().astype(np.float64))

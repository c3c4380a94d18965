"""Judging a head on clips of known genre: what is right, and below which confidence to call an answer unsure.

Every answer judged here is out of fold: the head that gave it never saw the label.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrescope.card import Score
from genrescope.errors import GenrescopeError
from genrescope.records import FloatArray
from genrescope.training.calibrate import Labelled
from genrescope.training.corpus import Heard
from genrescope.vocabulary import vocabulary_maps

WRONG_AMONG_SURE = 0.1
"""Of the answers that are not called unsure, at most so many are to be wrong."""
THRESHOLDS = np.arange(0.05, 0.8, 0.01)
Probabilities = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """A labelled clip: a name in the store, its genre in a vocabulary, and the fold that it is held out with."""

    name: str
    vocabulary: str
    genre: str
    fold: int


def read_truth(path: Path) -> list[Truth]:
    """Read a table with the columns name, vocabulary, genre, fold."""
    with path.open(newline="", encoding="utf-8") as file:
        return [Truth(row["name"], row["vocabulary"], row["genre"], int(row["fold"])) for row in csv.DictReader(file)]


def labelled_clips(heard: list[Heard], truth: list[Truth]) -> list[Labelled]:
    """Join the labels to what was heard; a label without its recording is an error."""
    by_name = {file.name: file for file in heard}
    missing = [clip.name for clip in truth if clip.name not in by_name]
    if missing:
        raise GenrescopeError(f"labels name {len(missing)} recordings that were not heard, the first {missing[0]!r}")
    return [Labelled(by_name[clip.name].embedding, clip.vocabulary, clip.genre, clip.fold) for clip in truth]


def judge(clips: list[Labelled], answers: list[Probabilities], note: str) -> list[Score]:
    """Score answers: GTZAN's genre first, FMA's among the first three."""
    maps = vocabulary_maps()
    ranks: dict[str, list[int]] = {"gtzan": [], "fma": []}
    for clip, answer in zip(clips, answers, strict=True):
        mapped = maps[clip.vocabulary].apply(_single(answer))
        ranks[clip.vocabulary].append(int((mapped > mapped[maps[clip.vocabulary].labels.index(clip.genre)]).sum()))
    names = {"gtzan": ("GTZAN genre, first", 1), "fma": ("FMA genre, among the first three", 3)}
    return [
        Score.of_share(names[v][0], sum(rank < names[v][1] for rank in found), len(found), note)
        for v, found in ranks.items()
        if found
    ]


@dataclass(frozen=True, eq=False)
class Sureness:
    """How sure answers were, and whether they were right.

    Attributes
    ----------
    confidence : ndarray of float, shape (n_clips,)
        The best native confidence of each.
    right : ndarray of bool, shape (n_clips,)
        Whether the first genre in the clip's vocabulary is the clip's.
    fold : ndarray of int, shape (n_clips,)
        What each was held out with.
    """

    confidence: Probabilities
    right: NDArray[np.bool_]
    fold: NDArray[np.int_]

    @classmethod
    def of(cls, clips: list[Labelled], answers: list[Probabilities]) -> "Sureness":
        """Look at out-of-fold answers."""
        maps = vocabulary_maps()
        said = [maps[c.vocabulary].apply(_single(answer)) for c, answer in zip(clips, answers, strict=True)]
        right = [maps[c.vocabulary].labels[int(s.argmax())] == c.genre for c, s in zip(clips, said, strict=True)]
        confidence = np.array([answer.max() for answer in answers])
        return cls(confidence, np.array(right), np.array([clip.fold for clip in clips]))

    def threshold(self) -> float:
        """Return the lowest confidence from which on at most `WRONG_AMONG_SURE` of the answers are wrong.

        Where there is none, the best of those that leave half of the answers sure.
        """
        wrong = {float(t): float(1 - self.right[self.confidence >= t].mean()) for t in THRESHOLDS if self._half(t)}
        good = [t for t, share in wrong.items() if share <= WRONG_AMONG_SURE]
        best: float = min(good) if good else min(wrong, key=wrong.__getitem__)
        return round(best, 2)

    def scores(self) -> list[Score]:
        """Say how well the rule does: each fold's threshold is chosen on the other folds."""
        sure = np.zeros(len(self.right), dtype=bool)
        for fold in np.unique(self.fold):
            other = self.fold != fold
            chosen = Sureness(self.confidence[other], self.right[other], self.fold[other]).threshold()
            sure |= ~other & (self.confidence >= chosen)
        note = "out of fold, the threshold too"
        found = {"right where sure": self.right[sure], "right where unsure": self.right[~sure]}
        return [Score.of_share(name, int(r.sum()), len(r), note) for name, r in found.items() if len(r)]

    def _half(self, threshold: float) -> bool:
        return bool((self.confidence >= threshold).mean() >= 0.5)


def _single(answer: Probabilities) -> FloatArray:
    return answer.astype(np.float32)

"""The heads of the bundled model: without labels, calibrated, and out of fold; of musicnn's embedding, then of ours."""

from dataclasses import dataclass

import numpy as np

from genrescope.training import head as heads
from genrescope.training.calibrate import by_fold, calibrate
from genrescope.training.carry import Pair, carry
from genrescope.training.corpus import Heard
from genrescope.training.head import Linear
from genrescope.training.judging import Truth, labelled_clips
from genrescope.vocabulary import vocabulary_maps

SONG_WEIGHT = 30.0
"""What a window of a song weighs for the head against one of game music, of which there is several times as much."""
OTHER_WINDOWS = 5
"""Of music without labels every fifth window is enough to say what a head makes of it; a window is a second."""
CARRIED_WEIGHT = 10.0
"""What a labelled clip weighs where a head is carried over, other music weighing 1."""


@dataclass(frozen=True, eq=False)
class Heads:
    """Maps from one embedding to genre logits.

    Attributes
    ----------
    prior : Linear
        Learned without labels.
    calibrated : Linear
        Changed so that the labelled clips are likely.
    folds : dict of int to Linear
        For each fold, calibrated without its clips.
    """

    prior: Linear
    calibrated: Linear
    folds: dict[int, Linear]


def fit_teachers(heard: list[Heard], classes: list[str], truth: list[Truth]) -> Heads:
    """Return the heads of musicnn's embedding."""
    songs = {clip.name for clip in truth}
    clips, maps = labelled_clips(heard, truth), vocabulary_maps()
    prior = fit_prior(heard, classes, [file.name in songs for file in heard])
    unlabelled = [file.embedding[::OTHER_WINDOWS] for file in heard if file.name not in songs]
    return Heads(prior, calibrate(prior, clips, maps, unlabelled), by_fold(prior, clips, maps, unlabelled))


def fit_prior(heard: list[Heard], classes: list[str], is_song: list[bool]) -> Linear:
    """Return the head learned without labels; songs count more than game music."""
    of_song = heads.of_windows(heard, is_song)
    targets = heads.genre_targets(heard, classes, of_song)
    embeddings = np.concatenate([file.embedding for file in heard])
    head = heads.fit_ridge(embeddings, targets, np.where(of_song, SONG_WEIGHT, 1.0))
    return heads.spread_evenly(head, embeddings[of_song])


def heard_by_both(first: list[Heard], second: list[Heard], songs: set[str]) -> list[Pair]:
    """Join two ways of hearing the same recordings; songs weigh more, and count with all their windows."""
    pairs = []
    for one, other in zip(first, second, strict=True):
        is_song, n_both = one.name in songs, min(len(one.embedding), len(other.embedding))
        some = slice(0, n_both, 1 if is_song else OTHER_WINDOWS)
        pairs.append(Pair(one.embedding[some], other.embedding[some], CARRIED_WEIGHT if is_song else 1.0))
    return pairs


def carried(told: Heads, pairs: list[Pair]) -> Heads:
    """Return heads that say of the second embedding what `told` says of the first."""
    folds = {fold: carry(head, pairs) for fold, head in told.folds.items()}
    return Heads(carry(told.prior, pairs), carry(told.calibrated, pairs), folds)

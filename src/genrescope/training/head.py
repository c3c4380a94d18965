"""Genres from musicnn's embedding, learned from what two teachers say of unlabelled music.

musicnn's own tags lack classical, reggae, disco, latin and more; YAMNet knows them but not all of the others. Each
teacher's log-odds of a genre are standardised over the music heard (which removes tags that fire too easily), both
are averaged where both know the genre, and a ridge regression on the embedding learns the result. No label is read.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrescope.pretrained.musicnn import MSD_TAGS
from genrescope.records import FloatArray
from genrescope.training.corpus import Heard
from genrescope.vocabulary import membership

YAMNET_SHARE = 0.4
"""Weight of YAMNet where both teachers know a genre; see docs/bundled-model.md for how it was chosen."""
SPREAD = 3.0
"""Logits that one standard deviation of a genre's standard score is worth."""
RIDGE = 100.0
VOICE = ("Singing", "Vocal music", "Rapping", "Choir", "A capella", "Chant", "Speech")
VOICE_MIDDLE = 0.012
"""YAMNet scores voices low under music: at this score a voice is as likely as not."""
VOICE_SHARPNESS = 1.5
SPEECH = ("Speech", "Conversation", "Narration, monologue")
MUSIC = ("Music",)

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Linear:
    """An affine map: ``x @ weight.T + bias``, weight of shape (n_out, n_in)."""

    weight: Matrix
    bias: Matrix

    def __call__(self, x: FloatArray) -> Matrix:
        """Return the map of `x`, shape (..., n_in), as (..., n_out)."""
        return np.asarray(x @ self.weight.T + self.bias, dtype=np.float64)


def log_odds(probability: FloatArray) -> Matrix:
    """Return the log-odds of probabilities, held off 0 and 1 by 1e-5."""
    p = np.asarray(probability, dtype=np.float64)
    return np.log(p + 1e-5) - np.log1p(1e-5 - p)


def genre_targets(heard: list[Heard], classes: list[str], reference: NDArray[np.bool_]) -> Matrix:
    """Return what both teachers together say of each window, as standard scores, shape (n_windows, n_genres).

    Parameters
    ----------
    heard : list of Heard
        What the teachers heard.
    classes : list of str
        The names of YAMNet's classes, in order.
    reference : ndarray of bool, shape (n_windows,)
        The windows over which log-odds are standardised: songs rather than game music.
    """
    tags = 1 / (1 + np.exp(-np.concatenate([file.tags for file in heard])))
    scores = np.concatenate([file.classes for file in heard])
    msd, msd_known = _standardised(tags, membership(MSD_TAGS, "msd_tags"), reference)
    audioset, audioset_known = _standardised(scores, membership(classes, "audioset"), reference)
    share = np.where(msd_known & audioset_known, YAMNET_SHARE, np.where(audioset_known, 1.0, 0.0))
    return share * audioset + (1 - share) * msd


def voice_target(heard: list[Heard], classes: list[str]) -> Matrix:
    """Return log-odds of a voice, from YAMNet, shape (n_windows,)."""
    scores = np.concatenate([file.classes for file in heard])
    loudest = scores[:, [classes.index(name) for name in VOICE]].max(axis=1)
    return VOICE_SHARPNESS * (log_odds(loudest) - log_odds(np.full(1, VOICE_MIDDLE, np.float32)))


def of_windows(heard: list[Heard], is_so: list[bool]) -> NDArray[np.bool_]:
    """Return for each window what is true of its recording, shape (n_windows,)."""
    return np.concatenate([np.full(len(file.tags), so) for file, so in zip(heard, is_so, strict=True)])


def fit_ridge(x: FloatArray, targets: Matrix, weights: Matrix) -> Linear:
    """Fit a ridge regression on standardised inputs, a weight a row, and return it for plain inputs."""
    weights = weights / weights.mean()
    mean, deviation = np.average(x, axis=0, weights=weights), x.std(axis=0) + 1e-6
    scaled = (x - mean) / deviation
    centre = np.average(targets, axis=0, weights=weights)
    gram = scaled.T @ (weights[:, None] * scaled) + RIDGE * np.eye(scaled.shape[1])
    slope = np.linalg.solve(gram, scaled.T @ (weights[:, None] * (targets - centre)))
    weight = (slope / deviation[:, None]).T
    return Linear(weight, centre - weight @ mean)


def spread_evenly(head: Linear, x: FloatArray) -> Linear:
    """Return the head with every genre's logits spread alike over `x`, lest a hard one be shrunk away."""
    scores = head(x)
    scale = SPREAD / (scores.std(axis=0) + 1e-6)
    return Linear(head.weight * scale[:, None], (head.bias - scores.mean(axis=0)) * scale)


def _standardised(
    probability: FloatArray, table: FloatArray, reference: NDArray[np.bool_]
) -> tuple[Matrix, NDArray[np.bool_]]:
    """Return each genre's strongest output as standard scores of its log-odds, and which genres the teacher knows."""
    known = np.asarray(table.any(axis=1), dtype=np.bool_)
    columns = [
        log_odds(probability[:, row > 0].max(axis=1)) if row.any() else np.zeros(len(probability)) for row in table
    ]
    odds = np.stack(columns, axis=1)
    mean, deviation = odds[reference].mean(axis=0), odds[reference].std(axis=0) + 1e-6
    return np.asarray((odds - mean) / deviation), known

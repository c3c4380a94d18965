"""The head: standard scores of two teachers, a ridge regression, an even spread."""

import numpy as np

from genrescope.training.corpus import Heard
from genrescope.training.head import (
    MUSIC,
    SPEECH,
    SPREAD,
    VOICE,
    Linear,
    fit_ridge,
    genre_targets,
    log_odds,
    spread_evenly,
    voice_target,
)
from genrescope.vocabulary import GENRES, LABELS

CLASSES = sorted({name for genre in GENRES for name in genre.audioset} | {*VOICE, *SPEECH, *MUSIC})


def _heard(n_windows: int = 400) -> list[Heard]:
    rng = np.random.default_rng(0)
    tags = rng.normal(-3, 1, (n_windows, 50)).astype(np.float32)
    classes = rng.uniform(0.001, 0.5, (n_windows, len(CLASSES))).astype(np.float32)
    return [
        Heard("a", np.zeros((0, 96), np.float16), rng.normal(size=(n_windows, 200)).astype(np.float32), tags, classes)
    ]


def test_log_odds_are_finite_at_the_ends() -> None:
    assert np.isfinite(log_odds(np.array([0.0, 0.5, 1.0], np.float32))).all()


def test_a_genre_of_one_teacher_is_a_standard_score() -> None:
    songs = np.arange(400) < 150
    heard = _heard()
    heard[0].tags[150:] += 4  # what is not a song must not count
    heard[0].classes[150:] *= 0.1
    targets = genre_targets(heard, CLASSES, songs)
    for label in ("Reggae", "Experimental"):  # one known to YAMNet alone, the other to musicnn alone
        column = targets[songs, LABELS.index(label)]
        assert abs(column.mean()) < 1e-6
        assert abs(column.std() - 1) < 1e-3


def test_a_voice_at_the_middle_is_even() -> None:
    heard = _heard(2)
    heard[0].classes[:] = 0.0
    heard[0].classes[0, CLASSES.index("Speech")] = 0.99
    heard[0].classes[1, CLASSES.index("Singing")] = 0.012
    voice = voice_target(heard, CLASSES)
    assert voice[0] > 5
    assert abs(voice[1]) < 0.01


def test_ridge_finds_a_linear_map() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(3, 2, (20_000, 8)).astype(np.float32)
    truth = Linear(rng.normal(size=(3, 8)), rng.normal(size=3))
    found = fit_ridge(x, truth(x), np.ones(len(x)))
    assert np.allclose(found.weight, truth.weight, atol=0.05)
    assert np.abs(found(x) - truth(x)).mean() < 0.05


def test_ridge_finds_the_same_map_whatever_the_rows_weigh() -> None:
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(0, 1, (18_000, 8)), rng.normal(2, 1, (2_000, 8))]).astype(np.float32)
    truth = Linear(rng.normal(size=(3, 8)), rng.normal(size=3))
    found = fit_ridge(x, truth(x), np.where(np.arange(20_000) < 18_000, 1.0, 30.0))
    assert np.allclose(found.weight, truth.weight, atol=0.1)
    assert np.sqrt(np.square(found(x) - truth(x)).mean()) < 0.2


def test_an_even_spread() -> None:
    x = np.random.default_rng(2).normal(size=(500, 8)).astype(np.float32)
    head = Linear(np.random.default_rng(3).normal(size=(3, 8)) * [[1.0], [9.0], [0.1]], np.array([0.0, 5.0, -5.0]))
    logits = spread_evenly(head, x)(x)
    assert np.allclose(logits.std(axis=0), SPREAD, rtol=1e-3)
    assert np.allclose(logits.mean(axis=0), 0, atol=1e-3)

"""Tracks as numbers, made by seed: genres that overlap, columns of very unlike sizes, one that never varies."""

import numpy as np

from genrescope.card import ModelCard
from genrescope.training.examples import ArrayInputs, Examples

LABELS = ("Blues", "Folk", "Jazz", "Pop", "Rock", "Soul")
N_COLUMNS = 20
CONSTANT = 3


def tracks(n: int, n_genres: int = 5, seed: int = 0) -> Examples:
    """Return tracks of the first `n_genres` labels; two share a group, such as an artist."""
    centres = np.random.default_rng(99).normal(size=(len(LABELS), N_COLUMNS)) * 0.5
    rng = np.random.default_rng(seed)
    genres = np.arange(n) % n_genres
    rows = (centres[genres] + rng.normal(size=(n, N_COLUMNS))) * np.geomspace(0.05, 400, N_COLUMNS) + 30
    rows[:, CONSTANT] = 2.5
    return Examples(
        ids=tuple(f"track{seed}.{number}" for number in range(n)),
        inputs=ArrayInputs(rows.astype(np.float32)),
        targets=genres.astype(np.int64),
        labels=LABELS,
        groups=tuple(f"artist{seed}.{number // 10}" for number in range(n)),
        input={"kind": "statistics"},
        data="made by seed",
        columns=tuple(f"column_{number:02}" for number in range(N_COLUMNS)),
    )


def classic_card(**changes: object) -> ModelCard:
    """Return a card for a classifier of these tracks."""
    values: dict[str, object] = {
        "name": "small-classic",
        "labels": list(LABELS),
        "sample_rate_hz": 0,
        "window_s": 0.0,
        "hop_s": 0.0,
        "unsure_below": 0.2,
        "licence": "Apache-2.0",
        "front_end": "table@1",
        "features": {"kind": "statistics"},
    }
    return ModelCard(**(values | changes))  # type: ignore[arg-type]  # mixed values

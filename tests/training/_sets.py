"""Small sets of spectrograms whose genre is where their loud bands are."""

import numpy as np

from genrescope.training.examples import ArrayInputs, Examples

LABELS = ("low", "middle", "high")
SHAPE = (40, 24)


def bands(n: int, seed: int, labels: tuple[str, ...] = LABELS) -> Examples:
    rng = np.random.default_rng(seed)
    targets = np.arange(n) % len(labels)
    x = rng.normal(size=(n, *SHAPE)).astype(np.float32)
    for row, genre in enumerate(targets):
        x[row, :, genre * 8 : genre * 8 + 8] += 0.7
    ids = tuple(f"{seed}.{row}" for row in range(n))
    return Examples(ids, ArrayInputs(x), targets.astype(np.int64), labels, ids, {"kind": "log-mel"}, "made up")

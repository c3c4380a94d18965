"""What the tests of evaluation stand on: answers drawn at random, with one genre that the truth lacks."""

from collections.abc import Callable

import numpy as np
import pytest

from genrescope.evaluation.answers import Answers

LABELS = ("blues", "disco", "folk", "jazz", "rock")
ABSENT = 2


@pytest.fixture
def make_answers() -> Callable[..., Answers]:
    """Return a maker of answers over five genres: nobody plays folk, but it is said now and then."""

    def make(n: int = 300, *, seed: int = 0, said_seed: int = 1, group_size: int = 0) -> Answers:
        truth = np.random.default_rng(seed).choice([0, 1, 3, 4], size=n).astype(np.int64)
        generator = np.random.default_rng(said_seed)
        scores = generator.normal(size=(n, len(LABELS)))
        scores[np.arange(n), truth] += 1.2
        probabilities = np.exp(scores)
        probabilities = (probabilities / probabilities.sum(axis=1, keepdims=True)).astype(np.float32)
        groups = tuple(f"artist {row // group_size}" for row in range(n)) if group_size else ()
        ids = tuple(f"track {row}" for row in range(n))
        return Answers(LABELS, truth, probabilities.argmax(axis=1), probabilities, groups, ids)

    return make

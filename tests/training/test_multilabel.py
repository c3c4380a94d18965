"""Several genres a track: each for itself and in a chain."""

from dataclasses import replace

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.training.classic import CannotFit
from genrescope.training.examples import ArrayInputs, Examples
from genrescope.training.multilabel import fit_multilabel

LABELS = ("child", "parent", "never", "other", "always", "single")


def tracks(n: int = 300, seed: int = 0) -> Examples:
    """Return tracks of a small tree: whatever is of the child is of its parent."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, 8)).astype(np.float32)
    rows[:, 7] = 4.0
    targets = np.zeros((n, 6), dtype=np.float32)
    targets[:, 1] = rows[:, 0] + 0.3 * rng.normal(size=n) > 0
    targets[:, 0] = (targets[:, 1] == 1) & (rows[:, 1] > 0.3)
    targets[:, 3] = rows[:, 2] - rows[:, 3] > 0.5
    targets[:, 4] = 1
    targets[0, 5] = 1
    names = tuple(f"t{number}" for number in range(n))
    return Examples(names, ArrayInputs(rows), targets, LABELS, names, {"kind": "statistics"}, "made by seed")


@pytest.mark.parametrize("way", ["one-vs-rest", "chain"])
def test_genres_are_told_apart(way: str) -> None:
    heard = tracks(200, seed=1)
    fitted = fit_multilabel("LR", tracks(), way=way)  # type: ignore[arg-type]  # both ways are in the type
    scores = fitted.answer(heard)
    assert scores.shape == (200, 6)
    right = ((scores > 0.5) == (heard.targets > 0.5)).mean(axis=0)
    assert (right[[0, 1, 3]] > 0.85).all()


def test_a_chain_tells_children_of_their_parents() -> None:
    chain = fit_multilabel("LR", tracks(), way="chain").pipeline["classifier"]
    assert chain.order_[0] == 1  # the parent among the learned ones: child, parent, other
    assert [model.coef_.shape[1] for model in chain.estimators_] == [7, 8, 9]


def test_genres_too_rare_or_everywhere_are_said_by_their_frequency() -> None:
    fitted = fit_multilabel("lda", tracks())
    assert fitted.learned == (0, 1, 3)
    scores = fitted.answer(tracks(10, seed=1))
    np.testing.assert_allclose(scores[:, [2, 4, 5]], [[0, 1, 1 / 300]] * 10, rtol=1e-5)
    assert any(
        "3 genres too rare or in every track" in note and "never, always, single" in note for note in fitted.notes
    )


def test_rows_that_are_not_finite() -> None:
    examples = tracks()
    rows = examples.matrix().copy()
    rows[3, 1] = np.nan
    bad = replace(examples, inputs=ArrayInputs(rows))
    fitted = fit_multilabel("LR", bad)
    assert fitted.n_training == 299
    assert "t3" in fitted.notes[0]
    with pytest.raises(UsageError, match="not finite"):
        fitted.answer(bad)


def test_what_cannot_be_fitted() -> None:
    examples = tracks()
    with pytest.raises(CannotFit, match="fit_classic"):
        fit_multilabel("LR", replace(examples, targets=examples.targets.argmax(axis=1)))
    with pytest.raises(CannotFit, match="gives no probabilities"):
        fit_multilabel("SVCrbf", examples)
    with pytest.raises(CannotFit, match="no genre has 2 tracks"):
        fit_multilabel("LR", examples.take([0, 1]))
    with pytest.raises(UsageError, match="take both parts from one data set"):
        fit_multilabel("LR", examples).answer(replace(examples, labels=tuple("abcdef")))
    with pytest.raises(UsageError, match="got 'tree'"):
        fit_multilabel("LR", examples, way="tree")  # type: ignore[arg-type]  # that is the test

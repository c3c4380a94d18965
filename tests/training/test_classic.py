"""Fitting classifiers: they answer, what is bad in the data is said, and held-out parts only choose."""

from dataclasses import replace

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.models.classic import CLASSIFIERS
from genrescope.training.classic import CannotFit, fit_classic, usable
from genrescope.training.examples import ArrayInputs, Examples
from tests.models._classic import CONSTANT, N_COLUMNS, tracks

CHANCE = 1 / 5


def with_rows(examples: Examples, rows: np.ndarray) -> Examples:
    return replace(examples, inputs=ArrayInputs(rows))


def share_right(name: str, seed: int = 0) -> float:
    heard = tracks(200, seed=1)
    return float((fit_classic(name, tracks(300), seed=seed).answer(heard).numbers == heard.targets).mean())


@pytest.mark.parametrize("name", ["LR", "SVCrbf", "linSVC2", "QDA", "lda", "lr-tuned", "svc-tuned", "stacking"])
def test_classifiers_learn(name: str) -> None:
    assert share_right(name) > 2 * CHANCE


def test_chance_levels_are_chance() -> None:
    assert share_right("majority") == CHANCE  # the genres are even
    assert abs(share_right("stratified") - CHANCE) < 0.1


def test_the_same_seed_gives_the_same_answers() -> None:
    heard = tracks(100, seed=1)
    first, second, other = (fit_classic("RF", tracks(200), seed=seed).answer(heard).probabilities for seed in (4, 4, 5))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


@pytest.mark.parametrize("name", ["SVCrbf", "linSVC2"])
def test_probabilities_do_not_change_what_the_plain_machine_answers(name: str) -> None:
    training, heard = tracks(150), tracks(400, seed=1)
    answered = fit_classic(name, training).answer(heard)
    from genrescope.models.classic import make_pipeline

    plain = make_pipeline(name).fit(training.matrix().astype(float), training.targets)
    np.testing.assert_array_equal(answered.numbers, plain.predict(heard.matrix().astype(float)))
    np.testing.assert_array_equal(answered.probabilities.argmax(axis=1), answered.numbers)
    np.testing.assert_allclose(answered.probabilities.sum(axis=1), 1, atol=1e-6)


def test_calibrated_machines_are_neither_too_sure_nor_too_modest() -> None:
    heard = tracks(600, seed=2)
    answered = fit_classic("SVCrbf", tracks(400), tracks(200, seed=1)).answer(heard)
    confidence = answered.probabilities.max(axis=1).mean()
    assert abs(confidence - (answered.numbers == heard.targets).mean()) < 0.08


def test_settings_are_chosen_on_validation_and_all_that_was_tried_is_kept() -> None:
    training, validation = tracks(150), tracks(100, seed=1)
    fitted = fit_classic("lr-tuned", training, validation)
    tried = {entry["C"]: entry["accuracy"] for entry in fitted.selection_log}
    assert len(tried) == len(CLASSIFIERS["lr-tuned"].make(0).param_grid["C"])
    chosen = fitted.pipeline["classifier"].C
    assert tried[chosen] == max(map(float, map(str, tried.values())))
    by_hand = fit_classic("LR", training, settings={"C": chosen, "max_iter": 2000})
    assert tried[chosen] == pytest.approx((by_hand.answer(validation).numbers == validation.targets).mean())
    assert fitted.n_training == len(training)


def test_folds_keep_groups_together() -> None:
    # Two rows a group, almost the same: folds that split them would find that the nearest neighbour is always right.
    rng = np.random.default_rng(0)
    rows = np.repeat(rng.normal(size=(60, 5)), 2, axis=0) + rng.normal(size=(120, 5)) * 1e-3
    genres = np.repeat(np.arange(60) % 3, 2)
    examples = replace(
        tracks(120, 3),
        inputs=ArrayInputs(rows.astype(np.float32)),
        targets=genres.astype(np.int64),
        groups=tuple(str(row // 2) for row in range(120)),
        columns=(),
    )
    tried = fit_classic("svc-tuned", examples).selection_log
    assert max(float(str(entry["accuracy"])) for entry in tried) < 0.6


def test_settings_by_name() -> None:
    assert fit_classic("kNN", tracks(100), settings={"n_neighbors": 7}).pipeline["classifier"].n_neighbors == 7
    with pytest.raises(UsageError, match="no setting 'n_neighbour': did you mean n_neighbors"):
        fit_classic("kNN", tracks(300), settings={"n_neighbour": 7})


def test_rows_that_are_not_finite_are_left_out_and_named() -> None:
    examples = tracks(200)
    rows = examples.matrix().copy()
    rows[5, 2], rows[9] = np.nan, np.inf
    fitted = fit_classic("LR", with_rows(examples, rows))
    assert fitted.n_training == 198
    assert any("track0.5, track0.9" in note for note in fitted.notes)
    with pytest.raises(UsageError, match=r"2 of 200 tracks .* first track0\.5"):
        fitted.answer(with_rows(examples, rows))
    kept, _ = usable(with_rows(examples, rows))
    assert len(fitted.answer(kept).numbers) == 198


def test_constant_columns_change_nothing() -> None:
    examples, heard = tracks(200), tracks(50, seed=1)
    without = [np.delete(part.matrix(), CONSTANT, axis=1) for part in (examples, heard)]
    expected = fit_classic("QDA", with_rows(examples, without[0])).answer(with_rows(heard, without[1]))
    np.testing.assert_array_equal(fit_classic("QDA", examples).answer(heard).numbers, expected.numbers)
    nothing = np.ones((200, N_COLUMNS), dtype=np.float32)
    with pytest.raises(CannotFit, match="no column varies over the 200"):
        fit_classic("LR", with_rows(examples, nothing))


def test_a_genre_without_tracks_is_never_answered_and_one_with_a_single_track_is_said() -> None:
    examples = tracks(200)
    kept = [*np.flatnonzero(examples.targets != 2).tolist(), 2]
    fitted = fit_classic("LR", examples.take(kept))
    assert any("one single track of Jazz" in note for note in fitted.notes)
    fitted = fit_classic("SVCrbf", examples.take(kept[:-1]))
    assert any("no track of Jazz, Soul" in note for note in fitted.notes)
    assert (fitted.answer(tracks(100, seed=1)).probabilities[:, [2, 5]] == 0).all()


@pytest.mark.parametrize("name", ["SVCrbf", "lr-tuned", "stacking", "XGBoost"])
def test_a_genre_with_one_track_can_be_learned_or_says_why_not(name: str) -> None:
    examples = tracks(100)
    few = examples.take([*np.flatnonzero(examples.targets < 2).tolist(), 4])
    try:
        fitted = fit_classic(name, few)
    except CannotFit as error:
        assert name in str(error)  # noqa: PT017 - either is right
    else:
        assert np.isfinite(fitted.answer(examples).probabilities).all()


def test_too_few_tracks_are_refused_in_words() -> None:
    with pytest.raises(CannotFit, match="asks 200 neighbours, and there are 60 training tracks"):
        fit_classic("kNN", tracks(60))
    with pytest.raises(CannotFit, match=r"64 principal components .* 200 tracks and 19 columns"):
        fit_classic("LR", tracks(200), pca=64)
    with pytest.raises(CannotFit, match=r"more tracks than there are columns \(19\); Blues has 12"):
        fit_classic("QDA", tracks(60))
    with pytest.raises(CannotFit, match="no track to learn from"):
        fit_classic("LR", tracks(0))
    with pytest.raises(CannotFit, match="every training track is Blues; it needs two genres"):
        fit_classic("LR", tracks(50, 1))
    assert fit_classic("majority", tracks(50, 1)).answer(tracks(10)).numbers.tolist() == [0] * 10


def test_other_columns_or_genres_are_refused() -> None:
    fitted, heard = fit_classic("NB", tracks(100)), tracks(20, seed=1)
    with pytest.raises(UsageError, match="20 columns; these tracks have 6 genres and 4"):
        fitted.answer(with_rows(heard, heard.matrix()[:, :4]))
    with pytest.raises(UsageError, match="take both parts from one data set"):
        fitted.answer(replace(heard, labels=("a", "b")))
    several = replace(heard, targets=np.ones((20, 6), dtype=np.float32))
    with pytest.raises(CannotFit, match="fit_multilabel"):
        fit_classic("LR", several)


def test_what_it_cost_and_what_the_library_said() -> None:
    fitted = fit_classic("MLP1", tracks(100), settings={"max_iter": 2})
    assert fitted.seconds > 0
    assert fitted.peak_mib > 10
    assert any("Maximum iterations" in note for note in fitted.notes)

"""A search: it goes on where it stopped, chooses on validation, and says what mattered."""

from pathlib import Path

import pytest

from genrescope.errors import UsageError
from genrescope.recipes.search import Range, Trial, read_range, search, with_best
from genrescope.recipes.train import Asked, prepare
from tests.recipes._networks import recipe, table

OVER = [read_range("training.learning_rate=1e-5..1e-1"), read_range("training.optimizer=adam,sgd")]

pytestmark = pytest.mark.usefixtures("one_thread")


def test_it_goes_on_and_chooses_the_best(tmp_path: Path) -> None:
    parts = prepare(recipe(), Asked("table", table(tmp_path))).parts
    small = recipe(epochs=1)
    told: list[Trial] = []
    first = search(small, parts, tmp_path / "search", OVER, n_trials=2, on_trial=told.append)
    assert len(first.trials) == len(told) == 2
    both = search(small, parts, tmp_path / "search", OVER, n_trials=5, on_trial=told.append)
    assert both.trials[:2] == first.trials
    assert len(both.trials) == len(told) == 5
    assert len({trial.values["training.learning_rate"] for trial in both.trials}) == 5
    assert both.best is not None
    assert both.best.score == max(trial.score or 0 for trial in both.trials)
    assert with_best(small, both).training["learning_rate"] == both.best.values["training.learning_rate"]
    assert set(both.importances) <= {one.key for one in OVER}
    with pytest.raises(UsageError, match="this folder holds a search over"):
        search(small, parts, tmp_path / "search", OVER[:1], n_trials=6)


def test_a_grid_tries_every_combination_and_a_failure_is_listed(tmp_path: Path) -> None:
    parts = prepare(recipe(), Asked("table", table(tmp_path))).parts
    over = [Range("training.optimizer", ("adam", "sgd")), Range("training.crop_frames", ("16", "25"))]
    found = search(recipe(epochs=1), parts, tmp_path / "search", over, n_trials=4, method="grid")
    tried = {(trial.values["training.optimizer"], trial.values["training.crop_frames"]) for trial in found.trials}
    assert len(tried) == 4
    failed = [trial for trial in found.trials if trial.score is None]
    assert {trial.values["training.crop_frames"] for trial in failed} == {"25"}
    assert "crop_frames=25 is more than an example's 24 frames" in failed[0].why


@pytest.mark.parametrize("text", ["training.epochs", "=3", "training.epochs=9..3", "training.epochs=a..b"])
def test_what_is_no_range_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="--over"):
        read_range(text)


def test_whole_numbers_stay_whole() -> None:
    assert read_range("training.batch_size=8..64") == Range("training.batch_size", (), 8, 64, whole=True)
    assert not read_range("training.l2=0.0..0.1").whole


def test_a_setting_that_no_recipe_has_is_said_before_anything_is_trained(tmp_path: Path) -> None:
    parts = prepare(recipe(), Asked("table", table(tmp_path))).parts
    with pytest.raises(UsageError, match="did you mean learning_rate"):
        search(recipe(), parts, tmp_path / "search", [read_range("training.learning=1e-5..1e-1")], n_trials=1)
    assert not (tmp_path / "search").exists()


def test_settings_are_chosen_on_a_validation_part(tmp_path: Path) -> None:
    parts = dict(prepare(recipe(), Asked("table", table(tmp_path))).parts)
    del parts["validation"]
    with pytest.raises(UsageError, match="the split has none"):
        search(recipe(), parts, tmp_path / "search", OVER, n_trials=1)

"""A search: it goes on where it stopped, chooses on validation, and says what mattered."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest

from genrescope.errors import UsageError
from genrescope.recipes._base import Recipe
from genrescope.recipes.search import Range, Trial, read_range, search, with_best
from genrescope.recipes.train import Asked, prepare
from genrescope.training.examples import ArrayInputs, Examples
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
    with pytest.raises(UsageError, match=r"another search .range of training.optimizer was adam,sgd, now not said\)"):
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


def made_up(shift: float = 0.0, n: int = 16) -> dict[str, Examples]:
    rng = np.random.default_rng(0)
    found = {}
    for part in ("training", "validation"):
        targets = np.arange(n) % 2
        x = rng.normal(size=(n, 24, 16)).astype(np.float32) + targets[:, None, None] + np.float32(shift)
        ids = tuple(f"{part}{row}" for row in range(n))
        found[part] = Examples(ids, ArrayInputs(x), targets, ("low", "high"), ids, {"kind": "log-mel"}, "made up")
    return found


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_folder_holds_one_search(tmp_path: Path) -> None:
    """Nothing is written where recipe, settings, data, split or seed are others, even one number of a track."""
    parts, small, out = made_up(), recipe(epochs=1), tmp_path / "search"
    over = [read_range("training.optimizer=adam,sgd")]
    begun = search(small, parts, out, over, n_trials=1)
    kept = bytes_of(out)
    cases: list[tuple[Recipe, Mapping[str, Examples], int, str]] = [
        (small, made_up(shift=1.0), 0, "training part was .* now "),
        (small, {**parts, "validation": parts["validation"].take(range(8))}, 0, r"search \(validation part was"),
        (small, parts, 1, "seed was 0, now 1"),
        (recipe(epochs=2), parts, 0, "training.epochs was 1, now 2"),
        (replace(small, model_settings={"width": 8}), parts, 0, "model_settings.width was 4, now 8"),
        (replace(small, input="logmel:fma-cnn"), parts, 0, "input was logmel, now logmel:fma-cnn"),
        (replace(small, name="other"), parts, 0, "a search of the recipe small; now asked for is other"),
    ]
    for asked, on, seed, words in cases:
        with pytest.raises(UsageError, match=words) as refused:
            search(asked, on, out, over, n_trials=2, seed=seed)
        assert "name another --out" in str(refused.value)
    assert bytes_of(out) == kept
    said = replace(recipe(epochs=1, batch_size=8, optimizer="sgd", shift=0.0), note="another note")  # the same in words
    assert search(said, parts, out, over, n_trials=2).trials[:1] == begun.trials


def test_a_search_of_an_older_version_is_taken_where_it_has_no_trials(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'search.db'}"
    study = optuna.create_study(storage=storage, study_name="small", direction="maximize")
    over = [read_range("training.optimizer=adam,sgd")]
    assert len(search(recipe(epochs=1), made_up(), tmp_path, over, n_trials=1).trials) == 1
    study.set_user_attr("begun", None)
    with pytest.raises(UsageError, match=r"older genrescope.*name another --out"):
        search(recipe(epochs=1), made_up(), tmp_path, over, n_trials=2)


@pytest.mark.parametrize(
    ("over", "words"),
    [
        (["training.optimizer=adam,adm"], "training: optimizer is 'adam' or .*; got 'adm'"),
        (["training.batch_size=8,none"], "batch_size is a whole number; got 'none'"),
        (["training.l2=-1..1"], "l2 is not below 0"),
        (["training.epochs=1.5..3"], r"it is a whole number, and so are its bounds; got 1.5..3.0"),
        (["model_settings.dropout=0.5..2"], "scope-net: dropout is a share from 0 to 1; got 2.0"),
        (["model_settings.n_embedding=8,0"], "n_embedding is a whole number of at least 1; got 0"),
        (["input=logmel,image"], "inputs and parts are made once"),
        (["training.momentum=0.5,0.9", "training.optimizer=adam,adamw"], "momentum goes with sgd"),
    ],
)
def test_a_value_that_cannot_be_is_said_before_anything_is_trained(over: list[str], words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        search(recipe(), made_up(), tmp_path / "search", [read_range(text) for text in over], n_trials=1)
    assert not (tmp_path / "search").exists()


@pytest.fixture
def drawn(tmp_path: Path) -> Callable[[str], list[object]]:
    def draw(text: str) -> list[object]:
        key = text.partition("=")[0]
        over = [read_range("training.optimizer=sgd"), read_range(text)]
        found = search(recipe(epochs=1), made_up(), tmp_path / key, over, n_trials=3, method="random")
        assert [trial.why for trial in found.trials] == [""] * 3
        return [trial.values[key] for trial in found.trials]

    return draw


@pytest.mark.parametrize("key", ["model_settings.dropout", "training.label_smoothing", "training.momentum"])
def test_whether_numbers_are_whole_follows_the_setting(key: str, drawn: Callable[[str], list[object]]) -> None:
    high = 0.9 if key == "training.label_smoothing" else 1
    assert all(isinstance(value, float) and 0 < value < 1 for value in drawn(f"{key}=0..{high}"))


def test_bounds_of_a_whole_number_may_be_written_otherwise(drawn: Callable[[str], list[object]]) -> None:
    assert all(isinstance(value, int) and 4 <= value <= 16 for value in drawn("training.batch_size=4.0..1.6e1"))


def test_a_precision_is_a_choice(drawn: Callable[[str], list[object]]) -> None:
    assert drawn("training.precision=32") == ["32"] * 3


def test_a_seed_that_the_draws_do_not_take_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--seed is a whole number from 0 to 4294967295"):
        search(recipe(), made_up(), tmp_path / "search", OVER, n_trials=1, seed=10**22)
    assert not (tmp_path / "search").exists()


def test_what_goes_together_only_as_it_is_drawn_is_tried(tmp_path: Path) -> None:
    over = [read_range("training.optimizer=sgd"), read_range("training.batch_size=8")]
    small = recipe(epochs=1, optimizer="adam", momentum=0.9)  # alone, these do not go together
    found = search(small, made_up(), tmp_path / "search", over, n_trials=1)
    assert found.best is not None

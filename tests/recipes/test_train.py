"""From a data set to a run's folder."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from genrescope.errors import UsageError
from genrescope.recipes._base import changed, read_recipe
from genrescope.recipes.networks import Trained
from genrescope.recipes.train import Asked, prepare, train
from tests.recipes._networks import recipe, table

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_table_is_trained_on_and_its_split_is_kept(tmp_path: Path) -> None:
    asked = Asked("table", table(tmp_path), seed=3)
    trained = train(recipe(), asked, tmp_path / "run")
    said = json.loads((tmp_path / "run" / "run.json").read_text())
    split = json.loads((tmp_path / "run" / "split.json").read_text())
    assert said["split_fingerprint"] == split["fingerprint"]
    assert said["data_fingerprint"] == split["data_fingerprint"]
    assert said["seed"] == 3
    assert said["parts"] == {"training": 20, "validation": 10, "test": 10}
    assert trained.facts["tracks_without_input"] == 0
    with pytest.raises(UsageError, match="not empty; go on with that run by --resume"):
        train(recipe(), asked, tmp_path / "run")
    same = Asked("table", table(tmp_path), str(tmp_path / "run" / "split.json"), seed=3)
    again = train(recipe(), same, tmp_path / "run", resume=True)
    assert isinstance(trained, Trained)
    assert isinstance(again, Trained)
    assert again.fitted.history == trained.fitted.history


def test_a_recipe_runs_on_other_numbers_only_where_told_so(tmp_path: Path) -> None:
    asked = Asked("table", table(tmp_path))
    with pytest.raises(UsageError, match="takes the input 'mfcc:fma-mfcc-nets', and the table holds log-mel"):
        prepare(read_recipe("mfcc-cnn"), asked)
    assert prepare(changed(read_recipe("mfcc-cnn"), ["input=logmel"]), asked).parts["test"].inputs.shape == (24, 16)


def test_genres_that_the_data_lacks_are_told(tmp_path: Path) -> None:
    asked = Asked("table", table(tmp_path))
    assert prepare(recipe(), asked).facts["genres_not_there"] == []
    found = prepare(changed(recipe(), ["genres=low,shrill"]), asked)
    assert found.facts["genres_not_there"] == ["shrill"]
    assert found.dataset.genres == ("high", "low")
    some = prepare(changed(recipe(), ["genres=low,high"]), asked)
    assert some.facts["genres_not_there"] == []


def test_a_seed_that_no_generator_takes(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--seed is a whole number from 0"):
        Asked("table", tmp_path, seed=10**23)


def test_what_does_not_go_together_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it is no file and no way to split: did you mean official"):
        prepare(recipe(), Asked("table", table(tmp_path), "oficial"))


def test_gtzans_pictures_in_the_parts_of_the_filtered_split(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "gtzan"
    (tmp_path / "images.toml").write_text(
        f'file = "{folder}/spectrogram_images.npz"\nkind = "linear-spectrogram-image"\narray = "image"\n'
        f'labels = "{folder}/splits.csv"\nlabel_column = "genre"\npart_column = "filtered"\n'
    )
    asked = Asked("table", tmp_path / "images.toml", work=tmp_path)
    found = prepare(read_recipe("gtzan-cnn"), Asked("table", tmp_path / "images.toml", "official", work=tmp_path))
    assert {part: len(some) for part, some in found.parts.items()} == {"training": 442, "validation": 197, "test": 290}
    balanced = prepare(read_recipe("gtzan-cnn"), asked)
    assert {part: len(some) for part, some in balanced.parts.items()} == {
        "training": 800,
        "validation": 90,
        "test": 100,
    }


def test_a_run_that_another_recipe_wants_to_go_on_with_stays_as_it_is(tmp_path: Path) -> None:
    asked, run = Asked("table", table(tmp_path)), tmp_path / "run"
    train(recipe(), asked, run)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    wider = changed(recipe(), ["model_settings.width=8"])
    other = changed(read_recipe("LR"), ["input=logmel"])
    for wanted, said in (
        (wider, "checkpoint of another run"),
        (other, "a run of scope-net lies there, and LR is asked"),
    ):
        with pytest.raises(UsageError, match=said):
            train(wanted, asked, run, resume=True)
    with pytest.raises(UsageError, match="was split by official, and balanced-80-9-10-seed0 is asked for"):
        train(recipe(), replace(asked, split="balanced"), run, resume=True)
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_what_a_refused_training_left_is_in_nobodys_way(tmp_path: Path) -> None:
    asked, run = Asked("table", table(tmp_path)), tmp_path / "run"
    with pytest.raises(UsageError, match="no_such"):
        train(changed(recipe(), ["model_settings.no_such=1"]), asked, run)
    with pytest.raises(UsageError):
        train(recipe(), replace(asked, split="holdout"), run)
    trained = train(recipe(), replace(asked, seed=2), run)
    assert json.loads((run / "split.json").read_text())["fingerprint"] == trained.facts["split_fingerprint"]
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="this is a file"):
        train(recipe(), asked, tmp_path / "file")

"""Scoring through the served file: models on sound, tables through model files, and what a score must say beside it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.recipes._base import changed, read_recipe
from genrescope.recipes.evaluate import evaluate
from genrescope.recipes.inflation import inflation_of
from genrescope.recipes.train import Asked, train
from tests.recipes._networks import table

GENRES = ("blues", "metal", "pop")


def test_the_bundled_model_on_gtzan(shared_data: Path) -> None:
    scored = evaluate("bundled", Asked("gtzan", shared_data / "gtzan_mini"))
    assert set(scored.answers.labels) >= {"blues", "rock"}
    assert len(scored.answers) == 60
    assert (scored.answers.predicted == scored.answers.truth).mean() > 0.65
    assert scored.split == "all tracks"


def test_a_table_and_a_network(tmp_path: Path) -> None:
    root = table(tmp_path)
    changes = ["training.epochs=2", "training.crop_frames=0", "model_settings.width=4", "model_settings.n_embedding=8"]
    small = changed(read_recipe("scope-net"), [*changes, "training.batch_size=8"])
    train(small, Asked("table", root), tmp_path / "run")
    first = evaluate(str(tmp_path / "run"), Asked("table", root))
    again = evaluate(str(tmp_path / "run"), Asked("table", root))
    assert (tmp_path / "run" / "model.onnx").exists()
    np.testing.assert_array_equal(first.answers.predicted, again.answers.predicted)
    with pytest.raises(UsageError, match="hears sound"):
        evaluate("bundled", Asked("table", root, "official"))
    found = inflation_of(small, "table", root, None, tmp_path / "run" / "inflation")
    assert found.random is not None
    assert found.low <= found.difference <= found.high


def test_genres_that_a_model_does_not_know(songs_of_strange_genres: Path) -> None:
    with pytest.raises(UsageError, match="no word for the genre"):
        evaluate("bundled", Asked("folder", songs_of_strange_genres))


def test_a_split_without_a_test_part(shared_data: Path) -> None:
    with pytest.raises(UsageError, match="no part 'test'"):
        evaluate("bundled", Asked("gtzan", shared_data / "gtzan_mini", "kfold"))


@pytest.fixture
def songs_of_strange_genres(tmp_path: Path) -> Path:
    import soundfile

    for genre in ("zzz", "yyy"):
        (tmp_path / "strange" / genre).mkdir(parents=True)
        noise = np.random.default_rng(0).normal(0, 0.1, 22_050)
        soundfile.write(tmp_path / "strange" / genre / "a.wav", noise, 22_050)
    return tmp_path / "strange"


@pytest.mark.usefixtures("one_thread")
def test_a_run_that_hears_sound_is_scored_on_its_own_split(shared_data: Path, tmp_path: Path) -> None:
    two, three = (_some_of(shared_data, tmp_path / str(len(genres)), genres) for genres in (GENRES[:2], GENRES))
    asked = Asked("folder", two, "balanced", work=tmp_path / "work")
    changes = ["training.epochs=1", "model_settings.n_embedding=8", "training.crop_frames=0"]
    trained = train(changed(read_recipe("scope-net"), changes), asked, tmp_path / "run")
    scored = evaluate(str(tmp_path / "run"), replace(asked, split=None))
    assert scored.split == trained.facts["split"]
    assert len(scored.answers) == trained.facts["parts"]["test"]
    more = evaluate(str(tmp_path / "run"), Asked("folder", three, "balanced", work=tmp_path / "more"))
    assert more.answers.labels == scored.answers.labels == GENRES[:2]


def _some_of(data: Path, root: Path, genres: tuple[str, ...]) -> Path:
    for genre in genres:
        (root / genre).mkdir(parents=True)
        for file in sorted((data / "gtzan_mini" / genre).iterdir()):
            (root / genre / file.name).symlink_to(file)
    return root

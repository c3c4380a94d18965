"""From sound to a trained run, to a model file, to an answer for a song."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrescope.errors import UsageError
from genrescope.loading import load_model
from genrescope.recipes._base import read_recipe
from genrescope.recipes.export import export_run
from genrescope.recipes.networks import Trained
from genrescope.recipes.train import Asked, train
from tests.recipes._networks import recipe, table

RATE_HZ = 22_050

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for genre, hz in (("low", 200), ("high", 4_000)):
        (tmp_path / "songs" / genre).mkdir(parents=True)
        for number in range(8):
            tone = 0.2 * np.sin(2 * np.pi * hz * rng.uniform(0.8, 1.2) / RATE_HZ * np.arange(3 * RATE_HZ))
            noisy = tone + rng.normal(0, 0.01, len(tone))
            soundfile.write(tmp_path / "songs" / genre / f"{number}.wav", noisy, RATE_HZ)
    return tmp_path / "songs"


def test_sound_in_genres_out(songs: Path, tmp_path: Path) -> None:
    heard = replace(
        recipe(epochs=12, batch_size=4, keep="last"), input_settings={"n_frames": 100, "n_mels": 32}, split="grouped"
    )
    trained = train(heard, Asked("folder", songs, workers=1, work=tmp_path / "work"), tmp_path / "run")
    assert isinstance(trained, Trained)
    assert trained.fitted.history[-1].training_accuracy > 0.8
    card = export_run(tmp_path / "run", tmp_path / "small.onnx")
    assert card.labels == list(trained.facts["labels"])
    assert card.data["fingerprint"] == trained.facts["data_fingerprint"]
    model = load_model(tmp_path / "small.onnx")
    said = [model.predict(songs / genre / "0.wav").genre for genre in ("low", "high")]
    assert said == ["low", "high"]
    assert model.predict(songs / "low" / "0.wav").timeline is not None
    # The run's folder lends its embedding to a classifier; its model file is written for that.
    asked = Asked("folder", songs, "grouped", work=tmp_path / "work")
    train(replace(read_recipe("LR"), input=f"embedding:{tmp_path / 'run'}"), asked, tmp_path / "on-run")
    (tmp_path / "on-run" / "small.onnx").write_bytes((tmp_path / "run" / "model.onnx").read_bytes())
    assert load_model(tmp_path / "on-run" / "model.onnx").predict(songs / "low" / "0.wav").genre == "low"


def test_ready_numbers_stay_outside(tmp_path: Path) -> None:
    train(recipe(), Asked("table", table(tmp_path)), tmp_path / "run")
    card = export_run(tmp_path / "run", tmp_path / "small.onnx")
    assert card.front_end == "log-mel@0"
    assert card.embedding_size == 8
    assert card.scores[0].n == 10


def test_only_a_finished_run_becomes_a_file(tmp_path: Path) -> None:
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    with pytest.raises(UsageError, match="has not come to its end: the same train command with --resume goes on"):
        export_run(tmp_path / "run", tmp_path / "small.onnx")

"""Every classifier the whole way: features of real files, fitted, scored through its file, exported, and heard."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrescope.errors import ModelError, UsageError
from genrescope.loading import load_model
from genrescope.models.classic import CLASSIFIERS
from genrescope.recipes._base import Recipe, changed, read_recipe
from genrescope.recipes._run_folder import MODEL, read_run
from genrescope.recipes.classifiers import ClassifierRun, train_classifier
from genrescope.recipes.evaluate import evaluate
from genrescope.recipes.export import export_run
from genrescope.recipes.train import Asked, prepare, train

RATE_HZ = 11_025
N_EACH = 135


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two genres that their zero crossings tell apart: low tones and high ones, each with noise."""
    root, rng = tmp_path_factory.mktemp("songs"), np.random.default_rng(0)
    times_s = np.arange(RATE_HZ * 3 // 2) / RATE_HZ
    for genre, middle_hz in (("high", 1_500), ("low", 300)):
        (root / genre).mkdir()
        for number in range(N_EACH):
            tone = 0.3 * np.sin(2 * np.pi * rng.normal(middle_hz, 60) * times_s)
            soundfile.write(root / genre / f"{number:03d}.wav", tone + rng.normal(0, 0.02, len(times_s)), RATE_HZ)
    return root


SMALL = {"n_mfcc": 4, "n_frames": 3, "hop_samples": 4_096, "sample_rate_hz": RATE_HZ}
"""Twelve numbers a song: quickly computed, and fewer than any genre has songs."""


def recipe(**changes: str) -> Recipe:
    small = replace(read_recipe("mfcc-logistic"), input="mfcc", input_settings=SMALL, split="grouped")
    return changed(small, [f"{key}={value}" for key, value in changes.items()])


def on(songs: Path, split: str = "grouped") -> Asked:
    return Asked("folder", songs, split)


@pytest.mark.parametrize("name", sorted(CLASSIFIERS))
def test_train_evaluate_export_predict(name: str, songs: Path, tmp_path: Path) -> None:
    asked = recipe(model=name)
    if name == "stratified":
        with pytest.raises(UsageError, match="cannot be kept in a file"):
            train(asked, on(songs), tmp_path / "run")
        return
    run = train(asked, on(songs), tmp_path / "run")
    assert isinstance(run, ClassifierRun)
    scored = evaluate(str(tmp_path / "run"), Asked("folder", songs))
    assert scored.split == "grouped-80-10-10-seed0"
    if name != "majority":
        assert (scored.answers.predicted == scored.answers.truth).mean() >= 0.9
    card = export_run(tmp_path / "run", tmp_path / "out.onnx")
    assert card.labels == ["high", "low"]
    answer = load_model(tmp_path / "out.onnx").predict(songs / "low" / "000.wav")
    assert sum(answer.confidences.values()) == pytest.approx(1, abs=1e-5)
    if name != "majority":
        assert answer.genre == "low"
        assert answer.timeline is None


def test_what_a_run_says_and_keeps(songs: Path, tmp_path: Path) -> None:
    asked = recipe(model="LR")
    run = train(asked, on(songs), tmp_path / "run")
    facts = read_run(tmp_path / "run")
    assert facts["parts"]["training"] == 216
    assert facts["input"]["feature"] == "mfcc"
    assert facts["shape"] == [3, 4]
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "recipe.toml", "run.json", "split.json", "predictions_validation.csv", MODEL,
    }  # fmt: skip
    assert run.facts["metrics"]["validation_accuracy"] >= 0.9
    with pytest.raises(UsageError, match="not empty"):
        train(asked, on(songs), tmp_path / "run")


def test_a_run_on_the_bundled_embedding_hears_songs(songs: Path, tmp_path: Path) -> None:
    some = tmp_path / "some"
    for genre in ("high", "low"):
        (some / genre).mkdir(parents=True)
        for path in sorted((songs / genre).iterdir())[:10]:
            (some / genre / path.name).symlink_to(path)
    train(replace(recipe(model="LR"), input="embedding:bundled", input_settings={}), on(some), tmp_path / "run")
    answer = load_model(tmp_path / "run" / MODEL).predict(songs / "high" / "020.wav")
    assert answer.genre == "high"


def test_bad_input(songs: Path, tmp_path: Path) -> None:
    asked = changed(recipe(model="QDA"), ["input_settings.n_mfcc=40"])
    with pytest.raises(UsageError, match="columns"):
        train(asked, on(songs), tmp_path / "run")
    assert not (tmp_path / "run" / MODEL).exists()
    parts = prepare(changed(asked, ["model=LR"]), on(songs)).parts
    with pytest.raises(UsageError, match="no track of the part 'training'"):
        train_classifier(asked, {"test": parts["test"]}, tmp_path / "other")
    with pytest.raises((UsageError, ModelError), match=r"did you mean|there is"):
        train(changed(asked, ["model=SVCrfb"]), on(songs), tmp_path / "third")

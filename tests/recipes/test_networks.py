"""Recipes of networks: each resolves, and what they are trained to is kept with all that is to be known of it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrescope.errors import ModelError, UsageError
from genrescope.evaluation.answers import Answers
from genrescope.features.catalogue import make_feature
from genrescope.models.catalogue import NETWORKS
from genrescope.recipes._base import changed, read_recipe, recipe_names
from genrescope.recipes._halved import halved
from genrescope.recipes._run_folder import read_run
from genrescope.recipes.export import export_run
from genrescope.recipes.networks import answers_of, network_of, probabilities_of, resolved, train_parts
from genrescope.training.examples import ArrayInputs, Examples
from genrescope.training.fit_settings import fit_settings
from tests.recipes._networks import recipe

REPORTED = {
    "fma-dense-mfcc", "fma-cnn", "fma-vgg16", "fma-vgg16-progressive", "fma-vgg16-progressive-open", "fma-crnn",
    "fma-cnn-rnn-parallel", "gtzan-inception", "gtzan-cnn", "mfcc-dense3", "mfcc-cnn", "mfcc-lstm", "mfcc-td-cnn",
    "crnn-over-time", "vggish-finetune",
}  # fmt: skip
"""A recipe for every network of the five reports."""

NETWORK_RECIPES = [name for name in recipe_names() if read_recipe(name).kind == "network"]

pytestmark = pytest.mark.usefixtures("one_thread")


def parts(n: int = 24) -> dict[str, Examples]:
    rng = np.random.default_rng(0)
    found = {}
    for part in ("training", "validation", "test"):
        targets = np.arange(n) % 2
        x = rng.normal(size=(n, 24, 16)).astype(np.float32) + targets[:, None, None]
        ids = tuple(f"{part}{row}" for row in range(n))
        found[part] = Examples(ids, ArrayInputs(x), targets, ("low", "high"), ids, {"kind": "log-mel"}, "made up")
    return found


def test_every_network_of_the_reports_has_its_recipe() -> None:
    assert set(NETWORK_RECIPES) >= REPORTED | {"scope-net"}


@pytest.mark.parametrize("name", NETWORK_RECIPES)
def test_every_recipe_resolves(name: str) -> None:
    found = read_recipe(name)
    whole = resolved(found, fit_settings(found.training))
    assert set(whole.training) > set(found.training)
    assert found.model in NETWORKS
    settings = {key: value for key, value in found.input_settings.items() if key != "columns"}
    feature = make_feature(found.input, **settings)
    assert (found.report == "ours") is not bool(found.reported) or name.endswith("-open")
    if name != "fma-dense-mfcc":
        assert len(feature.axes) in {2, 3}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("training.epoch=3", "training has no setting 'epoch': did you mean epochs"),
        ("model_settings.dropuot=0.1", "did you mean dropout"),
        ("model=fma-cn", "did you mean fma-cnn"),
    ],
)
def test_an_unknown_key_is_an_error_that_names_the_nearest(change: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        train_parts(changed(read_recipe("fma-cnn"), [change]), parts(), tmp_path / "run")


def test_a_run_file_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("[1]")
    with pytest.raises(UsageError, match="its format is None"):
        read_run(tmp_path)


def test_a_run_keeps_what_is_to_be_known(tmp_path: Path) -> None:
    trained = train_parts(recipe(epochs=6), parts(), tmp_path, facts={"data_fingerprint": "abc"})
    said = read_run(tmp_path)
    assert said == json.loads(json.dumps(trained.facts)) | {key: said[key] for key in ("format", "versions", "machine")}
    assert said["parts"] == {"training": 24, "validation": 24, "test": 24}
    assert said["metrics"]["validation_accuracy"] == trained.metrics["validation_accuracy"]
    assert trained.validation is not None
    assert len(trained.validation) == 24
    right = (trained.validation.predicted == trained.validation.truth).mean()
    assert right == pytest.approx(said["metrics"]["validation_accuracy"])
    again = read_recipe(tmp_path / "recipe.toml")
    assert again == replace(trained.recipe, name="recipe")
    lines = (tmp_path / "predictions_validation.csv").read_text().splitlines()
    assert lines[0] == "id,group,truth,predicted,prob_low,prob_high"
    assert len(lines) == 25
    assert len((tmp_path / "metrics.csv").read_text().splitlines()) == 7
    for name in ("curves.png", "card.md", "checkpoints/best.pt", "checkpoints/last.ckpt"):
        assert (tmp_path / name).stat().st_size > 0
    assert list((tmp_path / "tensorboard").glob("events*"))
    test = trained.answer(parts()["test"])
    assert isinstance(test, Answers)
    assert (test.predicted == test.truth).mean() > 0.5


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    first = train_parts(recipe(), parts(), tmp_path)
    again = train_parts(recipe(), parts(), tmp_path, resume=True)
    assert again.fitted.history == first.fitted.history


def test_segments_are_learned_and_tracks_are_answered(tmp_path: Path) -> None:
    trained = train_parts(recipe(segment_frames=12), parts(), tmp_path)
    assert trained.facts["shape"] == [12, 16]
    assert trained.facts["parts"]["training"] == 24
    assert len(trained.answer(parts()["test"])) == 24


def test_a_frozen_trunk_is_computed_once(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    what = {"kind": "linear-spectrogram-image"}
    pictures = {
        part: replace(some, inputs=ArrayInputs(rng.integers(0, 255, (4, 32, 32), dtype=np.uint8)), input=what)
        for part, some in parts(4).items()
    }
    frozen = replace(recipe(start="fresh", epochs=1), model="fma-vgg16", model_settings={"frozen": True})
    trained = train_parts(frozen, pictures, tmp_path)
    assert len(list((tmp_path / "trunk").glob("*.npy"))) == 2
    assert "the frozen trunk's output was computed once" in trained.facts["notes"]
    fresh = probabilities_of(trained.fitted.network, pictures["test"].take([0]), fit_settings({}))
    assert fresh.shape == (1, 2)


def test_growing_pictures_take_two_steps(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    some = parts(4)["training"]
    pictures = replace(
        some, inputs=ArrayInputs(rng.integers(0, 255, (4, 84, 40, 3), dtype=np.uint8)), input={"feature": "image"}
    )
    assert halved(pictures).inputs.shape == (42, 40, 3)
    progressive = replace(
        recipe(start="fresh", epochs=1, keep="last"), model="fma-vgg16-progressive", model_settings={}
    )
    trained = train_parts(progressive, {"training": pictures}, tmp_path)
    assert (tmp_path / "step1" / "checkpoints" / "best.pt").exists()
    assert trained.facts["shape"] == [84, 40, 3]
    assert any("step 1" in note for note in trained.facts["notes"])


def test_several_genres_a_track(tmp_path: Path) -> None:
    several = {part: replace(some, targets=np.eye(2, dtype=np.float32)[some.targets]) for part, some in parts().items()}
    timed = replace(recipe(), model="crnn-over-time", model_settings={"n_filters": 8, "n_recurrent": 8})
    trained = train_parts(timed, several, tmp_path)
    assert trained.recipe.model_settings["several"] is True
    assert trained.validation is None
    assert trained.facts["multi_label"]


def test_rows_of_pictures_are_frequencies() -> None:
    assert network_of(recipe(), ("a", "b"), (16, 24), {"kind": "linear-spectrogram-image"}).form.picture
    assert not network_of(recipe(), ("a", "b"), (24, 16), {"feature": "logmel"}).form.picture


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    some = parts()
    with pytest.raises(UsageError, match="no track of the part 'training'; the split has: test"):
        train_parts(recipe(), {"test": some["test"]}, tmp_path)
    with pytest.raises(UsageError, match="no validation part"):
        train_parts(recipe(), {"training": some["training"]}, tmp_path)
    several = replace(some["test"], targets=np.ones((24, 2), dtype=np.float32))
    with pytest.raises(UsageError, match="several genres"):
        answers_of(several, np.ones((24, 2), dtype=np.float32))
    with pytest.raises(UsageError, match="no folder of a finished run"):
        read_run(tmp_path / "nothing")


def test_what_a_broken_run_learned_can_be_exported(tmp_path: Path) -> None:
    wild = recipe(epochs=12, optimizer="sgd", momentum=0.95, schedule="one-cycle", learning_rate=30.0)
    with pytest.raises(ModelError, match=r"can be scored and exported as it is") as caught:
        train_parts(wild, parts(), tmp_path)
    broke = int(str(caught.value).partition("epoch ")[2].partition(",")[0].partition(":")[0])
    said = read_run(tmp_path)
    assert 0 < said["best_epoch"] <= said["epochs"] < broke
    assert any(note.startswith("it broke: ") for note in said["notes"])
    assert export_run(tmp_path, tmp_path / "kept.onnx").labels == said["labels"]

"""Every network goes the whole way on sixteen real songs: learned by heart, stopped, resumed, exported, asked."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from genrescope.datasets.catalogue import open_dataset
from genrescope.datasets.splits import Split
from genrescope.loading import load_model
from genrescope.models.catalogue import NETWORKS, make_network
from genrescope.recipes._base import Recipe
from genrescope.recipes.export import export_run
from genrescope.recipes.networks import Trained
from genrescope.recipes.train import Asked, prepare, train
from genrescope.training.fit import Progress
from tests.models._real import GENRES, PER_GENRE, stand_in

pytestmark = pytest.mark.usefixtures("one_thread")


@dataclass(frozen=True)
class Small:
    """What makes a network quick enough for a test: a smaller input, fewer weights, its own course of training."""

    input: dict[str, Any]
    model: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)


MEL = {"hop_samples": 2_048, "n_mels": 64, "n_frames": 80}
PICTURE = {"height": 32, "width": 48}

SMALL: dict[str, Small] = {
    "fma-dense-mfcc": Small({"columns": ("mfcc",)}, training={"epochs": 60}),
    "fma-cnn": Small(MEL),
    "fma-vgg16": Small(PICTURE, {"frozen": True}, {"learning_rate": 1e-2}),
    "fma-vgg16-progressive": Small(PICTURE, {"step": 1}, {"learning_rate": 1e-2}),
    "fma-crnn": Small(MEL),
    "fma-cnn-rnn-parallel": Small(MEL),
    "gtzan-inception": Small({"height": 80, "width": 80}),
    "gtzan-cnn": Small(PICTURE, training={"epochs": 60, "learning_rate": 1e-3}),
    "mfcc-dense3": Small({"n_frames": 160}),
    "mfcc-cnn": Small({"n_frames": 160}),
    "mfcc-lstm": Small({"n_frames": 160}),
    "mfcc-td-cnn": Small({"n_frames": 160}, {"n_segments": 8}),
    "crnn-over-time": Small(MEL, training={"epochs": 80, "batch_size": 16}),
    "vggish-finetune": Small({"n_frames": 96}, {"frozen": True}, {"learning_rate": 1e-2}),
    "musicnn-finetune": Small({"n_frames": 187}, {"frozen": True}, {"epochs": 80, "learning_rate": 1e-2}),
    "yamnet-finetune": Small({"n_frames": 192}, {"frozen": True}, {"learning_rate": 1e-2}),
    "scope-net": Small(MEL, {"width": 16}),
    "scope-vgg16": Small(PICTURE),
}
"""A recipe's differences, for every network."""


QUICK = {"fma-dense-mfcc", "fma-cnn", "mfcc-td-cnn", "scope-net"}
"""Go the whole way in every run of the tests: half a minute each. That all learn by heart is in test_catalogue."""


class StoppedError(Exception):
    """Stands for whatever ends a training in the middle."""


@pytest.fixture(scope="module")
def songs(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of sixteen clips, four of each of four genres."""
    root = tmp_path_factory.mktemp("songs")
    for genre in GENRES:
        (root / genre).mkdir()
        for path in sorted((shared_data / "gtzan_mini" / genre).glob("*.ogg"))[:PER_GENRE]:
            shutil.copy(path, root / genre)
    return root


@pytest.fixture(scope="module")
def asked(songs: Path) -> Asked:
    """Return the songs, all of them to learn from."""
    dataset = open_dataset("gtzan", songs)
    ids = tuple(track.track_id for track in dataset.tracks)
    split = Split("all", "official", {}, None, "gtzan", dataset.fingerprint, {"training": ids})
    split.write(songs / "split.json")
    return Asked("gtzan", songs, str(songs / "split.json"), workers=1)


def recipe_of(name: str, data: Path, folder: Path) -> Recipe:
    """Return the network as a quick recipe."""
    small, network = SMALL[name], NETWORKS[name]
    training = {"epochs": 30, "batch_size": 4, "keep": "last", "precision": "32", "learning_rate": 3e-3}
    training |= {"start": first_weights(name, data, folder)} | small.training
    return Recipe(name, "network", "ours", network.line, network.input, name, "official", (),
                  small.input, small.model, training)  # fmt: skip


def first_weights(name: str, data: Path, folder: Path) -> str:
    """Return where a network begins: YAMNet where it is published; a frozen trunk that is fresh tells nothing apart."""
    if name == "yamnet-finetune":
        return str(data / "pretrained" / "yamnet.tflite")
    shape = {"gtzan-inception": (80, 80, 3), "vggish-finetune": (96, 64)}.get(name)
    if shape is None:
        return "fresh"
    torch.manual_seed(0)
    network = make_network(name, 2, shape, **SMALL[name].model)
    trunk = network.frozen_trunk()
    assert trunk is not None
    stand_in(trunk, torch.rand(8, *shape) * (255 if len(shape) == 3 else 1))
    torch.save(network.base.state_dict(), folder / "weights.pth")  # type: ignore[union-attr]
    return str(folder / "weights.pth")


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in NETWORKS]
)
def test_learned_by_heart_stopped_resumed_exported_and_asked(
    name: str, asked: Asked, shared_data: Path, tmp_path: Path
) -> None:
    recipe = recipe_of(name, shared_data, tmp_path)

    def stop(progress: Progress) -> None:
        if len(progress.history) == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(recipe, asked, tmp_path / "run", tell=stop)
    told: list[Progress] = []
    trained = train(recipe, asked, tmp_path / "run", resume=True, tell=told.append)
    assert isinstance(trained, Trained)
    assert len(told[0].history) >= 2, "it went on from where it was stopped"
    part = prepare(recipe, asked).parts["training"]
    said = trained.answer(part)
    assert np.mean(said.predicted == said.truth) >= 0.9

    card = export_run(tmp_path / "run", tmp_path / "model.onnx")
    model = load_model(tmp_path / "model.onnx")
    for row in (0, 9):
        song = model.predict(asked.root / part.ids[row].partition(".")[0] / f"{part.ids[row]}.ogg")
        assert set(song.confidences) == set(GENRES)
        assert song.genre in GENRES
        assert (song.timeline is not None) == (name != "fma-dense-mfcc")
        if song.timeline is not None:
            assert song.timeline.hop_s <= 1
    assert card.name == name

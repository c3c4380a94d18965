"""Models with the features that they take: from audio to a classifier's answer, as a user has it."""

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

import genrescope
from genrescope.card import ModelCard
from genrescope.features.catalogue import make_feature
from genrescope.features.front_end import card_fields
from genrescope.models.classic_export import export_classic
from genrescope.records import Clip, FloatArray
from genrescope.runtime.names import find_model
from genrescope.training.classic import fit_classic
from genrescope.training.examples import ArrayInputs, Examples

RATE_HZ = 22050
LABELS = ("low", "high")
PROGRAM = (sys.executable, "-c", "from genrescope.cli import main; main()")


def song(genre: int, seed: int) -> Clip:
    """Return three seconds of a tone in noise: low or high."""
    rng = np.random.default_rng(seed)
    hz = rng.uniform(100, 300) if genre == 0 else rng.uniform(2000, 4000)
    tone = np.sin(2 * np.pi * hz / RATE_HZ * np.arange(3 * RATE_HZ)) * 0.4
    return Clip((tone + rng.normal(size=len(tone)) * 0.02).astype(np.float32), RATE_HZ)


def write_classifier(path: Path, rows: FloatArray, said: Mapping[str, object]) -> Path:
    """Learn low from high, and write the model file."""
    names = tuple(f"song{number}" for number in range(len(rows)))
    targets = (np.arange(len(rows)) % 2).astype(np.int64)
    examples = Examples(names, ArrayInputs(rows), targets, LABELS, names, said, "tones")
    card = ModelCard("tones", list(LABELS), unsure_below=0.5, licence="MIT", **card_fields(said))
    export_classic(fit_classic("SVCrbf", examples), card, path)
    return path


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a classifier of MFCC sequences: trained on tones, exported."""
    feature = make_feature("mfcc", n_frames=100)
    rows = np.stack([feature.compute(song(number % 2, number)) for number in range(24)])
    return write_classifier(tmp_path_factory.mktemp("tones") / "tones.onnx", rows, feature.description)


def test_a_classifier_of_the_bundled_models_embedding(tmp_path: Path) -> None:
    bundled = genrescope.load_model()
    rows = np.stack([bundled.embed(song(number % 2, number)).vectors.mean(axis=0) for number in range(8)])
    digest = hashlib.sha256(find_model("bundled")[0].read_bytes()).hexdigest()[:12]
    said = {"feature": "embedding", "model": "bundled", "file": digest, "pooling": "mean"}
    model = genrescope.load_model(write_classifier(tmp_path / "m.onnx", rows, said))
    assert [model.predict(song(number % 2, 100 + number)).genre for number in range(2)] == ["low", "high"]


def test_a_classifier_of_fma518_hears_files(tmp_path: Path) -> None:
    feature = make_feature("fma518")
    rows = np.stack([feature.compute(song(number % 2, number)) for number in range(6)])
    path = write_classifier(tmp_path / "m.onnx", rows, feature.description)
    assert genrescope.predict(song(1, 100), model=path).genre == "high"


def test_a_classifier_of_features_hears_songs(model_file: Path) -> None:
    model = genrescope.load_model(model_file)
    heard = [song(number % 2, 100 + number) for number in range(6)]
    assert [model.predict(clip).genre for clip in heard] == ["low", "high"] * 3
    assert genrescope.predict(heard[0], model=model_file).genre == "low"
    assert [getattr(one, "genre", one) for one in model.predict_many(heard, workers=2)] == ["low", "high"] * 3


def test_the_command_line_predicts_with_it(model_file: Path, tmp_path: Path) -> None:
    import soundfile

    soundfile.write(tmp_path / "song.wav", song(1, 7).samples, RATE_HZ)
    command = [*PROGRAM, "predict", "--model", str(model_file), str(tmp_path / "song.wav")]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    assert '"label": "high"' in done.stdout
    assert '"timeline": null' in done.stdout
    shown = subprocess.run(
        [*PROGRAM, "models", "show", str(model_file)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "mfcc@" in shown
    assert "a whole track" in shown


def test_the_bundled_model_loads_no_features() -> None:
    code = (
        "import sys, genrescope; genrescope.load_model();"
        "print([name for name in sys.modules if name.startswith(('genrescope.features', 'sklearn', 'scipy', 'torch'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

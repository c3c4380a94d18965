"""YAMNet's published file becomes a model that predicts, alone and beside the bundled one."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from genrescope.errors import ModelError
from genrescope.models.yamnet import YamnetTrunk
from genrescope.pretrained.yamnet import install, load_tflite
from genrescope.runtime.model import load_model


@pytest.fixture
def tflite(shared_data: Path) -> Path:
    path = shared_data / "pretrained" / "yamnet.tflite"
    if not path.is_file():
        pytest.skip(f"YAMNet's file is not there: {path}")
    return path


def test_installed_it_predicts_beside_the_bundled_model(
    tflite: Path, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENRESCOPE_MODELS", str(tmp_path / "models"))
    assert install(tflite, tmp_path / "models") == tmp_path / "models" / "yamnet.onnx"
    clip = shared_data / "gtzan_mini" / "classical" / "classical.00000.ogg"
    alone = load_model("yamnet").predict(clip, vocabulary="gtzan")
    bundled = load_model().predict(clip, vocabulary="native")
    both = load_model("bundled+yamnet").predict(clip, vocabulary="native")
    assert alone.genre == "classical"
    native = load_model("yamnet").predict(clip)
    for label, confidence in both.confidences.items():
        mean = (bundled.confidences[label] + native.confidences[label]) / 2
        assert confidence == pytest.approx(mean, abs=1e-5)


TIMES_S = np.arange(48_000) / 16_000
SOUNDS = {
    "a dial tone": (0.3 * np.sin(2 * np.pi * 440 * TIMES_S), {"Dial tone", "Telephone"}),
    "a beep": (0.5 * np.sin(2 * np.pi * 1_000 * TIMES_S), {"Beep, bleep", "Sine wave"}),
    "nothing": (np.zeros(48_000), {"Silence"}),
    "noise": (0.1 * np.random.default_rng(0).normal(size=48_000), {"Static", "White noise", "Noise"}),
}


def test_it_names_plain_sounds(tflite: Path, shared_data: Path) -> None:
    with (shared_data / "pretrained" / "yamnet_class_map.csv").open(newline="", encoding="utf-8") as file:
        names = [row["display_name"] for row in csv.DictReader(file)]
    trunk = YamnetTrunk(load_tflite(tflite)).eval()
    for what, (sound, expected) in SOUNDS.items():
        with torch.inference_mode():
            classes = trunk(torch.tensor(sound, dtype=torch.float32)[None])[1][0].mean(dim=0)
        assert names[int(classes.argmax())] in expected, what
        assert classes[names.index("Speech")] < 0.1, what


def _wav(path: Path) -> None:
    soundfile.write(path, np.zeros(16_000), 16_000, format="WAV")


@pytest.mark.parametrize(
    "write", [_wav, Path.touch, lambda path: path.write_bytes(b"\x1c\x00\x00\x00TFL3")], ids=["wav", "empty", "header"]
)
def test_another_file_is_refused(write: Callable[[Path], object], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.tflite"
    write(wrong)
    with pytest.raises(ModelError, match=r"wrong\.tflite: not YAMNet's published file"):
        install(wrong, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_a_cut_file_is_refused(tflite: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tflite"
    cut.write_bytes(tflite.read_bytes()[:2_000_000])
    with pytest.raises(ModelError, match=r"cut\.tflite"):
        load_tflite(cut)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no such file"):
        install(tmp_path / "none.tflite", tmp_path)

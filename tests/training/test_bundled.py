"""The glue that makes the bundled model: a whole run on a tiny store, and the step that teaches it speech."""

import csv
import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrescope.models.musicnn import HOP_FRAMES, N_FRAMES
from genrescope.runtime.model import load_model
from genrescope.training import bundled
from genrescope.training.corpus import Heard, _save
from genrescope.training.head import MUSIC, SPEECH, VOICE
from genrescope.training.judging import Truth
from genrescope.training.student import StudentSettings
from genrescope.vocabulary import GENRES, LABELS

CLASSES = sorted({name for genre in GENRES for name in genre.audioset} | {*VOICE, *SPEECH, *MUSIC})


def _heard(name: str, seed: int, n_windows: int = 6) -> Heard:
    rng = np.random.default_rng(seed)
    mel = rng.uniform(0, 4, (N_FRAMES + (n_windows - 1) * HOP_FRAMES, 96)).astype(np.float16)
    classes = rng.uniform(0.01, 0.5, (n_windows, len(CLASSES)))
    arrays = (rng.normal(size=(n_windows, 200)), rng.normal(-2, 1, (n_windows, 50)), classes)
    return Heard(name, mel, *(array.astype(np.float32) for array in arrays))


def _truth() -> list[Truth]:
    return [Truth(f"clip{index}", "gtzan", ("blues", "rock")[index % 2], index // 2) for index in range(6)]


def _write_truth(path: Path) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["name", "vocabulary", "genre", "fold"])
        rows.writerows([clip.name, clip.vocabulary, clip.genre, clip.fold] for clip in _truth())


@pytest.mark.parametrize("trunk", bundled.STUDENTS)
def test_a_whole_run_writes_a_model_that_loads(
    trunk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "store").mkdir()
    for index in range(6):
        _save(tmp_path / "store" / f"clip{index}.npz", _heard(f"clip{index}", index))
    _write_truth(tmp_path / "labels.csv")
    classes = [{"display_name": name} for name in CLASSES]
    with (tmp_path / "classes.csv").open("w", newline="") as file:
        rows = csv.DictWriter(file, ["display_name"])
        rows.writeheader()
        rows.writerows(classes)
    out = tmp_path / "model.onnx"
    arguments = {"store": "store", "labels": "labels.csv", "classes": "classes.csv", "student": "s.pt", "out": out.name}
    flags = [part for key, value in arguments.items() for part in (f"--{key}", str(tmp_path / value))]
    monkeypatch.setattr("sys.argv", ["bundled", "learn", "--trunk", trunk, *flags])
    monkeypatch.setattr(
        bundled,
        "ROUNDS",
        (StudentSettings(steps=3, batch=2), StudentSettings(steps=10, batch=2, under_calibrated=True)),
    )
    bundled.main()
    assert "GTZAN genre, first" in capsys.readouterr().out
    card = load_model(out).card
    assert card.labels == LABELS
    assert {score.n for score in card.scores if "genre" in score.name.lower()} == {6}
    assert sum(score.n for score in card.scores if score.name.startswith("right where")) == 6
    assert card.speech_above is None
    assert card.name == "model"
    assert (tmp_path / "yamnet_reference.json").is_file()
    for kind in ("speech", "music"):
        _lay_sound(tmp_path / kind, kind)
    sound = ["--speech", str(tmp_path / "speech"), "--music", str(tmp_path / "music")]
    weights = ["--trunk", trunk, "--student", str(tmp_path / "s.pt")]
    monkeypatch.setattr("sys.argv", ["bundled", "speech", "--model", str(out), *weights, *sound])
    bundled.main()
    assert load_model(out).card.speech_above is not None


def _lay_sound(folder: Path, kind: str) -> None:
    """Lay recordings of two folders: bursts for speech, tones for music."""
    time_s = np.arange(6 * 16_000) / 16_000
    for index in range(4):
        rng = np.random.default_rng(index)
        burst = rng.normal(size=len(time_s)) * (np.sin(2 * np.pi * (3 + index / 4) * time_s) > 0)
        tone = np.sin(2 * np.pi * (220 + 30 * index) * time_s)
        target = folder / f"{kind}{index % 2}" / f"{index}.wav"
        target.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(target, 0.2 * (burst if kind == "speech" else tone), 16_000)


def test_a_model_file_learns_what_speech_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "model.onnx"
    shutil.copyfile(str(files("genrescope") / "assets" / "bundled.onnx"), model)
    for kind in ("speech", "music"):
        _lay_sound(tmp_path / kind, kind)
    before = load_model(model).predict(tmp_path / "music" / "music0" / "0.wav")
    flags = ["--model", str(model), "--speech", str(tmp_path / "speech"), "--music", str(tmp_path / "music")]
    monkeypatch.setattr("sys.argv", ["bundled", "speech", *flags])
    bundled.main()
    taught = load_model(model)
    scores = {score.name: score.value for score in taught.card.scores}
    assert scores["speech called speech"] == scores["music not called speech"] == 1.0
    talk = taught.predict(tmp_path / "speech" / "speech0" / "0.wav")
    assert [notice.kind for notice in talk.warnings] == ["speech"]
    after = taught.predict(tmp_path / "music" / "music0" / "0.wav")
    assert not after.warnings
    assert after.voice == pytest.approx(before.voice, abs=1e-5)

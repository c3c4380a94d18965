"""The glue that makes the bundled model: labels, scores, the threshold of doubt, and a whole run on a tiny store."""

import csv
from pathlib import Path

import numpy as np
import pytest

from genrescope.errors import GenrescopeError
from genrescope.models.musicnn import HOP_FRAMES, N_FRAMES
from genrescope.runtime.model import load_model
from genrescope.training import bundled
from genrescope.training.bundled import Truth, judge, labelled_clips, read_truth, unsure_threshold
from genrescope.training.corpus import Heard, _save
from genrescope.training.head import MUSIC, SPEECH, VOICE
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


def test_labels_are_read(tmp_path: Path) -> None:
    _write_truth(tmp_path / "labels.csv")
    assert read_truth(tmp_path / "labels.csv") == _truth()


def test_a_label_without_its_recording_is_an_error() -> None:
    with pytest.raises(GenrescopeError, match="1 recordings that were not heard, the first 'clip5'"):
        labelled_clips([_heard(f"clip{index}", 0) for index in range(5)], _truth())


def test_scores_count_what_is_right() -> None:
    clips = labelled_clips([_heard(clip.name, 0) for clip in _truth()], _truth())
    answers = [np.eye(len(LABELS))[LABELS.index("Blues")] * 0.9 + 0.1 / len(LABELS)] * len(clips)
    score = judge(clips, answers, "all blues")[0]
    assert (score.value, score.n) == (0.5, 6)


def test_doubt_begins_where_answers_are_as_often_wrong_as_right() -> None:
    clips = labelled_clips([_heard(clip.name, 0) for clip in _truth()], _truth())
    answers = []
    for index, clip in enumerate(clips):
        sure = index >= 4  # the first four are weak, and wrong
        genre = {"blues": "Blues", "rock": "Rock"}[clip.genre] if sure else "Jazz"
        share = 0.8 if sure else 0.3
        answers.append(np.eye(len(LABELS))[LABELS.index(genre)] * share + (1 - share) / len(LABELS))
    assert 0.3 < unsure_threshold(clips, answers) <= 0.6


def test_a_whole_run_writes_a_model_that_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
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
    monkeypatch.setattr("sys.argv", ["bundled", "learn", *flags])
    monkeypatch.setattr(bundled, "ROUNDS", (StudentSettings(steps=3, batch=2), StudentSettings(steps=10, batch=2)))
    bundled.main()
    assert "GTZAN genre, first" in capsys.readouterr().out
    card = load_model(out).card
    assert card.labels == LABELS
    assert {score.n for score in card.scores} == {6}
    assert (tmp_path / "yamnet_reference.json").is_file()

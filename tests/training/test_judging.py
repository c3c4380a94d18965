"""Judging out-of-fold answers: labels, scores, and the threshold of doubt."""

from pathlib import Path

import numpy as np
import pytest

from genrescope.errors import GenrescopeError
from genrescope.training.calibrate import Labelled
from genrescope.training.corpus import Heard
from genrescope.training.judging import Sureness, Truth, judge, labelled_clips, read_truth
from genrescope.vocabulary import LABELS


def _truth() -> list[Truth]:
    return [Truth(f"clip{index}", "gtzan", ("blues", "rock")[index % 2], index // 2) for index in range(6)]


def _clips() -> list[Labelled]:
    return [Labelled(np.zeros((2, 200), np.float32), clip.vocabulary, clip.genre, clip.fold) for clip in _truth()]


def _heard(name: str) -> Heard:
    two = np.zeros((2, 200), np.float32)
    return Heard(name, np.zeros((249, 96), np.float16), two, two[:, :50], two[:, :5])


def test_labels_are_read(tmp_path: Path) -> None:
    rows = ["name,vocabulary,genre,fold", *(f"{c.name},{c.vocabulary},{c.genre},{c.fold}" for c in _truth())]
    (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n")
    assert read_truth(tmp_path / "labels.csv") == _truth()


def test_a_label_without_its_recording_is_an_error() -> None:
    with pytest.raises(GenrescopeError, match="1 recordings that were not heard, the first 'clip5'"):
        labelled_clips([_heard(f"clip{index}") for index in range(5)], _truth())


def test_scores_count_what_is_right() -> None:
    answers = [np.eye(len(LABELS))[LABELS.index("Blues")] * 0.9 + 0.1 / len(LABELS)] * 6
    score = judge(_clips(), answers, "all blues")[0]
    assert (score.value, score.n) == (0.5, 6)


def _sureness(confidence: list[float], right: list[bool]) -> Sureness:
    return Sureness(np.array(confidence), np.array(right), np.arange(len(right)) % 3)


def test_answers_are_looked_at_in_the_clips_own_words() -> None:
    answers = [np.eye(len(LABELS))[LABELS.index(genre)] * 0.9 + 0.1 / len(LABELS) for genre in ("Blues", "Punk") * 3]
    seen = Sureness.of(_clips(), answers)
    assert seen.right.all()  # punk is rock in GTZAN's words
    assert np.allclose(seen.confidence, 0.9 + 0.1 / len(LABELS))
    assert seen.fold.tolist() == [0, 0, 1, 1, 2, 2]


def test_from_the_threshold_on_few_are_wrong() -> None:
    confidence, right = [0.205 + 0.01 * index for index in range(40)], [index >= 10 for index in range(40)]
    threshold = _sureness(confidence, right).threshold()
    sure = np.array(confidence) >= threshold
    assert 0 < 1 - np.array(right)[sure].mean() <= 0.1
    assert threshold == pytest.approx(0.27)


def test_where_nothing_helps_half_of_the_answers_stay_sure() -> None:
    found = _sureness([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [False] * 6)
    assert (found.confidence >= found.threshold()).mean() >= 0.5


def test_the_figures_come_from_folds_that_did_not_choose() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.1, 0.9, 300)
    right = rng.uniform(size=300) < np.where(confidence > 0.5, 0.97, 0.4)
    sure, unsure = _sureness(confidence.tolist(), right.tolist()).scores()
    assert sure.n + unsure.n == 300
    assert sure.value > 0.85
    assert unsure.value < 0.6

"""The report: the contract of its JSON, what is unknown, what is warned of, and a score known from elsewhere."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrescope.evaluation.answers import Answers
from genrescope.evaluation.report import make_report

CONTRACT = {"accuracy", "accuracy_95ci", "macro_f1", "chance", "per_genre", "confusion", "n", "split", "data"}


@pytest.fixture
def answers(make_answers: Callable[..., Answers]) -> Answers:
    return make_answers(group_size=3)


def test_the_contract(answers: Answers) -> None:
    report = make_report(answers, name="toy", data="toys", split="test", group_word="artists")
    found = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert set(found) >= CONTRACT
    assert (found["n"], found["data"], found["split"]) == (300, "toys", "test")
    assert found["groups"] == {"of": "artists", "n": 100}
    low, high = found["accuracy_95ci"]
    assert low < found["accuracy"] < high
    assert sum(map(sum, found["confusion"]["counts"])) == 300
    assert found["confusion"]["rows"] == "true genre"
    assert list(found["per_genre"]) == found["confusion"]["labels"] == list(answers.labels)


def test_chance_is_of_the_genres_that_are_there_and_of_the_most_frequent_one(answers: Answers) -> None:
    report = make_report(answers)
    counts = np.bincount(answers.truth, minlength=5)
    assert report.chance == 1 / 4
    assert report.majority == counts.max() / 300
    assert report.majority_genre == answers.labels[counts.argmax()]


def test_what_is_not_known_is_null(answers: Answers) -> None:
    found = make_report(replace(answers, probabilities=None, groups=())).to_dict()
    unknown = ("top_2", "top_3", "log_loss", "roc_auc", "average_precision", "ece", "reliability", "name", "split")
    assert [found[key] for key in unknown] == [None] * len(unknown)
    assert found["per_genre"]["folk"]["recall"] is None  # type: ignore[index]
    assert found["confusion"]["shares"][2] == [None] * 5  # type: ignore[index]
    assert found["groups"] == {"of": "tracks", "n": 300}


def test_the_same_seed_gives_the_same_report(answers: Answers) -> None:
    assert make_report(answers, seed=0).to_dict() == make_report(answers, seed=0).to_dict()
    assert make_report(answers, seed=0).to_dict() != make_report(answers, seed=1).to_dict()


def test_warnings_say_what_a_reader_must_know(answers: Answers) -> None:
    def words(changed: Answers) -> str:
        return " ".join(make_report(changed).warnings)

    assert "No track of the truth is folk" in words(answers)
    assert "No artist or recording is given" in words(replace(answers, groups=()))
    assert "No artist or recording is given" in words(replace(answers, groups=("",) * 300))
    assert "Only 2 groups" in words(replace(answers, groups=("a",) * 100 + ("b",) * 200))
    assert "5 of 300 tracks are in no group" in words(replace(answers, groups=("",) * 5 + answers.groups[5:]))
    other = answers.predicted.copy()
    other[:7] = (other[:7] + 1) % 5
    assert "In 7 of 300 rows the predicted genre is not the likeliest" in words(replace(answers, predicted=other))


def test_a_known_score_on_real_music(shared_data: Path) -> None:
    """The MFCCs of GTZAN, a support vector machine, the split without faults: 0.534 has been measured before."""
    pytest.importorskip("sklearn", reason="scikit-learn is in the extra 'explore'")
    import csv

    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    with open(shared_data / "gtzan" / "splits.csv", encoding="utf-8", newline="") as file:
        rows = {row["track_id"]: row for row in csv.DictReader(file)}
    held = np.load(shared_data / "gtzan" / "convnet_embeddings.npz")
    ids = held["track_id"].astype(str).tolist()
    part = np.array([rows[name]["filtered"] for name in ids])
    genres = np.array([rows[name]["genre"] for name in ids])
    learned, test = np.isin(part, ("training", "validation")), part == "test"
    model = make_pipeline(StandardScaler(), SVC()).fit(held["mfcc"][learned], genres[learned])
    said = model.predict(held["mfcc"][test]).tolist()
    report = make_report(Answers.from_labels(genres[test].tolist(), said), data="gtzan", split="filtered test")
    assert report.n == 290
    assert round(report.accuracy, 3) == 0.534
    assert report.accuracy_95ci.low < 0.534 < report.accuracy_95ci.high
    assert report.chance == 0.1

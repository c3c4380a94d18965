"""Multi-label scores beside scikit-learn's, hierarchical ones by worked examples, and FMA's own tree."""

import csv
from pathlib import Path

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.evaluation.answers import MultiLabelAnswers
from genrescope.evaluation.multilabel import (
    ancestors,
    hierarchical,
    macro_f1,
    make_multilabel_report,
    precision_recall,
    with_ancestors,
)

reference = pytest.importorskip("sklearn.metrics", reason="scikit-learn is in the extra 'explore'")

# Kiritchenko and others (2006): G lies below E, and E below C, with F beside E; said F for a G.
TREE = {"C": None, "E": "C", "F": "C", "G": "E"}
LETTERS = ("C", "E", "F", "G")


@pytest.fixture
def answers() -> MultiLabelAnswers:
    generator = np.random.default_rng(5)
    truth = generator.random((250, 4)) < (0.5, 0.3, 0.1, 0.2)
    truth[:, 0] |= ~truth.any(axis=1)
    scores = np.clip(generator.normal(0.4, 0.2, size=(250, 4)) + 0.3 * truth, 0, 1).astype(np.float32)
    groups = tuple(f"artist {row // 5}" for row in range(250))
    return MultiLabelAnswers(LETTERS, truth.astype(np.int8), scores, groups)


def flags(*letters: str) -> np.ndarray:
    return np.array([[letter in letters for letter in LETTERS]])


def test_a_near_miss_is_worth_its_parents() -> None:
    found = hierarchical(flags("G"), flags("F"), LETTERS, TREE)
    assert (found.precision, found.recall) == (1 / 2, 1 / 3)
    assert found.f1 == pytest.approx(0.4)


def test_the_parent_of_the_truth_is_right_but_not_all() -> None:
    found = hierarchical(flags("G"), flags("E"), LETTERS, TREE)
    assert (found.precision, found.recall) == (1.0, 2 / 3)


def test_parents_that_are_no_labels_count_too() -> None:
    found, names = with_ancestors(np.array([[True, False]]), ("Punk", "Metal"), {"Punk": "Rock", "Metal": "Rock"})
    assert names == ("Punk", "Metal", "Rock")
    assert found.tolist() == [[True, False, True]]


def test_a_loop_in_the_tree_is_said() -> None:
    with pytest.raises(UsageError, match="a loop: a > b > a"):
        ancestors("a", {"a": "b", "b": "a"})


def test_flat_scores(answers: MultiLabelAnswers) -> None:
    report = make_multilabel_report(answers, threshold=0.55)
    truth, said = answers.truth, answers.scores >= 0.55
    figures = reference.precision_recall_fscore_support(truth, said, average="micro")
    assert (report.flat.precision, report.flat.recall, report.flat.f1) == pytest.approx(figures[:3])
    assert report.macro_f1 == pytest.approx(reference.f1_score(truth, said, average="macro"))
    scores = answers.scores
    expected = [reference.average_precision_score(truth, scores, average=mean) for mean in ("micro", "macro")]
    assert [report.average_precision.micro, report.average_precision.macro] == pytest.approx(expected)
    assert report.chance == pytest.approx(truth.mean())


def test_hierarchical_scores_are_micro_scores_with_parents(answers: MultiLabelAnswers) -> None:
    report = make_multilabel_report(answers, parents=TREE)
    sides = (answers.truth.astype(bool), answers.scores >= 0.5)
    true, said = (with_ancestors(side, LETTERS, TREE)[0] for side in sides)
    expected = reference.precision_recall_fscore_support(true, said, average="micro")[:3]
    assert report.hierarchical is not None
    found = (report.hierarchical.precision, report.hierarchical.recall, report.hierarchical.f1)
    assert found == pytest.approx(expected)


def test_intervals_hold_the_figure_and_are_drawn_over_groups(answers: MultiLabelAnswers) -> None:
    report = make_multilabel_report(answers, parents=TREE)
    assert (report.n, report.n_groups) == (250, 50)
    assert report.hierarchical is not None
    for found in (report.flat, report.hierarchical):
        assert found.f1_95ci is not None
        assert found.f1 is not None
        assert found.f1_95ci.low < found.f1 < found.f1_95ci.high


def test_label_ranking_as_published() -> None:
    """The example of scikit-learn's user guide: 0.416 for rankings, and a loss of 0.75."""
    scores = np.array([[0.75, 0.5, 1], [1, 0.2, 0.1]], dtype=np.float32)
    truth = np.array([[1, 0, 0], [0, 0, 1]], dtype=np.int8)
    report = make_multilabel_report(MultiLabelAnswers(("a", "b", "c"), truth, scores))
    assert report.ranking_average_precision == pytest.approx(0.41666, abs=1e-4)
    assert report.ranking_loss == pytest.approx(0.75)


def test_what_is_not_known_is_none() -> None:
    nothing, something = np.zeros((2, 2), dtype=bool), np.array([[True, False], [False, False]])
    assert precision_recall(something, nothing).precision is None
    assert precision_recall(something, nothing).f1 == 0
    assert precision_recall(nothing, something).f1 is None
    assert macro_f1(nothing, something) is None
    report = make_multilabel_report(
        MultiLabelAnswers(("a", "b"), something.astype(np.int8), something.astype(np.float32))
    )
    found = report.to_dict()
    assert found["per_genre"] == {"a": 1.0, "b": None}
    assert found["hierarchical"] is None


def test_the_tree_of_fma(shared_data: Path) -> None:
    """What FMA itself calls the top level of each of its genres is the last of its ancestors."""
    with open(shared_data / "fma" / "genres.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parents = {row["genre_id"]: None if row["parent"] == "0" else row["parent"] for row in rows}
    assert len(parents) == 163
    for row in rows:
        line = [row["genre_id"], *ancestors(row["genre_id"], parents)]
        assert line[-1] == row["top_level"]

"""Anybody's table: the columns that are understood, and a clear word for every slip."""

from pathlib import Path

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.evaluation.predictions import from_table, read_predictions


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("truth", ["truth", "genre", "label", "true", "y_true", " Truth "])
@pytest.mark.parametrize("said", ["predicted", "prediction", "y_pred"])
def test_names_of_columns(truth: str, said: str) -> None:
    found = from_table({truth: ["rock", "jazz"], said: ["rock", "rock"]}).answers
    assert [found.labels[i] for i in found.truth] == ["rock", "jazz"]
    assert [found.labels[i] for i in found.predicted] == ["rock", "rock"]
    assert found.probabilities is None
    assert found.ids == ()


def test_a_whole_csv_file(tmp_path: Path) -> None:
    text = 'path,artist,truth,prob_rock,prob_jazz,tempo\n"a, b.mp3",X,rock,0.9,0.1,120\n\nc.mp3,Y,jazz,0.7,0.3,90\n'
    found = read_predictions(write(tmp_path / "mine.csv", "\ufeff" + text))
    assert found.answers.ids == ("a, b.mp3", "c.mp3")
    assert found.answers.labels == ("rock", "jazz")
    assert found.answers.predicted.tolist() == [0, 0]
    assert found.answers.groups == ("X", "Y")
    assert found.group_word == "artists"
    assert found.passed_over == ("tempo",)


@pytest.mark.parametrize(("separator", "half"), [(";", "0,5"), (";", "0.5"), ("\t", "50%"), (",", '"50 %"')])
def test_what_spreadsheets_write(separator: str, half: str, tmp_path: Path) -> None:
    lines = [["id", '"truth"', "prob_rock", "prob_jazz"], ["a, b.mp3" if separator != "," else "b", "rock", half, half]]
    text = "\r\n".join(separator.join(line) for line in lines)
    found = read_predictions(write(tmp_path / "mine.csv", text)).answers
    assert found.labels == ("rock", "jazz")
    np.testing.assert_allclose(found.probabilities, [[0.5, 0.5]])  # type: ignore[arg-type]


def test_what_is_wrong_with_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text("truth,predicted\nrock,rock\n", encoding="utf-16")
    with pytest.raises(UsageError, match="CSV UTF-8"):
        read_predictions(tmp_path / "wide.csv")
    with pytest.raises(UsageError, match="has 80, 20; percentages are written with a %"):
        read_predictions(write(tmp_path / "hundred.csv", "truth,prob_rock,prob_jazz\nrock,80,20\n"))


def test_genres_may_name_their_columns_themselves() -> None:
    found = from_table({"truth": ["rock", "jazz"], "jazz": ["0.2", "1e0"], "rock": ["0.8", "0"]}).answers
    assert found.labels == ("jazz", "rock")
    np.testing.assert_allclose(found.probabilities, [[0.2, 0.8], [1, 0]])  # type: ignore[arg-type]


def test_what_is_predicted_stands_above_the_likeliest() -> None:
    table = {"truth": ["rock"], "predicted": ["jazz"], "prob_rock": ["0.8"], "prob_jazz": ["0.2"]}
    found = from_table(table).answers
    assert found.labels[found.predicted[0]] == "jazz"


def test_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="pyarrow is in the extra 'explore'")
    from pyarrow import parquet

    table = pa.table({"id": [1, 2], "truth": ["rock", "jazz"], "prob_rock": [0.9, 0.5], "prob_jazz": [0.1, 0.5]})
    parquet.write_table(table, tmp_path / "mine.parquet")
    found = read_predictions(tmp_path / "mine.parquet").answers
    assert found.ids == ("1", "2")
    np.testing.assert_allclose(found.probabilities, [[0.9, 0.1], [0.5, 0.5]])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("truth,predicted\n", "nothing to evaluate: no row was given"),
        ("a,b\n1,2\n", "no column says the true genre: one is called truth, .* found: a, b"),
        ("id,truth,tempo\n1,rock,9\n", "no column says what was predicted: .*prob_GENRE.* found: id, truth, tempo"),
        ("truth,predicted\nrock\n", "line 2 has 1 cells and the header 2"),
        ("truth,truth,predicted\nrock,rock,jazz\n", "two columns have one name"),
        ("truth,predicted\nrock,\n", r"row 1 \(after the header\): nothing stands in the column 'predicted'"),
        ("id,truth,predicted\nx,,jazz\n", "row 'x': nothing stands in the column 'truth'"),
        ("id,truth,predicted\n,rock,jazz\n", "nothing stands in the column 'id'"),
        ("id,truth,predicted\nx,rock,jazz\nx,rock,jazz\n", "the id 'x' stands on more than one row"),
        ("id,truth,prob_rock,prob_jazz\nx,rock,0.5,0.2\n", r"row 'x' sums to 0.700"),
        ("truth,rock,jazz,Folk\nrock,0.5,0.2,0.3\njazz,0.2,0.8,0\n", r"taken for genres: Folk\)"),
        ("id,truth,prob_rock,prob_jazz\nx,rock,nan,1\n", "row 'x' has .*nan"),
        ("id,truth,prob_rock,prob_jazz\nx,rock,much,1\n", "row 'x': 'much' in the column 'rock' is no number"),
        ("id,truth,prob_rock,prob_jazz\nx,Rock,1,0\n", "row 'x': no column of .* truth 'Rock'; there is: rock, jazz"),
        ("truth,predicted,prob_rock,prob_jazz\nrock,pop,1,0\n", "for the predicted 'pop'"),
        ('truth,predicted\n"rock,jazz\n', "is no CSV file in UTF-8"),
    ],
)
def test_slips_are_said_with_the_file(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=rf"(?s)^.*mine\.csv: .*{words}"):
        read_predictions(write(tmp_path / "mine.csv", text))


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("truth,predicted\nmúsica,b\n".encode("latin-1"))
    with pytest.raises(UsageError, match="no CSV file in UTF-8"):
        read_predictions(tmp_path / "latin.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        read_predictions(tmp_path / "missing.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        read_predictions(tmp_path)
    pytest.importorskip("pyarrow", reason="pyarrow is in the extra 'explore'")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(UsageError, match="damaged Parquet"):
        read_predictions(tmp_path / "cut.parquet")

"""Tables of ready numbers: what is declared, what is found, the numbers themselves, and the real tables of GTZAN."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genrescope.datasets._base import Selection, Skip, TableOptions
from genrescope.datasets.catalogue import open_dataset
from genrescope.datasets.table import read_numbers
from genrescope.errors import UsageError
from tests.datasets._standins import write_fma, write_folder, write_npz, write_rows, write_table


def asked(**options: str) -> Selection:
    return Selection(table=TableOptions(**options))


def test_numbers_of_csv(tmp_path: Path) -> None:
    dataset = open_dataset("table", write_table(tmp_path))
    values, columns = read_numbers(dataset)
    assert [(track.track_id, track.genre) for track in dataset.tracks] == [
        ("a.00000", "jazz"),
        ("b.00000", "rock"),
        ("c.00000", "rock"),
    ]
    assert columns == ("mean", "tempo")
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, np.array([[0.5, 1], [1.5, 2], [-1e-3, 3]], np.float32))


def test_numbers_of_parquet(tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = {"track_id": ["a", "b"], "x": [0.1, None], "y": [1, 2], "genre": ["jazz", "rock"]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet")
    dataset = open_dataset("table", tmp_path / "t.parquet", asked(kind="statistics"))
    assert [(skip.name, skip.reason) for skip in dataset.skips] == [("b", "unreadable_row")]
    np.testing.assert_array_equal(read_numbers(dataset)[0], np.array([[0.1, 1]], np.float32))


def test_numbers_of_npz_with_labels_beside(tmp_path: Path) -> None:
    dataset = open_dataset("table", write_npz(tmp_path))
    values, _ = read_numbers(dataset)
    assert [(t.track_id, t.genre, t.part) for t in dataset.tracks] == [
        ("a.00000", "jazz", "training"),
        ("b.00000", "rock", "test"),
    ]
    assert values.dtype == np.uint8
    np.testing.assert_array_equal(values, np.arange(48, dtype=np.uint8).reshape(2, 4, 6))
    assert [(skip.name, skip.reason) for skip in dataset.skips] == [("c.00000", "no_file")]
    assert dataset.selection.table.kind == "linear-spectrogram-image"


def test_numbers_follow_the_tracks(tmp_path: Path) -> None:
    """What a selection and a quarantine leave is what comes out, row by row."""
    root = write_table(tmp_path)
    rock = open_dataset("table", root, Selection(genres=("rock",)), [Skip("b.00000", "quarantined", "odd")])
    np.testing.assert_array_equal(read_numbers(rock)[0], np.array([[-1e-3, 3]], np.float32))
    images = open_dataset("table", write_npz(tmp_path)).without([Skip("a.00000", "quarantined", "odd")])
    assert read_numbers(images)[0][0, 0, 0] == 24


def test_labels_in_the_npz_itself(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    np.savez(path, track_id=np.array([7, 8]), embedding=np.eye(2), mfcc=np.ones((2, 3)), label=np.array(["x", "y"]))
    dataset = open_dataset("table", path, asked(kind="mfcc"))
    assert [(track.track_id, track.genre) for track in dataset.tracks] == [("7", "x"), ("8", "y")]
    assert read_numbers(dataset)[0].shape == (2, 3)
    assert read_numbers(open_dataset("table", path, asked(kind="embedding", array="embedding")))[0].shape == (2, 2)
    with pytest.raises(UsageError, match=r"several may hold the statistics; say which does \(array\)\. It has: .*2×3"):
        open_dataset("table", path, asked(kind="statistics"))


def test_options_stand_above_the_file_beside(tmp_path: Path) -> None:
    root = write_table(tmp_path)
    assert open_dataset("table", root, asked(kind="embedding")).selection.table.kind == "embedding"


def test_fmas_own_features(tmp_path: Path) -> None:
    """Its three header rows become names, its empty rows are passed over, labels come from ``tracks.csv``."""
    folder = write_fma(tmp_path) / "fma_metadata"
    options = asked(kind="statistics", labels=str(folder / "tracks.csv"), label_column="track.genre_top")
    dataset = open_dataset("table", folder / "features.csv", options)
    values, columns = read_numbers(dataset)
    assert columns == ("mfcc.mean.01", "mfcc.mean.02")
    np.testing.assert_array_equal(values, np.array([[0.5, 1.5]], np.float32))
    assert dataset.by_id["2"].part == "training"
    assert "'mfcc.mean.01' is empty" in next(skip.message for skip in dataset.skips if skip.name == "5")


def test_rows_that_are_passed_over(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["a", 1, "jazz"],
        ["b", "", "jazz"],
        ["a", 2, "jazz"],
        ["", 3, "jazz"],
        ["c", 4, ""],
        ["d", 5],
    ]
    path = write_rows(tmp_path / "t.csv", [["id", "x", "genre"], *rows])
    dataset = open_dataset("table", path, asked(kind="statistics"))
    assert list(dataset.by_id) == ["a"]
    assert Counter(skip.reason for skip in dataset.skips) == {"unreadable_row": 3, "duplicate_id": 1, "no_genre": 1}


def test_a_cell_that_is_no_number(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "t.csv", [["id", "x", "mood", "genre"], ["a", 1, "sad", "jazz"]])
    with pytest.raises(UsageError, match="line 2, column 'mood': 'sad' is no number"):
        read_numbers(open_dataset("table", path, asked(kind="statistics")))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "what kind of numbers it holds is not declared"),
        ({"kind": "log-mell"}, "no kind of numbers is called 'log-mell'; is it log-mel"),
        ({"kind": "log-mel"}, "a row of a table has no place for the axes of a log-mel"),
        (
            {"kind": "statistics", "id_column": "name", "label_column": "mood"},
            "it has no column 'mood'; it has: name, x",
        ),
        ({"kind": "statistics", "id_column": "nam"}, "it has no column 'nam'"),
        ({"kind": "statistics", "id_column": "name"}, "'genre' and 'label' may all be the genres"),
        ({"kind": "statistics"}, r"which column holds the ids \(id_column\); it has: name, x"),
    ],
)
def test_what_cannot_be_told(tmp_path: Path, options: dict[str, str], words: str) -> None:
    path = write_rows(tmp_path / "t.csv", [["name", "x", "genre", "label"], ["a", 1, "jazz", "0"]])
    with pytest.raises(UsageError, match=words):
        open_dataset("table", path, asked(**options))


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"track_id": ["a", "b"], "x": np.ones((2, 3))}, "nothing is called label .*or name a list that gives them"),
        ({"track_id": ["a", "b"], "genre": ["x", "y"]}, "none can hold the embedding"),
        ({"x": np.ones((2, 3)), "genre": ["x", "y"]}, "say which column holds the ids"),
        ({"track_id": ["a"], "x": np.ones((2, 3)), "genre": ["x", "y"]}, "2 rows of numbers, but 1 ids and 2 genres"),
        ({"track_id": ["a"], "x": np.array([{}]), "genre": ["x"]}, "'x' holds Python objects"),
    ],
    ids=["no labels", "no numbers", "no ids", "uneven", "objects"],
)
def test_npz_files_that_do_not_do(tmp_path: Path, arrays: dict[str, Any], words: str) -> None:
    np.savez(tmp_path / "t.npz", **arrays)
    with pytest.raises(UsageError, match=words):
        open_dataset("table", tmp_path / "t.npz", asked(kind="embedding"))


def test_an_npz_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "t.npz").write_bytes(b"no zip")
    with pytest.raises(UsageError, match=r"t\.npz: it cannot be read as an npz file"):
        open_dataset("table", tmp_path / "t.npz", asked(kind="embedding"))


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('kind = "embedding"', "it does not name its table"),
        ('file = "images.npz"\nkinds = "x"', "no setting 'kinds'; there are: file, kind, array"),
        ('file = "images.npz"\nkind = 3', "'kind' is a text in quotes; got 3"),
        ("file =", "it cannot be read as TOML"),
        ('file = "gone.npz"\nkind = "embedding"', r"gone\.npz: nothing of that name exists"),
    ],
)
def test_declarations_that_do_not_do(tmp_path: Path, toml: str, words: str) -> None:
    path = write_npz(tmp_path)
    path.write_text(toml)
    with pytest.raises(UsageError, match=words):
        open_dataset("table", path)


def test_only_a_table_has_numbers(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="folder is not a table"):
        read_numbers(open_dataset("folder", write_folder(tmp_path)))


# ------------------------------------------------------------------------------------------------------ the real data


@pytest.mark.parametrize(
    ("file", "kind", "shape"),
    [
        ("features_30_sec.csv", "statistics", (1000, 57)),
        ("convnet_embeddings.npz", "embedding", (1000, 160)),
        ("convnet_embeddings.npz", "mfcc", (1000, 120)),
        ("spectrogram_images.npz", "linear-spectrogram-image", (999, 128, 400)),
    ],
)
def test_gtzans_real_tables(shared_data: Path, file: str, kind: str, shape: tuple[int, ...]) -> None:
    folder = shared_data / "gtzan"
    options = asked(kind=kind, labels=str(folder / "splits.csv"), part_column="filtered")
    dataset = open_dataset("table", folder / file, options)
    values, _ = read_numbers(dataset)
    assert values.shape == shape
    assert np.isfinite(values).all()
    assert all(track.genre == track.track_id.partition(".")[0] for track in dataset.tracks)
    parts = Counter(track.part for track in dataset.tracks)
    assert (parts["validation"], parts["test"]) == (197, 290)
    assert parts["training"] == 443 - (1000 - shape[0])
    assert [skip.name for skip in dataset.skips] == ["jazz.00054"] * (1000 - shape[0])


def test_the_kaggle_table_has_its_own_labels(shared_data: Path) -> None:
    dataset = open_dataset("table", shared_data / "gtzan" / "features_30_sec.csv", asked(kind="statistics"))
    assert len(dataset.genres) == 10
    assert "length" not in read_numbers(dataset)[1]

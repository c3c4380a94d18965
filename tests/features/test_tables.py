"""Published tables: small ones of the exact layout, their faults, and the real pieces."""

import csv
import gzip
import sys
from pathlib import Path

import numpy as np
import pytest

from genrescope.errors import MissingExtraError, UsageError
from genrescope.features.tables import open_table

FMA = [
    ["feature", "mfcc", "mfcc", "mfcc", "rmse", "chroma_cqt"],
    ["statistics", "mean", "mean", "std", "mean", "max"],
    ["number", "01", "02", "01", "01", "12"],
    ["track_id", "", "", "", "", ""],
    ["2", "1.5", "-2", "3e-1", "4", "5"],
    ["3", "", "", "", "", ""],
    ["134", "6", "7", "8", "9", "10"],
]
KAGGLE = [
    ["filename", "length", "rms_mean", "mfcc1_mean", "mfcc2_var", "tempo", "label"],
    ["blues.00000.wav", "661794", "0.13", "-113.5", "2", "123.05", "blues"],
    ["jazz.00054.wav", "661794", "0.2", "-1", "3", "99", "jazz"],
]


def _write(path: Path, rows: list[list[str]]) -> Path:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def test_fma_opens_and_empty_rows_are_passed_over(tmp_path: Path) -> None:
    table = open_table(_write(tmp_path / "features.csv", FMA))
    assert table.track_ids == ("000002", "000134")
    assert table.columns == ("mfcc_mean_01", "mfcc_mean_02", "mfcc_std_01", "rmse_mean_01", "chroma_cqt_max_12")
    assert table.passed_over == {"000003": "its row is empty"}
    assert table.values.dtype == np.float32
    assert np.allclose(table.values, np.array([[1.5, -2, 0.3, 4, 5], [6, 7, 8, 9, 10]]))


def test_gzip_is_known_by_content(tmp_path: Path) -> None:
    plain = _write(tmp_path / "features.csv", FMA)
    packed = tmp_path / "packed.csv"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert np.array_equal(open_table(packed).values, open_table(plain).values)


@pytest.mark.parametrize(
    ("rows", "group", "columns"),
    [
        (FMA, "mfcc", ("mfcc_mean_01", "mfcc_mean_02", "mfcc_std_01")),
        (FMA, "rms", ("rmse_mean_01",)),
        (FMA, "chroma_cqt", ("chroma_cqt_max_12",)),
        (KAGGLE, "mfcc", ("mfcc1_mean", "mfcc2_var")),
        (KAGGLE, "mfcc1", ("mfcc1_mean",)),
        (KAGGLE, "rmse", ("rms_mean",)),
        (KAGGLE, "tempo", ("tempo",)),
    ],
)
def test_groups(tmp_path: Path, rows: list[list[str]], group: str, columns: tuple[str, ...]) -> None:
    path = _write(tmp_path / "table.csv", rows)
    read, chosen = open_table(path, groups=[group]), open_table(path).select([group])
    assert read.columns == chosen.columns == columns
    assert np.array_equal(read.values, chosen.values)


def test_a_group_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"no columns of the group 'mfc': did you mean mfcc\? there is: mfcc, rmse, chroma_cqt"
    ):
        open_table(_write(tmp_path / "features.csv", FMA), groups=["mfc"])


def test_kaggle_opens(tmp_path: Path) -> None:
    table = open_table(_write(tmp_path / "features_30_sec.csv", KAGGLE))
    assert table.track_ids == ("blues.00000", "jazz.00054")
    assert table.columns == ("rms_mean", "mfcc1_mean", "mfcc2_var", "tempo")


def test_rows_come_in_the_order_asked_for(tmp_path: Path) -> None:
    table = open_table(_write(tmp_path / "features.csv", FMA))
    assert np.array_equal(table.rows(["000134", "000002"]), table.values[::-1])
    with pytest.raises(UsageError, match=r"1 of 2 tracks have no values, first 000003 \(its row is empty\)"):
        table.rows(["000002", "000003"])
    with pytest.raises(UsageError, match="the table has no such row"):
        table.rows(["000999"])


def test_what_lacks_values_or_comes_twice_is_listed(tmp_path: Path) -> None:
    rows = [
        *KAGGLE,
        ["pop.00001.wav", "1", "nan", "1", "2", "3", "pop"],
        KAGGLE[1],
        ["a.wav", "1", "", "inf", "2", "3", ""],
    ]
    table = open_table(_write(tmp_path / "table.csv", rows))
    assert table.track_ids == ("blues.00000", "jazz.00054")
    assert table.passed_over == {
        "pop.00001": "1 of its 4 values are missing or not finite",
        "blues.00000": "the table has it twice; its first row is used",
        "a": "2 of its 4 values are missing or not finite",
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no header"),
        ("x\n1\n", "no header with columns"),
        ("name,value\na,1\n", "no column filename or track_id"),
        ("track_id,label\n1,rock\n", "no columns of numbers"),
        ("track_id,a,a\n1,2,3\n", "occur twice"),
        ("track_id,a\n1,loud\n", "cannot be read as a table of numbers"),
        ("track_id,a,b\n1,2\n", "cannot be read as a table of numbers"),
        ("track_id,a\n1,\n", "none of its 1 rows is whole"),
        ("track_id,a\n", "none of its 0 rows is whole"),
        ("feature,mfcc\nnumber,01\n", "as in FMA's features.csv"),
        ("feature,mfcc,mfcc\nstatistics,mean\nnumber,01\ntrack_id,\n", "as many columns"),
    ],
)
def test_wrong_tables_are_said(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=words) as caught:
        open_table(path)
    assert str(path) in str(caught.value)


def test_files_that_are_no_tables_are_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        open_table(tmp_path / "no.csv")
    broken, noise = tmp_path / "broken.npz", tmp_path / "noise.csv"
    broken.write_bytes(b"PK\x03\x04 cut off")
    noise.write_bytes(np.random.default_rng(0).bytes(500))
    for path in (broken, noise):
        with pytest.raises(UsageError, match="cannot be read"):
            open_table(path)


def test_npz_opens(tmp_path: Path) -> None:
    path, ids = tmp_path / "arrays.npz", np.array(["a.00001", "b.00002"])
    np.savez(path, track_id=ids, embedding=np.eye(2), image=np.ones((2, 3, 4), dtype=np.uint8))
    table = open_table(path, array="embedding")
    assert (table.track_ids, table.columns) == (("a.00001", "b.00002"), ("embedding_01", "embedding_02"))
    assert np.array_equal(table.values, np.eye(2, dtype=np.float32))
    assert open_table(path, array="image").values.shape == (2, 3, 4)
    with pytest.raises(UsageError, match="say which array is meant"):
        open_table(path)
    np.savez(path, track_id=ids[:1], embedding=np.eye(2))
    with pytest.raises(UsageError, match="names 1 tracks and embedding has 2 rows"):
        open_table(path)
    np.savez(path, embedding=np.eye(2))
    with pytest.raises(UsageError, match="expected track_id"):
        open_table(path)


def test_npz_with_pickles_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pickle.npz"
    np.savez(path, track_id=np.array([{"a": 1}], dtype=object), numbers=np.eye(1))
    with pytest.raises(UsageError, match="cannot be read as an npz"):
        open_table(path)


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"genrescope\[train\]"):
        open_table(_write(tmp_path / "features.csv", FMA))


def test_the_real_tables_open(shared_data: Path) -> None:
    fma = open_table(shared_data / "fma" / "features_mfcc_2000.csv.gz")
    assert fma.values.shape == (1_990, 140)
    assert {"000002", "000005", "000182", "000255"} <= set(fma.passed_over)
    assert open_table(shared_data / "gtzan" / "features_30_sec.csv").values.shape == (1_000, 57)
    assert open_table(shared_data / "gtzan" / "convnet_embeddings.npz", array="mfcc").values.shape == (1_000, 120)
    assert open_table(shared_data / "gtzan" / "spectrogram_images.npz").values.shape == (999, 128, 400)


ECHONEST = """,echonest,echonest,echonest,echonest,echonest
,audio_features,audio_features,metadata,temporal_features,temporal_features
,acousticness,tempo,artist_name,000,001
track_id,,,,,
2,0.5,120.5,"A, B",1.0,-2.0
3,0.25,90.0,C,3.0,
"""


def test_echonest_is_read_where_it_was_measured_on_the_sound(tmp_path: Path) -> None:
    path = tmp_path / "echonest.csv"
    path.write_text(ECHONEST)
    table = open_table(path)
    assert table.columns == ("acousticness", "tempo", "temporal_000", "temporal_001")
    assert table.track_ids == ("000002",)
    np.testing.assert_allclose(table.values, [[0.5, 120.5, 1.0, -2.0]])
    assert "1 of its 4 values" in table.passed_over["000003"]
    assert open_table(path, groups=("temporal",)).columns == ("temporal_000", "temporal_001")
    assert open_table(path, groups=("tempo",)).columns == ("tempo",)
    path.write_text(ECHONEST.replace("track_id", "id"))
    with pytest.raises(UsageError, match="as in FMA's echonest"):
        open_table(path)

"""Parquet output."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from genrescope.cli._lines import JsonLines
from genrescope.cli._parquet import ParquetFile, journal_of, need_pyarrow, recover_parquet
from genrescope.cli._resume import LineFile
from genrescope.errors import AudioError, MissingExtraError, UsageError
from genrescope.records import Prediction

pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is in the extra 'explore'")
Make = Callable[..., Prediction]


def test_rows_hold_the_answer_and_its_course(tmp_path: Path, make_prediction: Make) -> None:
    out = tmp_path / "out.parquet"
    file = ParquetFile(out, 2, keep=False)
    file.write(make_prediction("a.mp3"))
    file.write(make_prediction(os.fsdecode(b"caf\xe9.mp3"), timeline=False))
    file.write(AudioError("empty", "b.mp3", "no bytes"))
    file.close()
    first, second, third = pq.read_table(out).to_pylist()
    assert (first["genre_1"], first["genre_2"], first["error_kind"]) == ("rock", "jazz", None)
    assert first["timeline"]["labels"][-1] == "rock"
    assert len(first["timeline"]["probabilities"]) == 60
    assert (second["path"], second["timeline"]) == ("caf\\udce9.mp3", None)
    assert (third["error_kind"], third["genre_1"], third["unsure"]) == ("empty", None, None)
    assert os.listdir(tmp_path) == ["out.parquet"]


def test_a_journal_that_a_kill_left_is_taken_up(tmp_path: Path, make_prediction: Make) -> None:
    out = tmp_path / "out.parquet"
    journal = LineFile(journal_of(out), JsonLines(2), keep=False)
    journal.write(make_prediction("a.mp3"))
    journal.close()
    with open(journal_of(out), "ab") as cut:
        cut.write(b'{"path": "b.mp3", "dur')
    assert [held.path for held in recover_parquet(out, 2)] == ["a.mp3"]
    file = ParquetFile(out, 2, keep=True)
    file.write(make_prediction("b.mp3"))
    file.close()
    assert pq.read_table(out)["path"].to_pylist() == ["a.mp3", "b.mp3"]


def test_resumed_with_more_genres(tmp_path: Path, make_prediction: Make) -> None:
    out = tmp_path / "out.parquet"
    for top, name in ((1, "a.mp3"), (3, "b.mp3"), (2, "c.mp3")):
        file = ParquetFile(out, top, keep=True)
        file.write(make_prediction(name))
        file.close()
    table = pq.read_table(out)
    assert table["path"].to_pylist() == ["a.mp3", "b.mp3", "c.mp3"]
    assert table["genre_3"].null_count == 2


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    out.write_bytes(b"PAR1 no table")
    with pytest.raises(UsageError, match="cannot be read as Parquet"):
        recover_parquet(out, 2)
    assert out.read_bytes() == b"PAR1 no table"


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError, match=r"genrescope\[explore\]"):
        need_pyarrow()

"""``genrescope embed``."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

Command = Callable[..., subprocess.CompletedProcess[bytes]]


def test_npy_and_parquet_hold_the_same_vectors(
    genrescope_command: Command, library: Path, tmp_path: Path, made: Callable[[], list[str]]
) -> None:
    pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is in the extra 'explore'")
    for name in ("v.npy", "v.parquet"):
        result = genrescope_command("embed", "library", "--out", name)
        assert result.returncode == 1  # broken.mp3 and empty.flac
        assert b"2 failed" in result.stderr
        assert b"library/empty.flac: empty" in result.stderr
    vectors = np.load(tmp_path / "v.npy")
    rows = pq.read_table(tmp_path / "v.parquet").to_pylist()
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    np.testing.assert_array_equal(vectors, np.array([row["vector"] for row in rows], dtype=np.float32))
    names = json.loads((tmp_path / "v.npy.json").read_text(encoding="utf-8"))
    first, second = names["songs"]
    assert (first["path"], first["first_row"]) == ("library/a good song.wav", 0)
    assert (second["path"], second["first_row"]) == ("library/no suffix", first["n_rows"])
    assert len(vectors) == first["n_rows"] + second["n_rows"]
    assert [error["path"] for error in names["failed"]] == ["library/broken.mp3", "library/empty.flac"]
    assert rows[1]["start_s"] == pytest.approx(names["hop_s"], abs=1e-3)
    assert rows[0]["end_s"] == pytest.approx(names["window_s"], abs=1e-3)
    assert made() == ["library", "v.npy", "v.npy.json", "v.parquet"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], b"genrescope embed music/"),
        (["song.wav"], b"--out"),
        (["song.wav", "--out", "v.csv"], b".parquet"),
        (["song.wav", "--out", "nowhere/v.npy"], b"no folder"),
        (["song.wav", "--out", "v.npy", "--model", "nobody"], b"nobody"),
    ],
)
def test_wrong_use(
    arguments: list[str], words: bytes, genrescope_command: Command, song: Path, made: Callable[[], list[str]]
) -> None:
    result = genrescope_command("embed", *arguments)
    assert result.returncode == 2
    assert words in result.stderr
    assert made() == ["song.wav"]

"""Files of vectors appear only when they are whole."""

import os
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from genrescope.card import ModelCard
from genrescope.cli._vectors import NpyFile, ParquetVectors

CARD = ModelCard("toy", ["a"], 16000, 3.0, 1.0, 0.1, "Apache-2.0", embedding_size=4)


@pytest.mark.parametrize(("kind", "name"), [(NpyFile, "v.npy"), (ParquetVectors, "v.parquet")])
def test_a_failure_leaves_nothing(kind: type[NpyFile] | type[ParquetVectors], name: str, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is in the extra 'explore'")

    def fail() -> None:
        with ExitStack() as stack:
            file = kind(tmp_path / name, CARD, stack)
            file.add("a.mp3", np.arange(2.0), np.ones((2, 4), np.float32))
            raise MemoryError

    with pytest.raises(MemoryError):
        fail()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("kind", "name"), [(NpyFile, "v.npy"), (ParquetVectors, "v.parquet")])
def test_no_song_at_all_is_a_file_without_rows(
    kind: type[NpyFile] | type[ParquetVectors], name: str, tmp_path: Path
) -> None:
    pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is in the extra 'explore'")
    with ExitStack() as stack:
        kind(tmp_path / name, CARD, stack).finish([])
    if kind is NpyFile:
        assert np.load(tmp_path / name).shape == (0, 4)
    else:
        assert pq.read_table(tmp_path / name).num_rows == 0

"""Files of vectors, written song after song; each appears only when it is whole."""

import json
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from genrescope.card import ModelCard
from genrescope.cli._lines import plain
from genrescope.cli._parquet import need_pyarrow
from genrescope.cli._resume import replacing
from genrescope.errors import AudioError
from genrescope.records import FloatArray


class VectorFile(Protocol):
    """Takes the vectors of songs."""

    def add(self, path: str, starts_s: NDArray[np.float64], vectors: FloatArray) -> None:
        """Take a song's windows: their starts in seconds, shape (n,), and their vectors, shape (n, size)."""

    def finish(self, failed: list[AudioError]) -> None:
        """Complete the file, with the list of what is not in it."""


class NpyFile:
    """Vectors as an NPY file, float32 of shape (n_windows, size), and a JSON file beside it that names the rows.

    Parameters
    ----------
    out : Path
        The NPY file; the names go to ``OUT.json``.
    card : ModelCard
        Whose vectors they are.
    stack : ExitStack
        Clears away what is half written when it is left by an exception, and puts the rest in place otherwise.
    """

    def __init__(self, out: Path, card: ModelCard, stack: ExitStack) -> None:
        self._out, self._card = out, card
        # The shape stands at the beginning of the file and is known only at the end.
        self._rows = stack.enter_context(tempfile.TemporaryFile(dir=out.parent))  # noqa: SIM115 - the stack closes it
        self._songs: list[dict[str, object]] = []
        self._n_rows = 0

    def add(self, path: str, starts_s: NDArray[np.float64], vectors: FloatArray) -> None:
        """Take a song's windows."""
        self._rows.write(np.ascontiguousarray(vectors, dtype="<f4").tobytes())
        times = [round(float(start_s), 3) for start_s in starts_s]
        self._songs.append({"path": path, "first_row": self._n_rows, "n_rows": len(vectors), "start_s": times})
        self._n_rows += len(vectors)

    def finish(self, failed: list[AudioError]) -> None:
        """Put both files in their places."""
        header = {"descr": "<f4", "fortran_order": False, "shape": (self._n_rows, self._card.embedding_size)}
        with replacing(self._out) as temporary, open(temporary, "wb") as target:
            np.lib.format.write_array_header_1_0(target, header)
            self._rows.seek(0)
            shutil.copyfileobj(self._rows, target)
        names = {"model": self._card.name, "window_s": self._card.window_s, "hop_s": self._card.hop_s}
        text = json.dumps({**names, "songs": self._songs, "failed": [error.to_dict() for error in failed]}, indent=1)
        with replacing(self._out.with_name(f"{self._out.name}.json")) as temporary:
            temporary.write_text(text + "\n", encoding="ascii")


class ParquetVectors:
    """Vectors as a Parquet file: a row a window with path, start and end in seconds, and vector.

    The file's metadata name the model and list what failed.

    Parameters
    ----------
    out : Path
        The Parquet file.
    card : ModelCard
        Whose vectors they are.
    stack : ExitStack
        Clears away what is half written when it is left by an exception, and puts the rest in place otherwise.
    """

    def __init__(self, out: Path, card: ModelCard, stack: ExitStack) -> None:
        pa = need_pyarrow()
        self._card = card
        self._schema: Any = pa.schema(
            [
                ("path", pa.string()),
                ("start_s", pa.float64()),
                ("end_s", pa.float64()),
                ("vector", pa.list_(pa.float32(), card.embedding_size)),
            ]
        )
        self._writer: Any = pa.parquet.ParquetWriter(stack.enter_context(replacing(out)), self._schema)

    def add(self, path: str, starts_s: NDArray[np.float64], vectors: FloatArray) -> None:
        """Take a song's windows."""
        pa = need_pyarrow()
        flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).ravel())
        columns = [
            pa.array([plain(path)] * len(vectors)),
            pa.array(starts_s),
            pa.array(starts_s + self._card.window_s),
            pa.FixedSizeListArray.from_arrays(flat, self._card.embedding_size),
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))

    def finish(self, failed: list[AudioError]) -> None:
        """Complete the file."""
        facts = {"model": self._card.name, "failed": json.dumps([error.to_dict() for error in failed])}
        self._writer.add_key_value_metadata(facts)
        self._writer.close()

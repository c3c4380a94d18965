"""Rows of CSV and Parquet files as text, whatever stands above them, and the arrays of an npz file."""

import csv
import gzip
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from genrescope.errors import MissingExtraError, UsageError

ID = "track_id"
HEADER_ROWS = 4
"""FMA's tables have two or three header rows, and one that names the ids, before the first track."""


@dataclass(frozen=True)
class Row:
    """A row: the line on which it ends (or its number in a Parquet file), and its cells as text."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True, eq=False)
class Table:
    """A table that is open.

    Attributes
    ----------
    path : Path
        Its file.
    columns : tuple of str
        Names of its columns; header rows that stand above each other are joined by dots: ``track.genre_top``.
    rows : iterator of Row
        One after the other; a row that is too short or too long is not mended.
    """

    path: Path
    columns: tuple[str, ...]
    rows: Iterator[Row]

    def places(self, wanted: Iterable[str]) -> dict[str, int]:
        """Return where columns are that must be there.

        Raises
        ------
        UsageError
            One is missing; the message lists those that are there.
        """
        for column in wanted:
            if column not in self.columns:
                raise UsageError(f"{self.path}: it has no column '{column}'; it has: {listed(self.columns)}.")
        return {column: place for place, column in enumerate(self.columns)}


def is_table(path: Path) -> bool:
    """Say whether a file of this name is a list of rows that can be read.

    Examples
    --------
    >>> is_table(Path("list.CSV")), is_table(Path("labels.csv.gz")), is_table(Path("song.mp3"))
    (True, True, False)
    """
    return path.name.lower().endswith((".csv", ".csv.gz", ".tsv", ".parquet"))


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """Open a CSV (also gzipped, also with FMA's several header rows) or a Parquet file.

    Raises
    ------
    UsageError
        It cannot be read, or is not such a file.
    MissingExtraError
        It is a Parquet file and pyarrow is not installed.
    """
    if path.suffix.lower() == ".parquet":
        yield _open_parquet(path)
        return
    before = csv.field_size_limit(2**31 - 1)  # FMA has biographies that are longer than the module's limit
    try:
        with _open_text(path) as file:
            yield _open_csv(path, file)
    except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile, EOFError) as cause:
        raise UsageError(f"{path}: it is not a CSV file in UTF-8 ({cause}); save it as one.") from cause
    except OSError as cause:
        raise UsageError(f"{path}: it cannot be read ({cause.strerror or cause}).") from cause
    finally:
        csv.field_size_limit(before)


def _open_text(path: Path) -> IO[str]:
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return open(path, encoding="utf-8-sig", newline="")


def _open_csv(path: Path, file: IO[str]) -> Table:
    reader = csv.reader(file, delimiter=_delimiter(file), strict=False)
    first = list(islice(reader, HEADER_ROWS))
    if not first or not any(first[0]):
        raise UsageError(f"{path}: it is empty; its first line names the columns.")
    n_header = next((n for n, row in enumerate(first) if row[:1] == [ID]), 0)
    if n_header:  # the row that names the ids has no cells for the other columns
        columns = (
            ID,
            *(".".join(filter(None, names)) for names in zip(*(row[1:] for row in first[:n_header]), strict=True)),
        )
    else:
        columns = tuple(name.strip() for name in first[0])
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise UsageError(f"{path}: the column '{twice}' is there more than once.")
    return Table(path, columns, _csv_rows(first[n_header + 1 :], n_header + 2, reader))


def _csv_rows(read_ahead: list[list[str]], line: int, reader: Any) -> Iterator[Row]:
    for number, cells in enumerate(read_ahead, line):
        if cells:
            yield Row(number, cells)
    for cells in reader:
        if cells:
            yield Row(reader.line_num, cells)


def _delimiter(file: IO[str]) -> str:
    """Return what separates the names of the first line: a comma, a semicolon or a tab."""
    first = file.readline()
    file.seek(0)
    return max(",;\t", key=first.count)


def _open_parquet(path: Path) -> Table:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as cause:
        raise MissingExtraError(f"reading {path.name}", "explore") from cause
    try:
        file = parquet.ParquetFile(path)
    except (OSError, pa.ArrowException) as cause:
        raise UsageError(f"{path}: it cannot be read as a Parquet file ({cause}).") from cause
    return Table(path, tuple(file.schema_arrow.names), _parquet_rows(file))


def _parquet_rows(file: Any) -> Iterator[Row]:
    number = 0
    with file:
        for batch in file.iter_batches(4096):
            columns = [[_text(value) for value in column.to_pylist()] for column in batch.columns]
            for cells in zip(*columns, strict=True):
                number += 1
                yield Row(number, cells)


def _text(value: object) -> str:
    if value is None:
        return ""
    return ";".join(map(_text, value)) if isinstance(value, list) else str(value)


def guess(path: Path, columns: Sequence[str], names: Sequence[str], what: str) -> str:
    """Return the one column that is called by one of the names.

    Raises
    ------
    UsageError
        None is, or several are; the message lists the columns.
    """
    found = [column for column in columns if column.lower() in names]
    if len(found) == 1:
        return found[0]
    why = f"{' and '.join(map(repr, found))} may all be" if found else f"nothing is called {' or '.join(names)}, to be"
    raise UsageError(f"{path}: {why} {what}. It has: {listed(columns)}.")


def listed(columns: Sequence[str], most: int = 12) -> str:
    """Return names with commas between them, the first `most` of many."""
    more = f" and {len(columns) - most:,} more" if len(columns) > most else ""
    return ", ".join(columns[:most]) + more


def array_shapes(path: Path) -> Mapping[str, tuple[tuple[int, ...], str]]:
    """Return the shape and the kind of number (numpy's letter) of each array of an npz file; none of them is read.

    Raises
    ------
    UsageError
        It is not an npz file, or holds Python objects.
    """
    from numpy.lib import format as npy

    shapes = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                with archive.open(name) as file:
                    read = npy.read_array_header_1_0 if npy.read_magic(file) == (1, 0) else npy.read_array_header_2_0
                    shape, _, dtype = read(file)
                    shapes[name.removesuffix(".npy")] = (tuple(shape), dtype.kind)
    except (OSError, ValueError, zipfile.BadZipFile) as cause:
        raise UsageError(f"{path}: it cannot be read as an npz file ({cause}).") from cause
    objects = [name for name, (_, kind) in shapes.items() if kind == "O"]
    if objects:
        raise UsageError(
            f"{path}: the array '{objects[0]}' holds Python objects, which are not read; save numbers or text."
        )
    return shapes


def read_array(path: Path, name: str) -> Any:
    """Return an array of an npz file."""
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as arrays:
            return arrays[name]
    except (OSError, ValueError, zipfile.BadZipFile) as cause:
        raise UsageError(f"{path}: the array '{name}' cannot be read ({cause}).") from cause

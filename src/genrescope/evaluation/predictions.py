"""A table of anybody's predictions, as CSV or Parquet: one row a track."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import MissingExtraError, UsageError
from genrescope.evaluation.answers import Answers

ID_COLUMNS = ("id", "track_id", "path", "file")
TRUTH_COLUMNS = ("truth", "genre", "label", "true", "y_true")
PREDICTED_COLUMNS = ("predicted", "prediction", "y_pred")
GROUP_COLUMNS = ("artist", "recording", "group")
PREFIX = "prob_"

SEPARATORS = (",", ";", "\t")
"""What may stand between the cells of a CSV file; where it is no comma, decimals may have one."""

Table = Mapping[str, Sequence[str]]
"""Columns of text by their names, all of one length."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a table of predictions holds.

    Attributes
    ----------
    answers : Answers
        Truth and answers.
    group_word : str
        What its groups are: ``artists``, ``recordings`` or ``groups``.
    passed_over : tuple of str
        Columns that were not understood, and so not used.
    """

    answers: Answers
    group_word: str
    passed_over: tuple[str, ...]


def read_predictions(path: Path) -> Predictions:
    """Read a table of predictions.

    Parameters
    ----------
    path : Path
        A CSV file (UTF-8; commas, semicolons or tabs; a header row) or a Parquet file. Columns: ``truth``;
        ``predicted``, or a column of probabilities for each genre (``prob_GENRE`` or the genre's own name), or both; if
        there are any, ``id`` and ``artist``. Other names that are understood stand in `ID_COLUMNS`, `TRUTH_COLUMNS`,
        `PREDICTED_COLUMNS` and `GROUP_COLUMNS`.

    Raises
    ------
    UsageError
        Where it cannot be read, where a column is missing, or where a row says what cannot be.
    MissingExtraError
        For a Parquet file where pyarrow is not installed.
    """
    try:
        table = _parquet(path) if _is_parquet(path) else _csv(path)
        return from_table(table)
    except OSError as cause:
        raise UsageError(f"{path}: cannot be read ({cause.strerror or cause}).") from cause
    except UsageError as cause:
        raise UsageError(f"{path}: {cause}") from cause


@dataclass(frozen=True, eq=False)
class _Columns:
    """A table whose columns are understood."""

    truth: Sequence[str]
    said: Sequence[str] | None
    genres: Mapping[str, Sequence[str]]
    groups: tuple[str, ...]
    ids: tuple[str, ...]
    over: tuple[str, ...]


def from_table(table: Table) -> Predictions:
    """Understand the columns of a table; see `read_predictions`."""
    columns = {name.strip().lower(): name for name in table}
    names = (TRUTH_COLUMNS, PREDICTED_COLUMNS, ID_COLUMNS, GROUP_COLUMNS)
    truth, said, own_id, group = (next((columns[name] for name in wanted if name in columns), None) for wanted in names)
    if truth is None:
        found = ", ".join(table) or "none"
        raise UsageError(f"no column says the true genre: one is called {_or(TRUTH_COLUMNS)}; found: {found}")
    ids = tuple(table[own_id]) if own_id else ()
    for name in (own_id, truth, said):
        _filled(name, table[name] if name else (), () if name == own_id else ids)
    rest = [name for name in table if name not in {truth, said, own_id, group}]
    genres = _probability_columns(rest, {*table[truth], *(table[said] if said else ())})
    if said is None and not genres:
        raise UsageError(
            f"no column says what was predicted: one is called {_or(PREDICTED_COLUMNS)}, or there is one of "
            f"probabilities for each genre, called {PREFIX}GENRE or as the genre; found: {', '.join(table)}"
        )
    understood = _Columns(
        table[truth],
        table[said] if said else None,
        {genre: table[name] for genre, name in genres.items()},
        tuple(table[group]) if group else (),
        ids,
        tuple(name for name in rest if name not in genres.values()),
    )
    word = f"{group.strip().lower()}s" if group else "groups"
    return Predictions(_answers(understood), word, understood.over)


def _answers(columns: _Columns) -> Answers:
    truth, said, groups, ids = columns.truth, columns.said, columns.groups, columns.ids
    if not columns.genres:
        return Answers.from_labels(truth, said or (), groups=groups, ids=ids)
    labels = tuple(columns.genres)
    for what, names in (("truth", truth), ("predicted", said or ())):
        _known(what, names, labels, ids)
    probabilities = np.stack([_numbers(column, name, ids) for name, column in columns.genres.items()], axis=1)
    try:
        predicted = said or [labels[place] for place in probabilities.argmax(axis=1).tolist()]
        named = Answers.from_labels(truth, predicted, labels=labels, groups=groups, ids=ids)
        return Answers(named.labels, named.truth, named.predicted, probabilities, groups, ids)
    except UsageError as cause:
        unused = f" (columns that were not taken for genres: {', '.join(columns.over)})" if columns.over else ""
        raise UsageError(f"{cause}{unused}") from cause


def _known(what: str, names: Sequence[str], labels: Sequence[str], ids: Sequence[str]) -> None:
    for row, name in enumerate(names):
        if name not in labels:
            there = ", ".join(labels)
            raise UsageError(f"{_row(ids, row)}: no column of probabilities for the {what} '{name}'; there is: {there}")


def _probability_columns(rest: Iterable[str], seen: set[str]) -> dict[str, str]:
    """Return the column of each genre: those with the prefix, else those that are called as a genre of the file."""
    columns = [(name.strip(), name) for name in rest]
    prefixed = {name.removeprefix(PREFIX): column for name, column in columns if name.startswith(PREFIX)}
    return prefixed or {name: column for name, column in columns if name in seen}


def _or(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _filled(name: str | None, column: Sequence[str], ids: Sequence[str]) -> None:
    for row, cell in enumerate(column):
        if not cell:
            raise UsageError(f"{_row(ids, row)}: nothing stands in the column '{name}'")


def _row(ids: Sequence[str], row: int) -> str:
    return f"row '{ids[row]}'" if ids else f"row {row + 1} (after the header)"


def _numbers(column: Sequence[str], name: str, ids: Sequence[str]) -> NDArray[np.float32]:
    numbers = np.empty(len(column), dtype=np.float32)
    for row, cell in enumerate(column):
        try:
            numbers[row] = _number(cell)
        except ValueError as cause:
            raise UsageError(f"{_row(ids, row)}: '{cell}' in the column '{name}' is no number") from cause
    return numbers


def _number(cell: str) -> float:
    """Return what a cell says, as spreadsheets write it, too.

    Examples
    --------
    >>> _number("0.25"), _number("0,25"), _number("25 %")
    (0.25, 0.25, 0.25)
    """
    share = cell.removesuffix("%")
    return float(share.replace(",", ".")) / (1 if share == cell else 100)


def _is_parquet(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(4) == b"PAR1"


def _csv(path: Path) -> Table:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            separator = _separator(file.readline())
            file.seek(0)
            rows = list(csv.reader(file, strict=True, delimiter=separator))
    except (UnicodeDecodeError, csv.Error) as cause:
        raise UsageError(f"is no CSV file in UTF-8 ({cause}); a spreadsheet saves one as 'CSV UTF-8'") from cause
    if not rows:
        raise UsageError("the file is empty; a header and one row a track are expected")
    header, body = rows[0], [(line, row) for line, row in enumerate(rows[1:], start=2) if row]
    if len(set(header)) < len(header):
        raise UsageError(f"two columns have one name: {', '.join(header)}")
    for line, row in body:
        if len(row) != len(header):
            raise UsageError(f"line {line} has {len(row)} cells and the header {len(header)}")
    return {name: [row[place].strip() for _, row in body] for place, name in enumerate(header)}


def _separator(header: str) -> str:
    """Return what separates the most names that are understood; a comma where none is.

    Examples
    --------
    >>> _separator("id;truth;predicted")
    ';'
    """
    known = {*ID_COLUMNS, *TRUTH_COLUMNS, *PREDICTED_COLUMNS, *GROUP_COLUMNS}
    return max(SEPARATORS, key=lambda one: sum(name.strip(' "\r\n').lower() in known for name in header.split(one)))


def _parquet(path: Path) -> Table:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as cause:
        raise MissingExtraError("reading Parquet", "explore") from cause
    try:
        table = parquet.read_table(path)
    except pa.ArrowException as cause:
        raise UsageError(f"is a damaged Parquet file ({cause})") from cause
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    return {name: ["" if cell is None else str(cell).strip() for cell in column] for name, column in columns.items()}

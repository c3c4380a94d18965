"""What stands in a table of ready numbers: its ids, its genres, its parts, and where its numbers are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrescope.datasets._base import Skip, TableOptions
from genrescope.datasets._tables import array_shapes, guess, listed, open_table, read_array
from genrescope.datasets.folder import AUDIO_SUFFIXES, PART_OF
from genrescope.errors import UsageError

ID_COLUMNS = ("track_id", "id", "filename", "file", "path")
LABEL_COLUMNS = ("label", "genre", "genre_top", "track.genre_top")
PART_COLUMNS = ("part", "split", "set.split")
NOT_NUMBERS = (*ID_COLUMNS, *LABEL_COLUMNS, *PART_COLUMNS, "length", "artist", "album", "title")
"""Columns of a CSV or Parquet table that are no features; ``length`` counts the samples of the Kaggle copy's clips."""
WHAT_LABELS = "the genres; say what is (label_column), or name a list that gives them (labels)"


@dataclass
class Contents:
    """What a table or a list of labels says: ids in their order, the genre and part of each, and what is wrong."""

    ids: list[str] = field(default_factory=list)
    labels: dict[str, tuple[str, str]] = field(default_factory=dict)
    skips: list[Skip] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def add(self, track_id: str, genre: str, part: str, where: str, problem: str = "") -> None:
        """Take a row, or pass it over."""
        if not track_id or problem or part.lower() not in PART_OF:
            words = problem or (f"no part is called {part!r}" if track_id else "it has no id")
            self.skips.append(Skip(track_id or where, "unreadable_row", f"{where}: {words}"))
        elif track_id in self.seen:
            self.skips.append(Skip(where, "duplicate_id", f"{where}: {track_id} has a row before it"))
        else:
            self.ids.append(track_id)
            self.labels[track_id] = (genre, part.lower())
        self.seen.add(track_id)


# ------------------------------------------------------------------------------------------------------ tables of rows


def of_rows(path: Path, options: TableOptions, *, has_labels: bool, has_numbers: bool) -> Contents:
    """Read the ids of a CSV or Parquet file, their genres where it has them, and whether their numbers are there."""
    contents = Contents()
    with open_table(path) as table:
        columns = table.columns
        at = {name: place for place, name in enumerate(columns)}
        id_place = at[_id_column(path, columns, options, strict=has_labels)]
        label_place = at[_label_column(path, columns, options)] if has_labels else None
        part = _part_column(path, columns, options) if has_labels else None
        numbers = _number_places(columns, options) if has_numbers else []
        for row in table.rows:
            where = f"{path.name}, line {row.line}"
            if len(row.cells) != len(columns):
                contents.add("", "", "", where, f"{len(row.cells)} cells instead of {len(columns)}")
                continue
            empty = next((columns[place] for place in numbers if not row.cells[place]), None)
            contents.add(
                _plain_id(row.cells[id_place]),
                "" if label_place is None else row.cells[label_place].strip(),
                "" if part is None else row.cells[at[part]].strip(),
                where,
                f"'{empty}' is empty" if empty else "",
            )
    return contents


def numbers_of_rows(
    path: Path, options: TableOptions, order: Mapping[str, int]
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    with open_table(path) as table:
        columns = table.columns
        id_place = columns.index(_id_column(path, columns, options, strict=False))
        places = _number_places(columns, options)
        values = np.empty((len(order), len(places)), dtype=np.float32)
        filled = set[str]()
        for row in table.rows:
            track_id = _plain_id(row.cells[id_place]) if len(row.cells) == len(columns) else ""
            if track_id in order and track_id not in filled:
                filled.add(track_id)
                values[order[track_id]] = _floats(row.cells, places, columns, f"{path}, line {row.line}")
    return values, tuple(columns[place] for place in places)


def _floats(cells: Sequence[str], places: Sequence[int], columns: Sequence[str], where: str) -> list[float]:
    try:
        return [float(cells[place]) for place in places]
    except ValueError:
        return [_float(cells[place], f"{where}, column '{columns[place]}'") for place in places]


def _float(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError as cause:
        raise UsageError(f"{where}: {text!r} is no number; take that column out of the table.") from cause


def _number_places(columns: Sequence[str], options: TableOptions) -> list[int]:
    others = {*NOT_NUMBERS, options.id_column, options.label_column, options.part_column}
    return [place for place, name in enumerate(columns) if name not in others]


def _id_column(path: Path, columns: Sequence[str], options: TableOptions, *, strict: bool) -> str:
    if options.id_column in columns or (options.id_column and strict):
        return _there(path, columns, options.id_column)
    found = next((name for name in ID_COLUMNS if name in columns), None)
    if found is None:
        raise UsageError(f"{path}: say which column holds the ids (id_column); it has: {listed(columns)}.")
    return found


def _label_column(path: Path, columns: Sequence[str], options: TableOptions) -> str:
    if options.label_column:
        return _there(path, columns, options.label_column)
    return guess(path, columns, LABEL_COLUMNS, WHAT_LABELS)


def _part_column(path: Path, columns: Sequence[str], options: TableOptions) -> str | None:
    if options.part_column:
        return _there(path, columns, options.part_column)
    found = [name for name in PART_COLUMNS if name in columns]
    return found[0] if len(found) == 1 else None


def _there(path: Path, columns: Sequence[str], name: str | None) -> str:
    if name is None or name not in columns:
        raise UsageError(f"{path}: it has no column '{name}'; it has: {listed(columns)}.")
    return name


def _plain_id(text: str) -> str:
    """Return an id; a file name of sound loses its suffix, so that it is the id of the same track elsewhere.

    Examples
    --------
    >>> _plain_id("blues.00000.wav"), _plain_id(" blues.00000")
    ('blues.00000', 'blues.00000')
    """
    name = text.strip()
    suffix = Path(name).suffix
    return name.removesuffix(suffix) if suffix.lower() in AUDIO_SUFFIXES else name


# -------------------------------------------------------------------------------------------------------- npz, labels


def number_array(path: Path, options: TableOptions, axes: tuple[int, ...]) -> str:
    """Return the name of the array that holds the numbers."""
    shapes = array_shapes(path)
    words = ", ".join(f"{name} {'×'.join(map(str, shape))}" for name, (shape, _) in shapes.items())
    if options.array:
        if options.array not in shapes:
            raise UsageError(f"{path}: it has no array '{options.array}'; it has: {words}.")
        found = [options.array]
    else:
        found = [name for name, (shape, letter) in shapes.items() if letter in "fiu" and len(shape) in axes]
        found = [options.kind] if options.kind in found else found
    if len(found) != 1:
        why = "several may hold" if found else "none can hold"
        raise UsageError(f"{path}: of its arrays {why} the {options.kind}; say which does (array). It has: {words}.")
    shape, letter = shapes[found[0]]
    if letter not in "fiu" or len(shape) not in axes:
        wanted = " or ".join(map(str, axes))
        raise UsageError(
            f"{path}: a {options.kind} has {wanted} axes, tracks first, and real numbers; it has: {words}."
        )
    return found[0]


def of_npz(path: Path, options: TableOptions) -> Contents:
    shapes = array_shapes(path)
    n_rows = shapes[str(options.array)][0][0]
    ids = ids_of_npz(path, shapes, options)
    genres, parts = [""] * n_rows, [""] * n_rows
    if options.labels is None:
        genres = _texts(path, _label_column(path, tuple(shapes), options))
        part = _part_column(path, tuple(shapes), options)
        parts = _texts(path, part) if part else parts
    contents = Contents()
    if not len(ids) == len(genres) == len(parts) == n_rows:
        raise UsageError(f"{path}: {n_rows} rows of numbers, but {len(ids)} ids and {len(genres)} genres.")
    for row, (track_id, genre, part) in enumerate(zip(ids, genres, parts, strict=True)):
        contents.add(track_id, genre, part, f"{path.name}, row {row}")
    return contents


def ids_of_npz(path: Path, shapes: Mapping[str, object], options: TableOptions) -> list[str]:
    return [_plain_id(text) for text in _texts(path, _id_column(path, tuple(shapes), options, strict=False))]


def _texts(path: Path, array: str) -> list[str]:
    values = np.atleast_1d(np.asarray(read_array(path, array)))
    return [value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in values.tolist()]

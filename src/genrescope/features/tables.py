"""Published tables of ready features: FMA's ``features.csv`` and ``echonest.csv``, GTZAN's of the Kaggle copy, npz.

They open as numbers and the ids of the tracks that they belong to. A row that is empty, as some of FMA's are, or lacks
a value, is passed over and listed; it never becomes zeros.
"""

import csv
import gzip
import math
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genrescope.errors import MissingExtraError, UsageError
from genrescope.features._settings import nearest
from genrescope.records import FloatArray

ALIASES = {"rms": "rmse", "rmse": "rms"}
"""What librosa calls a group today and what FMA's table calls it; each finds the other."""

AUDIO_SUFFIXES = (".wav", ".au", ".mp3", ".ogg", ".flac")

_FMA_FIRST = ("feature", "features")
_FMA_HEADER = ("statistics", "number", "track_id")
_ECHONEST = {"audio_features": "", "temporal_features": "temporal_"}
"""Groups of ``echonest.csv`` that are measured on the sound, and what their columns' names begin with."""
_STATISTICS = "kurtosis|max|mean|median|min|skew|std|var"
_NOT_FEATURES = frozenset({"filename", "track_id", "label", "length", "genre"})


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """Ready features of tracks.

    Attributes
    ----------
    path : Path
        The file.
    track_ids : tuple of str
        Whose row each is; FMA's numbers have six digits, GTZAN's names no suffix.
    values : ndarray of float32, shape (n_tracks, …)
        One row a track; every value is finite.
    columns : tuple of str
        Names of the columns of a table (such as ``mfcc_mean_01``); empty for other arrays.
    passed_over : dict of str to str
        Rows that are not used, and why.
    """

    path: Path
    track_ids: tuple[str, ...]
    values: FloatArray
    columns: tuple[str, ...]
    passed_over: dict[str, str]

    def __len__(self) -> int:
        return len(self.track_ids)

    def rows(self, track_ids: Sequence[str]) -> FloatArray:
        """Return the values of tracks, in their order.

        Raises
        ------
        UsageError
            Tracks without a row; the message names the first and says why, where that is known.
        """
        places = {track_id: place for place, track_id in enumerate(self.track_ids)}
        missing = [track_id for track_id in track_ids if track_id not in places]
        if missing:
            why = self.passed_over.get(missing[0], "the table has no such row")
            raise UsageError(
                f"{self.path}: {len(missing)} of {len(track_ids)} tracks have no values, first {missing[0]} ({why}); "
                "leave them out."
            )
        return self.values[[places[track_id] for track_id in track_ids]]

    def select(self, groups: Iterable[str]) -> "FeatureTable":
        """Return the columns of some groups: ``mfcc``, one of its numbers (``mfcc1``), or a whole column's name."""
        kept = _places_of(self.path, self.columns, groups)
        names = tuple(self.columns[place] for place in kept)
        return FeatureTable(self.path, self.track_ids, self.values[:, kept], names, self.passed_over)


def open_table(path: str | Path, *, array: str | None = None, groups: Iterable[str] = ()) -> FeatureTable:
    """Open a table of ready features; its content tells which kind it is.

    Parameters
    ----------
    path : str or Path
        ``features.csv`` or ``echonest.csv`` of FMA with its three header rows, a CSV with a header and the track in
        ``filename`` or ``track_id``, each of them compressed by gzip or not; or an npz with ``track_id`` and arrays.
        Of ``echonest.csv`` the columns are read that were measured on the sound, the last ones as ``temporal_000`` …
    array : str, optional
        Which array of an npz; needed where it has several.
    groups : iterable of str
        Of a CSV, only these groups, such as ``mfcc`` or ``rms`` (which reads less); without any, all columns.

    Returns
    -------
    FeatureTable
        The rows that are whole.

    Raises
    ------
    UsageError
        The file is not there, or is no such table.
    MissingExtraError
        pyarrow, which reads CSV, is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file; name a CSV or npz file of features.")
    if path.suffix == ".npz":
        return _open_npz(path, array)
    header = _header(path)
    if not header or len(header[0]) < 2:
        raise UsageError(f"{path}: it has no header with columns; expected FMA's features.csv or a CSV with a header.")
    if header[0][0] in _FMA_FIRST:
        return _open_fma(path, header, tuple(groups))
    if header[0][:2] == ["", "echonest"]:
        return _open_echonest(path, header, tuple(groups))
    return _open_plain(path, header[0], tuple(groups))


def _open_fma(path: Path, header: list[list[str]], groups: tuple[str, ...]) -> FeatureTable:
    first_column = tuple(row[0] if row else "" for row in header)
    if first_column[1:] != _FMA_HEADER or len({len(row) for row in header}) > 1:
        raise UsageError(
            f"{path}: its first column begins with {', '.join(first_column)}; expected feature, "
            f"{', '.join(_FMA_HEADER)} and as many columns in each of these rows, as in FMA's features.csv."
        )
    names = ["_".join(levels) for levels in zip(*(row[1:] for row in header[:3]), strict=True)]
    return _read(path, 4, "track_id", ["track_id", *names], names, groups)


def _open_echonest(path: Path, header: list[list[str]], groups: tuple[str, ...]) -> FeatureTable:
    if len(header) < 4 or header[3][:1] != ["track_id"] or len({len(row) for row in header}) > 1:
        raise UsageError(f"{path}: three header rows and one with track_id are expected, as in FMA's echonest.csv.")
    of_sound, names = [], ["track_id"]
    for group, name in zip(header[1][1:], header[2][1:], strict=True):
        names.append(f"{_ECHONEST.get(group, f'{group}_')}{name}")
        if group in _ECHONEST:
            of_sound.append(names[-1])
    return _read(path, 4, "track_id", names, of_sound, groups)


def _open_plain(path: Path, header: list[str], groups: tuple[str, ...]) -> FeatureTable:
    keys = [key for key in ("filename", "track_id") if key in header]
    if not keys:
        raise UsageError(f"{path}: it has no column filename or track_id; its columns begin with {header[:5]}.")
    return _read(path, 1, keys[0], header, [name for name in header if name not in _NOT_FEATURES], groups)


def _read(
    path: Path, n_header: int, key: str, all_names: list[str], names: list[str], groups: tuple[str, ...]
) -> FeatureTable:
    """Read the key and the wanted columns of a CSV."""
    if twins := {name for name in all_names if all_names.count(name) > 1}:
        raise UsageError(f"{path}: its columns {sorted(twins)[:3]} occur twice; which one is meant cannot be told.")
    wanted = [names[place] for place in _places_of(path, names, groups)] if groups else names
    if not wanted:
        raise UsageError(f"{path}: beside {key} it has no columns of numbers.")
    table = _csv_columns(path, n_header, all_names, key, wanted)
    ids = [_track_id(text) for text in table.column(key).to_pylist()]
    values = np.column_stack([table.column(name).to_numpy() for name in wanted]).astype(np.float32)
    return _whole_rows(path, ids, values, tuple(wanted))


def _csv_columns(path: Path, n_header: int, all_names: list[str], key: str, wanted: list[str]) -> Any:
    try:
        import pyarrow as pa
        from pyarrow import csv as pa_csv
    except ModuleNotFoundError as cause:
        raise MissingExtraError(f"reading {path.name}", "train") from cause
    # One thread reads in order, and the types are told: nothing depends on what a block happens to hold.
    types = {key: pa.string(), **dict.fromkeys(wanted, pa.float32())}
    try:
        with pa.input_stream(str(path), compression="gzip" if _is_gzip(path) else None) as stream:
            return pa_csv.read_csv(
                stream,
                read_options=pa_csv.ReadOptions(use_threads=False, skip_rows=n_header, column_names=all_names),
                convert_options=pa_csv.ConvertOptions(column_types=types, include_columns=[key, *wanted]),
            )
    except (pa.ArrowInvalid, OSError, EOFError) as error:
        raise UsageError(f"{path}: it cannot be read as a table of numbers ({error}); copy it again.") from error


def _whole_rows(path: Path, ids: list[str], values: FloatArray, columns: tuple[str, ...]) -> FeatureTable:
    """Leave out rows that lack values or come twice, and say which."""
    n_values = math.prod(values.shape[1:])
    n_missing = np.count_nonzero(~np.isfinite(values.reshape(len(ids), n_values)), axis=1)
    kept, passed_over, seen = [], dict[str, str](), set[str]()
    for place, (track_id, n_bad) in enumerate(zip(ids, n_missing.tolist(), strict=True)):
        if track_id in seen:
            passed_over[track_id] = "the table has it twice; its first row is used"
        elif n_bad == n_values:
            passed_over[track_id] = "its row is empty"
        elif n_bad:
            passed_over[track_id] = f"{n_bad} of its {n_values} values are missing or not finite"
        else:
            kept.append(place)
            seen.add(track_id)
    if not kept:
        raise UsageError(f"{path}: none of its {len(ids)} rows is whole; copy or download it again.")
    rows = values if len(kept) == len(ids) else values[kept]
    return FeatureTable(path, tuple(ids[place] for place in kept), rows, columns, passed_over)


def _open_npz(path: Path, array: str | None) -> FeatureTable:
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            names = [name for name in arrays.files if name != "track_id"]
            if "track_id" not in arrays.files or not names:
                raise UsageError(f"{path}: it holds {arrays.files}; expected track_id and at least one array.")
            name = array or (names[0] if len(names) == 1 else "")
            if name not in names:
                raise UsageError(f"{path}: say which array is meant ({array!r} was given): {nearest(name, names)}")
            ids, values = [str(one) for one in arrays["track_id"]], np.asarray(arrays[name], dtype=np.float32)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path}: it cannot be read as an npz file of numbers ({error}).") from error
    if len(ids) != len(values):
        raise UsageError(f"{path}: it names {len(ids)} tracks and {name} has {len(values)} rows.")
    columns = tuple(f"{name}_{number:02}" for number in range(1, values.shape[1] + 1)) if values.ndim == 2 else ()
    return _whole_rows(path, ids, values, columns)


def _header(path: Path) -> list[list[str]]:
    """Return the first four rows."""
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig", newline="")
            if _is_gzip(path)
            else open(path, encoding="utf-8-sig", newline="")
        ) as file:
            return [row for row, _ in zip(csv.reader(file), range(4), strict=False)]
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: it cannot be read as CSV ({error}); name a CSV or npz file of features.") from error


def _is_gzip(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _track_id(text: str | None) -> str:
    """Return a track's id as `Track` has it."""
    name = (text or "").strip()
    if name.isdigit():
        return f"{int(name):06}"
    return next((name.removesuffix(suffix) for suffix in AUDIO_SUFFIXES if name.endswith(suffix)), name)


def _places_of(path: Path, columns: Sequence[str], groups: Iterable[str]) -> list[int]:
    """Return which columns belong to groups, in the table's order."""
    kept: set[int] = set()
    for asked in groups:
        names = {asked, ALIASES.get(asked, asked)}
        found = [
            i for i, column in enumerate(columns) if column in names or names & {_group_of(column), _feature_of(column)}
        ]
        if not found:
            known = list(dict.fromkeys(_feature_of(column) for column in columns))
            raise UsageError(f"{path}: it has no columns of the group {asked!r}: {nearest(asked, known)}")
        kept.update(found)
    return sorted(kept)


def _group_of(column: str) -> str:
    """Return a column's name without statistic and number, such as ``mfcc1`` or ``chroma_cqt``."""
    return re.sub(rf"_({_STATISTICS})(_\d+)?$", "", column)


def _feature_of(column: str) -> str:
    """Return a column's feature, such as ``mfcc`` or ``chroma_cqt``."""
    return re.sub(r"_?\d+$", "", _group_of(column))

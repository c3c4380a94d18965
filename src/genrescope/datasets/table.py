"""A table of ready numbers: CSV, Parquet or npz, whose kind of numbers somebody declares.

What the file does not say itself is said, in this order of precedence, by the options of the selection, by a TOML file
beside it that is called like it (``embeddings.npz.toml``), or by a TOML file that is the root and names it::

    file = "embeddings.npz"      # only where this file is the root
    kind = "embedding"           # log-mel, linear-spectrogram-image, statistics, mfcc or embedding
    array = "embedding"          # npz with several arrays
    labels = "splits.csv"        # where the table has no genres: a CSV or Parquet list with the ids
    id_column = "track_id"
    label_column = "genre"
    part_column = "filtered"

Paths are relative to the TOML file.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.datasets._base import Dataset, Facts, Selection, Skip, TableOptions, refuse, select
from genrescope.datasets._table_contents import (
    Contents,
    ids_of_npz,
    number_array,
    numbers_of_rows,
    of_npz,
    of_rows,
)
from genrescope.datasets._tables import array_shapes, is_table, read_array
from genrescope.datasets.folder import PART_OF
from genrescope.errors import UsageError
from genrescope.records import Track

KINDS: Mapping[str, tuple[int, ...]] = {
    "log-mel": (3,),
    "linear-spectrogram-image": (3, 4),
    "statistics": (2,),
    "mfcc": (2, 3),
    "embedding": (2, 3),
}
"""What numbers can be, and how many axes their array has, tracks first."""

FACTS = Facts(
    name="table",
    title="A table of ready numbers",
    line="features or pictures that are computed already: CSV, Parquet or npz",
    citation="",
    licence="yours to know",
    homepage="",
    layout=(
        f"a .csv, .parquet or .npz file whose kind of numbers is declared ({', '.join(KINDS)}), by a file "
        "NAME.toml beside it with a line such as  kind = 'embedding'  or by giving as --root a TOML file that also "
        "names its table:  file = 'NAME'."
    ),
)


def open_table_set(root: Path, selection: Selection) -> Dataset:
    """Read the ids and labels of a table; its numbers are read by `read_numbers`.

    Parameters
    ----------
    root : Path
        The table, or a TOML file that names it.
    selection : Selection
        Which genres; `Selection.table` says what the file does not.

    Raises
    ------
    UsageError
        The kind is not declared, a column or an array is missing or cannot be told, or the file is none of these.
    """
    path, options = _declared(root, selection.table)
    axes = _axes(root, options)
    if path.suffix.lower() == ".npz":
        options = replace(options, array=number_array(path, options, axes))
        contents = of_npz(path, options)
    else:
        if 2 not in axes:
            raise UsageError(
                f"{path}: a row of a table has no place for the axes of a {options.kind}; it goes in an npz."
            )
        contents = of_rows(path, options, has_labels=options.labels is None, has_numbers=True)
    if options.labels is not None:
        _take_labels(contents, Path(options.labels), options)
    tracks = [_track(track_id, *contents.labels[track_id]) for track_id in contents.ids if contents.labels[track_id][0]]
    if not tracks:
        raise refuse(FACTS, path, "none of its rows has a genre")
    skips = [*contents.skips, *(_no_genre(track_id) for track_id, (genre, _) in contents.labels.items() if not genre)]
    kept, others = select(tracks, selection, FACTS.name)
    name = None if options.labels is None else Path(options.labels).name  # a fingerprint knows no folders
    told = replace(selection, table=replace(options, labels=name))
    return Dataset(FACTS, root, kept, (*skips, *others), told, path)


def read_numbers(dataset: Dataset) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return the numbers of a table's tracks, and the names of their columns where they have names.

    Parameters
    ----------
    dataset : Dataset
        A table that `open_table_set` opened; what was passed over since then is left out.

    Returns
    -------
    ndarray, shape (n_tracks, ...)
        A row a track, in the data set's order: float32 of CSV and Parquet, the array's own dtype of npz.
    tuple of str
        The names of the columns; empty for npz.

    Raises
    ------
    UsageError
        The data set is no table, or a cell is no number.
    """
    path, options = dataset.features, dataset.selection.table
    if path is None or options.kind is None:
        raise UsageError(f"{dataset.facts.name} is not a table of ready numbers; open one as 'table'.")
    order = {track.track_id: place for place, track in enumerate(dataset.tracks)}
    if path.suffix.lower() != ".npz":
        return numbers_of_rows(path, options, order)
    rows: dict[str, int] = {}
    for row, track_id in enumerate(ids_of_npz(path, array_shapes(path), options)):
        rows.setdefault(track_id, row)
    values = np.asarray(read_array(path, str(options.array)))
    return values[[rows[track_id] for track_id in order]], ()


# --------------------------------------------------------------------------------------------------- what is declared


def _declared(root: Path, given: TableOptions) -> tuple[Path, TableOptions]:
    """Return the table and how it is to be read."""
    beside = root.with_name(f"{root.name}.toml")
    if root.suffix.lower() == ".toml" and root.is_file():
        said = _read_toml(root)
        if "file" not in said:
            raise UsageError(f"{root}: it does not name its table; add a line such as  file = 'embeddings.npz'")
        path = root.parent / said.pop("file")
    else:
        path, said = root, _read_toml(beside) if beside.is_file() else {}
        said.pop("file", None)
    if "labels" in said:
        said["labels"] = str(root.parent / said["labels"])
    if not path.is_file() or not (is_table(path) or path.suffix.lower() == ".npz"):
        raise refuse(FACTS, path, "it is no CSV, Parquet or npz file")
    asked = {one.name: getattr(given, one.name) for one in fields(given) if getattr(given, one.name) is not None}
    return path, TableOptions(**(said | asked))


def _read_toml(path: Path) -> dict[str, str]:
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise UsageError(f"{path}: it cannot be read as TOML ({cause}).") from cause
    known = ["file", *(one.name for one in fields(TableOptions))]
    for key, value in said.items():
        if key not in known:
            raise UsageError(f"{path}: there is no setting '{key}'; there are: {', '.join(known)}.")
        if not isinstance(value, str):
            raise UsageError(f"{path}: '{key}' is a text in quotes; got {value!r}.")
    return said


def _axes(root: Path, options: TableOptions) -> tuple[int, ...]:
    if options.kind is None:
        raise refuse(FACTS, root, "what kind of numbers it holds is not declared")
    if options.kind not in KINDS:
        near = get_close_matches(options.kind, KINDS, 1) or list(KINDS)
        raise UsageError(f"{root}: no kind of numbers is called '{options.kind}'; is it {' or '.join(near)}?")
    return KINDS[options.kind]


def _take_labels(contents: Contents, path: Path, options: TableOptions) -> None:
    """Give the ids of the table the genres of a list; ids of one that are not in the other are passed over."""
    listed_ = of_rows(path, options, has_labels=True, has_numbers=False)
    contents.skips += listed_.skips
    known = contents.seen
    for track_id in listed_.ids:
        if track_id not in known:
            contents.skips.append(Skip(track_id, "no_file", f"{track_id}: {path.name} names it, and it has no numbers"))
    contents.labels = {track_id: listed_.labels.get(track_id, ("", "")) for track_id in contents.ids}


def _no_genre(track_id: str) -> Skip:
    return Skip(track_id, "no_genre", f"{track_id}: it has numbers and no genre")


def _track(track_id: str, genre: str, part: str) -> Track:
    return Track(track_id, None, genre, (genre,), PART_OF[part])

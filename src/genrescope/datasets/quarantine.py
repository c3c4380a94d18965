"""What ``data check`` found, kept beside the data for every later verb: tracks to pass over, and tracks that are one.

Two small JSON files in the data set's work folder. ``quarantine.json`` holds tracks with the reason why they are not
used; ``duplicates.json`` holds groups of tracks that are the same recording, so that a split keeps them together.
"""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from genrescope.datasets._base import Dataset, Skip
from genrescope.datasets._split_file import read_duplicates as _read_duplicates_file
from genrescope.errors import UsageError

WORK = ".genrescope"
"""Name of the work folder inside a data set's root."""

QUARANTINE = "quarantine.json"
DUPLICATES = "duplicates.json"

_SMALL = 4096
"""Bytes of the file that is tried: on a full disk an empty one still finds room."""


@dataclass(frozen=True)
class Quarantined:
    """A track that is passed over: its id, the kind of fault, and the fault in words."""

    track_id: str
    reason: str
    message: str


def work_folder(root: Path, work: Path | None = None) -> Path:
    """Return where what is learned of a data set is kept: `work`, or ``.genrescope`` inside its root.

    A data set that is one file (a list of tracks) has its work folder beside it.
    """
    if work is not None:
        return work
    return root.with_name(root.name + WORK) if root.is_file() else root / WORK


def make_work_folder(root: Path, work: Path | None = None) -> Path:
    """Return the work folder, made where it is not there yet.

    Raises
    ------
    UsageError
        Nothing can be written there; the message says what to do.
    """
    folder = work_folder(root, work)
    see_that_it_takes_files(folder, "name a folder that can with --work DIR")
    return folder


def see_that_it_takes_files(folder: Path, remedy: str) -> None:
    """Make a folder where it is not there yet, and see that a small file can be written into it.

    Raises
    ------
    UsageError
        It cannot be, or its disk is full; the message ends with the remedy.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_SMALL))
    except OSError as cause:
        why = cause.strerror or str(cause)
        raise UsageError(f"{folder}: cannot be written to ({why}); {remedy}.") from cause


def read_quarantine(work: Path) -> tuple[Skip, ...]:
    """Return the tracks to pass over as skips; none where no check was made.

    Raises
    ------
    UsageError
        The file is there and not in order.
    """
    return tuple(
        Skip(entry.track_id, "quarantined", f"{entry.track_id}: {entry.reason}: {entry.message}")
        for entry in _read_entries(work / QUARANTINE)
    )


def write_quarantine(work: Path, checked: Iterable[str], entries: Iterable[Quarantined]) -> Path:
    """Write the tracks to pass over, in one piece.

    Parameters
    ----------
    work : Path
        The work folder.
    checked : iterable of str
        Ids of the tracks that were looked at. What an earlier check of the same root said of others stays: FMA's
        small and large subsets lie under one root.
    entries : iterable of Quarantined
        Those among them that are not to be used.

    Returns
    -------
    Path
        The file.
    """
    seen = set(checked)
    path = work / QUARANTINE
    kept = [entry for entry in _read_entries(path) if entry.track_id not in seen]
    ordered = sorted([*kept, *entries], key=lambda entry: entry.track_id)
    replace_text(path, _one_a_line("tracks", [asdict(entry) for entry in ordered]))
    return path


def read_duplicates(work: Path) -> tuple[tuple[str, ...], ...]:
    """Return the groups of tracks that are one recording, for splits that keep them together.

    Raises
    ------
    UsageError
        The file is there and not in order.
    """
    path = work / DUPLICATES
    return _read_duplicates_file(path) if path.exists() else ()


def write_duplicates(work: Path, checked: Iterable[str], groups: Iterable[Sequence[str]]) -> Path:
    """Write the groups of tracks that are one recording, in one piece; earlier groups of other tracks stay."""
    seen = set(checked)
    earlier = [group for group in read_duplicates(work) if not seen.issuperset(group)]
    path = work / DUPLICATES
    replace_text(path, _one_a_line("duplicates", [list(group) for group in join([*earlier, *groups])]))
    return path


def respect(dataset: Dataset, work: Path | None = None) -> Dataset:
    """Return the data set without the tracks in its quarantine.

    Parameters
    ----------
    dataset : Dataset
        As it was opened.
    work : Path, optional
        Its work folder, where that is not the usual one.
    """
    skips = read_quarantine(work_folder(dataset.root, work))
    return dataset.without(skip for skip in skips if skip.name in dataset.by_id)


def used_line(dataset: Dataset, work: Path | None = None) -> str:
    """Say how many tracks are used, how many are passed over, and where it says why."""
    line = dataset.used_line()
    if any(skip.reason == "quarantined" for skip in dataset.skips):
        return f"{line}, see {work_folder(dataset.root, work) / QUARANTINE}"
    return line


def join(groups: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """Join groups that share a member; those of one member alone are left out.

    Examples
    --------
    >>> join([("a", "b"), ("c", "d"), ("b", "e"), ("f",)])
    [('a', 'b', 'e'), ('c', 'd')]
    """
    parent: dict[str, str] = {}

    def root_of(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = name = parent[parent[name]]
        return name

    for group in groups:
        for name in group:
            parent[root_of(name)] = root_of(group[0])
    joined: dict[str, list[str]] = {}
    for name in parent:
        joined.setdefault(root_of(name), []).append(name)
    return sorted(tuple(sorted(names)) for names in joined.values() if len(names) > 1)


def replace_text(path: Path, text: str) -> None:
    """Write a file in one piece: whoever reads it finds the old one or the new one.

    Raises
    ------
    UsageError
        It cannot be written there, or the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as cause:
        why = cause.strerror or str(cause)
        raise UsageError(f"{path}: could not be written ({why}); make room, or name another place.") from cause
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _one_a_line(name: str, entries: Sequence[object]) -> str:
    """Return JSON that people can read and compare: one entry a line."""
    lines = ",\n".join("  " + json.dumps(entry, ensure_ascii=True) for entry in entries)
    return f'{{"{name}": [\n{lines}\n]}}\n' if entries else f'{{"{name}": []}}\n'


def _read_entries(path: Path) -> Iterator[Quarantined]:
    for entry in _read_list(path, "tracks"):
        try:
            yield Quarantined(**entry)
        except TypeError as cause:
            raise _out_of_order(path, "a track has track_id, reason and message") from cause


def _read_list(path: Path, name: str) -> list[Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except OSError as cause:
        why = cause.strerror or str(cause)
        raise UsageError(
            f"{path}: cannot be read ({why}); see to it, or name another folder with --work DIR."
        ) from cause
    except ValueError as cause:
        raise _out_of_order(path, str(cause)) from cause
    entries = content.get(name) if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise _out_of_order(path, f"it has no list '{name}'")
    return entries


def _out_of_order(path: Path, why: str) -> UsageError:
    return UsageError(f"{path}: cannot be used ({why}); delete it and run 'genrescope data check' again.")

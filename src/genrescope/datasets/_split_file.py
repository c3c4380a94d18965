"""A split as lists of ids with a fingerprint, and its file, which is never written over in silence."""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genrescope.datasets._base import Dataset
from genrescope.errors import UsageError
from genrescope.records import Track

FORMAT = "genrescope split 1"


@dataclass(frozen=True)
class Split:
    """A data set's tracks in parts.

    Attributes
    ----------
    name : str
        Says method and settings, such as ``grouped-80-10-10-seed0``.
    method : str
        How it was made, see `splits.make_split`.
    settings : mapping
        What the method was told.
    seed : int or None
        Of the draw; None where nothing is drawn.
    data, data_fingerprint : str
        Name and `Dataset.fingerprint` of the data set that was split.
    parts : mapping of str to tuple of str
        Track ids by part: ``training``, ``validation``, ``test``, or ``fold0``, ``fold1`` …
    """

    name: str
    method: str
    settings: Mapping[str, Any]
    seed: int | None
    data: str
    data_fingerprint: str
    parts: Mapping[str, tuple[str, ...]]

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits over the lists."""
        lists = [[part, *ids] for part, ids in self.parts.items()]
        return hashlib.sha256(json.dumps(lists).encode()).hexdigest()[:16]

    @property
    def part_of(self) -> dict[str, str]:
        """The part of each track id."""
        return {track_id: part for part, ids in self.parts.items() for track_id in ids}

    def to_dict(self) -> dict[str, Any]:
        """Return the object of the file."""
        return {
            "format": FORMAT,
            "name": self.name,
            "method": self.method,
            "settings": dict(self.settings),
            "seed": self.seed,
            "data": self.data,
            "data_fingerprint": self.data_fingerprint,
            "fingerprint": self.fingerprint,
            "parts": {part: list(ids) for part, ids in self.parts.items()},
        }

    def write(self, path: Path, *, renew: bool = False) -> bool:
        """Write the split to a file; one that is there already is kept.

        Returns
        -------
        bool
            False where the file holds exactly this split already.

        Raises
        ------
        UsageError
            The file holds something else, and `renew` is False; or it cannot be written.
        """
        if path.exists() and not renew:
            if read_split(path).to_dict() == self.to_dict():
                return False
            raise UsageError(
                f"{path}: another split is there and is kept (fingerprint {read_split(path).fingerprint}, this one "
                f"would be {self.fingerprint}); name another --out, or write it anew with --renew."
            )
        temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(self.to_dict(), indent=1) + "\n", encoding="utf-8")
            os.replace(temporary, path)
        except OSError as cause:
            with suppress(OSError):
                temporary.unlink()
            raise UsageError(f"{path}: the split cannot be written ({cause.strerror}); name another --out.") from cause
        return True

    def tracks(self, dataset: Dataset) -> dict[str, tuple[Track, ...]]:
        """Return the tracks by part.

        Raises
        ------
        UsageError
            The data set is not the one that was split, or has changed since.
        """
        self.check(dataset)
        return {part: tuple(dataset.by_id[track_id] for track_id in ids) for part, ids in self.parts.items()}

    def check(self, dataset: Dataset) -> None:
        """UsageError where the data set is not the one that was split, or has changed since."""
        if (self.data, self.data_fingerprint) != (dataset.facts.name, dataset.fingerprint):
            missing = sum(track_id not in dataset.by_id for track_id in self.part_of)
            raise UsageError(
                f"the split '{self.name}' is of {self.data} with the fingerprint {self.data_fingerprint}; this is "
                f"{dataset.facts.name} with {dataset.fingerprint} ({missing:,} of the split's {len(self.part_of):,} "
                "tracks are not in it). Use the same data, selection and quarantine, or split it anew."
            )

    def left_out(self, dataset: Dataset) -> tuple[str, ...]:
        """Return the ids of the tracks that are in no part."""
        part_of = self.part_of
        return tuple(track.track_id for track in dataset.tracks if track.track_id not in part_of)


def read_split(path: Path) -> Split:
    """Read a split from its file.

    Raises
    ------
    UsageError
        There is none, it is none, or its lists are not those that its fingerprint was made of.
    """
    found = _read_object(path, "a split written by 'genrescope data split'")
    try:
        if found["format"] != FORMAT:
            raise UsageError(f"{path}: its format is {found['format']!r} and this version reads {FORMAT!r}.")
        fields = {key: found[key] for key in ("name", "method", "settings", "seed", "data", "data_fingerprint")}
        split = Split(**fields, parts={str(part): tuple(map(str, ids)) for part, ids in found["parts"].items()})
        stated = found["fingerprint"]
    except (KeyError, TypeError, AttributeError) as cause:
        raise UsageError(f"{path}: this is no split written by 'genrescope data split' ({cause} is wrong).") from cause
    if stated != split.fingerprint or len(split.part_of) != sum(map(len, split.parts.values())):
        raise UsageError(
            f"{path}: its lists were changed after it was written (fingerprint {split.fingerprint} instead of "
            f"{stated}); take the original, or write it anew with --renew."
        )
    return split


def read_duplicates(path: Path) -> tuple[tuple[str, ...], ...]:
    """Read the sets of ids that are one recording, as ``genrescope data check`` writes them.

    Raises
    ------
    UsageError
        The file is missing, or is something else.
    """
    sets = _read_object(path, "a list of duplicates").get("duplicates")
    if not isinstance(sets, list) or not all(isinstance(ids, list) and all(map(_is_text, ids)) for ids in sets):
        raise UsageError(f'{path}: expected {{"duplicates": [[id, id, ...], ...]}}, as `data check` writes it.')
    return tuple(tuple(ids) for ids in sets)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _read_object(path: Path, what: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise UsageError(f"{path}: it cannot be read ({cause.strerror}); expected {what}.") from cause
    except ValueError as cause:
        raise UsageError(f"{path}: this is not JSON ({cause}); expected {what}.") from cause
    if not isinstance(found, dict):
        raise UsageError(f"{path}: expected {what}, found a JSON {type(found).__name__}.")
    return found

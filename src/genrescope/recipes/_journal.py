"""Finished cells, a line each, so that a run that was killed goes on where it was."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genrescope.errors import UsageError


class Journal:
    """A file of results by key; a line that a kill cut short is passed over.

    Parameters
    ----------
    path : Path
        The file; made with the first result.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = dict(_read(path))
        # A line that was cut short must not swallow the next.
        self._between = "\n" if _ends_ragged(path) else ""

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: str) -> dict[str, Any] | None:
        """Return what is kept under a key."""
        return self._known.get(key)

    def put(self, key: str, value: Mapping[str, Any]) -> None:
        """Keep a result; it is on the disk when this returns.

        Raises
        ------
        UsageError
            It cannot be written: the disk is full, or the folder not one's own.
        """
        line = json.dumps({"key": key, "value": dict(value)}) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(self._between + line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as cause:
            raise UsageError(f"{self._path}: cannot be written ({cause.strerror}); make room there.") from cause
        self._between = ""
        self._known[key] = dict(value)


def key_of(*facts: object) -> str:
    """Return a key that changes with any of the facts.

    Examples
    --------
    >>> key_of("mfcc", 0) == key_of("mfcc", 0), key_of("mfcc", 0) == key_of("mfcc", 1)
    (True, False)
    """
    return hashlib.sha256(json.dumps(facts, default=repr, sort_keys=True).encode()).hexdigest()[:24]


def _ends_ragged(path: Path) -> bool:
    return path.is_file() and not path.read_bytes().endswith(b"\n")


def _read(path: Path) -> list[tuple[str, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as cause:
        raise UsageError(f"{path}: cannot be read ({cause.strerror}); name another folder with --out.") from cause
    found = []
    for line in lines:
        try:
            entry = json.loads(line)
            found.append((str(entry["key"]), dict(entry["value"])))
        except (ValueError, KeyError, TypeError):
            continue
    return found

"""What was heard of each file, one line a file, so that a check that was killed goes on where it was.

A line holds for a file of the same path, size and time of change. Files that could not be decoded are not written
down: they are few, and a disk that was not there or a process that was out of memory deserves another try.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from genrescope.audit.hear import Heard
from genrescope.errors import UsageError

NAME = "heard.jsonl"

VERSION = 1
"""Grows when the same file would be told of otherwise; older lines then no longer hold."""


@dataclass(frozen=True)
class Stamp:
    """Which file, in which state: its path below the root where it lies there, bytes, and nanoseconds of its change."""

    path: str
    size_bytes: int
    changed_ns: int


def stamp(path: Path, root: Path) -> Stamp:
    """Return a file's stamp; OSError where there is no such file."""
    found = path.stat()
    name = str(path.relative_to(root)) if path.is_relative_to(root) else str(path.absolute())
    return Stamp(name, found.st_size, found.st_mtime_ns)


class Journal:
    """The lines of a work folder, to be read, and to be added to, one write a line.

    Parameters
    ----------
    work : Path
        The work folder.

    Raises
    ------
    UsageError
        The file cannot be read or written.
    """

    def __init__(self, work: Path) -> None:
        self._path = work / NAME
        try:
            # Unbuffered, and each line one write: a kill loses at most the line that is being written.
            self._file = open(self._path, "ab+", buffering=0)  # noqa: SIM115 - closed by close()
            self._held = dict(entry for entry in map(_read, self._whole_lines()) if entry is not None)
        except OSError as cause:
            raise self._fault(cause) from cause

    def get(self, key: Stamp) -> Heard | None:
        """Return what was heard of a file in this state, if anything."""
        return self._held.get(key)

    def add(self, key: Stamp, heard: Heard) -> None:
        """Write down what was heard.

        Raises
        ------
        UsageError
            The disk is full, or gone.
        """
        line = json.dumps({"v": VERSION, "file": [key.path, key.size_bytes, key.changed_ns], **heard.to_dict()})
        try:
            self._file.write(line.encode() + b"\n")
        except OSError as cause:
            raise self._fault(cause) from cause
        self._held[key] = heard

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _whole_lines(self) -> list[bytes]:
        """Return the lines, and cut away a last one that was not finished."""
        self._file.seek(0)
        content = self._file.read()
        lines = content.split(b"\n")
        if lines[-1]:
            self._file.truncate(len(content) - len(lines[-1]))
        return lines[:-1]

    def _fault(self, cause: OSError) -> UsageError:
        why = cause.strerror or os.strerror(cause.errno or 0)
        return UsageError(f"{self._path}: cannot be used ({why}); make room, or name another folder with --work DIR.")


def _read(line: bytes) -> tuple[Stamp, Heard] | None:
    """Return a line's entry; None where it is an older version's, or was harmed: the file is then heard again."""
    try:
        found: dict[str, Any] = json.loads(line)
        if found.pop("v") != VERSION:
            return None
        return Stamp(*found.pop("file")), Heard.from_dict(found)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None

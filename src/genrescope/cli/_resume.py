"""Files of lines that outlive a kill: each answer is one write, and what was cut off is repaired before going on."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from genrescope.cli._lines import Answer, Held, Lines
from genrescope.errors import UsageError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, and put it in its place only when all went well."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(_usual_mode())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _usual_mode() -> int:
    """Return the mode of a new file: mkstemp lets nobody else read its files."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


class LineFile:
    """A file of answers, one a line.

    Parameters
    ----------
    path : Path
        The file; begun anew.
    lines : Lines
        How an answer is written.
    keep : bool
        Whether lines that are already there stay (after `recover`).
    """

    def __init__(self, path: Path, lines: Lines, *, keep: bool) -> None:
        self._lines = lines
        # Unbuffered: a line is one write, so a kill loses at most the line that is being written.
        self._file = open(path, "ab" if keep else "wb", buffering=0)  # noqa: SIM115 - closed by close()
        if self._file.tell() == 0 and lines.header:
            self._file.write(lines.header)

    def write(self, answer: Answer) -> None:
        """Append an answer."""
        self._file.write(self._lines.encode(answer))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def recover(path: Path, lines: Lines) -> list[Held]:
    """Make a file of answers ready to be continued.

    A last line that was cut off is dropped, and so are errors, because they are tried again.

    Returns
    -------
    list of Held
        The answers that stay.

    Raises
    ------
    UsageError
        Where the file holds something else than our answers; it is left as it is.
    """
    if not path.exists() or path.stat().st_size == 0:
        return []
    kept: list[Held] = []
    with replacing(path) as repaired, open(repaired, "wb") as target:
        target.write(lines.header)
        for line, held in _read(path, lines):
            if not held.failed:
                target.write(line)
                kept.append(held)
    return kept


def _read(path: Path, lines: Lines) -> Iterator[tuple[bytes, Held]]:
    with open(path, "rb") as source:
        numbered: Iterable[tuple[int, bytes]] = enumerate(source, start=1)
        for number, line in numbered:
            if not line.endswith(b"\n"):
                return  # cut off
            if number == 1 and lines.header:
                _check_header(path, line, lines.header)
                continue
            try:
                yield line, lines.decode(line)
            except ValueError as cause:
                raise UsageError(f"{path}, line {number}: not written by this command; name another --out.") from cause


def _check_header(path: Path, found: bytes, expected: bytes) -> None:
    if found != expected:
        raise UsageError(
            f"{path}: its columns are not the ones of this run ({found.decode('utf-8', 'replace').strip()[:200]}); "
            "give the same --top as before, or name another --out."
        )

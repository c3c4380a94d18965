"""A file from an address into a ``.part`` file: goes on where it was cut off, tries again, believes only the sum.

Pooch, which fetches our model files, begins anew after every break; with archives of a terabyte nobody can.
"""

import contextlib
import errno
import hashlib
import json
import math
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from genrescope.datasets._base import Archive
from genrescope.errors import GenrescopeError

if TYPE_CHECKING:
    import requests

CHUNK = 1 << 18

Report = Callable[[str, int, int | None], None]
"""Is told what is being done to which file, the bytes that are done, and of how many (None where nobody knows)."""


class FetchError(GenrescopeError):
    """A published file could not be had, is not what was published, or does not fit on the disk."""


class _TryAgainError(Exception):
    """The server did not keep its word; the next answer may."""


@dataclass(frozen=True)
class Patience:
    """How long a server is put up with.

    Attributes
    ----------
    tries : int
        Failures in a row, without a new byte between them, after which the download is given up.
    silence_s : float
        How long the server may say nothing.
    pause_s : float
        Pause before the second try; each further one is twice as long.
    """

    tries: int = 5
    silence_s: float = 30.0
    pause_s: float = 1.0


PATIENT = Patience()


def quiet(words: str, done: int, total: int | None) -> None:
    """Tell nobody."""


def algorithm_of(archive: Archive) -> str:
    """Return the name of the algorithm of an archive's sum; SHA-256 where none is published."""
    return archive.checksum.partition(":")[0] if archive.checksum else "sha256"


def is_right(archive: Archive, digest: str) -> bool:
    """Say whether a sum is the published one; any is where none is published."""
    return archive.checksum is None or digest == archive.checksum.partition(":")[2].lower()


def sum_of(path: Path, algorithm: str, report: Report = quiet) -> "hashlib._Hash":
    """Return the running sum over the whole of a file."""
    digest = hashlib.new(algorithm, usedforsecurity=False)
    total, done = path.stat().st_size, 0
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            report(f"checking {path.name}", done, total)
    return digest


class Part:
    """What is here of a file, and whose bytes they are.

    Parameters
    ----------
    path : Path
        The ``.part`` file; a small JSON file beside it says from which address and version its bytes are.
    url : str
        The address. Bytes of another one are thrown away.
    algorithm : str
        Of the sum that runs along.
    """

    def __init__(self, path: Path, url: str, algorithm: str, report: Report = quiet) -> None:
        self.path, self.url = path, url
        self._note, self._algorithm = path.with_name(f"{path.name}.json"), algorithm
        noted = read_json(self._note)
        if noted is None or noted.get("url") != url:
            path.unlink(missing_ok=True)
            noted = {}
        self.version: str | None = noted.get("version")
        self.total: int | None = noted.get("total")
        path.touch()
        self.digest = sum_of(path, algorithm, report)
        self.size = self.size_before = path.stat().st_size
        self._file = open(path, "ab")  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> "Part":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        with contextlib.suppress(OSError):  # a full disk says so a second time
            self._file.close()

    def append(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self._file.write(chunk)
        self.digest.update(chunk)
        self.size += len(chunk)

    def restart(self) -> None:
        """Throw away what is here."""
        self._file.truncate(0)
        self.digest = hashlib.new(self._algorithm, usedforsecurity=False)
        self.size = self.size_before = 0

    def note(self, version: str | None, total: int | None) -> None:
        """Write down which version of the file these bytes are of."""
        self.version, self.total = version, total
        temporary = self._note.with_name(f"{self._note.name}.new")
        temporary.write_text(json.dumps({"url": self.url, "version": version, "total": total}), encoding="utf-8")
        os.replace(temporary, self._note)

    def save(self) -> None:
        """See that the bytes are on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def remove(self) -> None:
        """Leave nothing of it."""
        self._file.close()
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def move_to(self, target: Path) -> None:
        """Give the whole file its final name."""
        self.save()
        self._file.close()
        os.replace(self.path, target)
        self._note.unlink(missing_ok=True)


def download(archive: Archive, part: Part, patience: Patience, report: Report) -> None:
    """Fetch what is missing of a file.

    Raises
    ------
    FetchError
        The server does not have it, or kept failing; what is here stays for the next time.
    """
    if archive.checksum and is_right(archive, part.digest.hexdigest()):
        return  # killed between the last byte and its name
    import requests
    import urllib3.exceptions

    troubles = (_TryAgainError, requests.RequestException, urllib3.exceptions.HTTPError)
    failures = 0
    with requests.Session() as session:
        while True:
            before = part.size
            try:
                _attempt(session, archive, part, patience, report)
            except troubles as trouble:
                if archive.checksum and is_right(archive, part.digest.hexdigest()):
                    return  # the announced length was wrong, the file is right
                failures = 1 if part.size > before else failures + 1
                if failures >= patience.tries:
                    raise FetchError(_gave_up(part, trouble, failures)) from trouble
                report(f"trying {archive.name} again, {plain_trouble(trouble)}", part.size, part.total)
                time.sleep(patience.pause_s * 2 ** (failures - 1))
            else:
                return


def _gave_up(part: Part, trouble: Exception, failures: int) -> str:
    kept = f"The {part.size:,} bytes that came are kept: run the command again to go on." if part.size else ""
    return f"{part.url}: given up after {failures} tries without a new byte ({plain_trouble(trouble)}). {kept}".strip()


def plain_trouble(trouble: Exception) -> str:
    """Say in a few words what went wrong on the way."""
    text = str(trouble)
    known = {
        "NameResolution": "the host is not known; is there a network?",
        "refused": "the host refuses the connection",
        "timed out": "the host did not answer in time",
        "reset": "the connection broke",
        "IncompleteRead": "the connection broke",
        "Remote end closed": "the connection broke",
    }
    return next((words for sign, words in known.items() if sign in text), text)


def _attempt(session: "requests.Session", archive: Archive, part: Part, patience: Patience, report: Report) -> None:
    headers = {"Accept-Encoding": "identity"}
    if part.size and (part.version or archive.checksum):
        headers["Range"] = f"bytes={part.size}-"
        if part.version:
            headers["If-Range"] = part.version
    with session.get(part.url, headers=headers, stream=True, timeout=patience.silence_s) as answer:
        if answer.status_code == 416 and _length_in(answer, r"bytes \*/(\d+)") == part.size:
            return  # all of it is here
        _begin(answer, archive, part)
        for chunk in answer.raw.stream(CHUNK, decode_content=False):
            with _room_on(part.path):
                part.append(chunk)
            report(f"fetching {archive.name}", part.size, part.total or archive.size_bytes)
    if part.total is not None and part.size != part.total:
        raise _TryAgainError(f"the file ended after {part.size:,} of the {part.total:,} bytes that were announced")


def _begin(answer: "requests.Response", archive: Archive, part: Part) -> None:
    """Make the part ready for the bytes of an answer."""
    _check_status(answer, part)
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        raise FetchError(f"{part.url}: a web page came instead of {archive.name}; the host may have given the file up.")
    if answer.status_code == 206:
        total = _length_in(answer, rf"bytes {part.size}-\d+/(\d+)")
        if total is None or part.total not in {None, total} or _version(answer) not in {None, part.version}:
            part.restart()
            raise _TryAgainError("the server went on at another place than was asked for")
    else:
        part.restart()
        total = _length_in(answer, r"(\d+)", "Content-Length")
    with _room_on(part.path):
        part.note(_version(answer), total)
        check_space(
            part.path.parent, max(0, (total or archive.size_bytes or 0) - part.size), f"fetching {archive.name}"
        )


def _check_status(answer: "requests.Response", part: Part) -> None:
    status = answer.status_code
    if status in {408, 416, 429} or status >= 500:
        if status == 416:
            part.restart()
        raise _TryAgainError(f"the server answers {status} {answer.reason}")
    if status not in {200, 206}:
        raise FetchError(f"{part.url}: the server answers {status} {answer.reason}; the file is not to be had there.")


def _version(answer: "requests.Response") -> str | None:
    tag = answer.headers.get("ETag")
    return tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified")


def _length_in(answer: "requests.Response", pattern: str, header: str = "Content-Range") -> int | None:
    found = re.fullmatch(pattern, answer.headers.get(header, ""))
    return int(found.group(1)) if found else None


@contextlib.contextmanager
def _room_on(path: Path) -> Iterator[None]:
    """Say where the disk is full, or may not be written to."""
    try:
        yield
    except OSError as cause:
        raise FetchError(disk_words(path, cause)) from cause


def disk_words(path: Path, cause: OSError) -> str:
    """Say what is wrong with the disk, and what to do."""
    if cause.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"{path.parent}: the disk is full. What is there is kept: make room, and run the command again."
    if cause.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return f"{path.parent}: nothing can be written there ({cause.strerror}); choose a folder that is yours."
    return f"{path}: it cannot be written ({cause.strerror or cause})."


def check_space(folder: Path, need: int, doing: str) -> None:
    """FetchError where `folder` has not `need` bytes free."""
    free = shutil.disk_usage(folder).free
    if need > free:
        raise FetchError(
            f"{folder}: {doing} needs {size_words(need)} and {size_words(free)} are free; make room first."
        )


def size_words(n_bytes: float) -> str:
    """Write a number of bytes for people.

    Examples
    --------
    >>> size_words(7_200_000_000)
    '7.2 GB'
    """
    units = ("bytes", "kB", "MB", "GB", "TB")
    place = min(int(math.log(max(n_bytes, 1), 1000)), len(units) - 1)
    return f"{n_bytes / 1000**place:.{min(place, 1)}f} {units[place]}"


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the object of a small JSON file of ours; None where there is none, or it was cut off."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None

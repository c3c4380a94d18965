"""Published archives onto this disk: fetched, checked, unpacked, each step going on where a kill cut it off.

What is not yet whole lies in ``ROOT/.genrescope/get``; under the root itself stands only what is complete.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from genrescope.datasets._base import Archive, Facts
from genrescope.datasets._download import (
    PATIENT,
    FetchError,
    Part,
    Patience,
    Report,
    algorithm_of,
    check_space,
    disk_words,
    download,
    is_right,
    quiet,
    read_json,
    sum_of,
)
from genrescope.datasets._unpack import Unpacked, is_archive, unpack
from genrescope.errors import UsageError

__all__ = ["FetchError", "Got", "Patience", "Report", "fetch", "get", "get_all"]

UNPACKED_SHARE = 1.05
"""Bytes of sound for each byte of its archive: MP3 files do not shrink in a zip."""


@dataclass(frozen=True)
class Got:
    """What became of an archive.

    Attributes
    ----------
    archive : str
        Its name.
    status : str
        ``fetched``, ``already there`` (this command put it there before) or ``kept`` (somebody else did).
    entries : tuple of str
        What stands under the root because of it.
    n_files, n_bytes : int
        Its content; 0 where it was kept.
    """

    archive: str
    status: Literal["fetched", "already there", "kept"]
    entries: tuple[str, ...]
    n_files: int = 0
    n_bytes: int = 0

    def to_dict(self) -> dict[str, object]:
        """Return what the JSON output has of it."""
        return {
            "archive": self.archive,
            "status": self.status,
            "entries": list(self.entries),
            "files": self.n_files,
            "bytes": self.n_bytes,
        }


def get_all(
    facts: Facts,
    root: Path,
    *,
    source: str | None = None,
    verify: bool = True,
    patience: Patience = PATIENT,
    report: Report = quiet,
) -> Iterator[tuple[Archive, Got | FetchError]]:
    """Fetch and unpack all archives of a data set; one that fails does not stop the others.

    Parameters
    ----------
    facts : Facts
        Names the archives.
    root : Path
        Where the data set is to lie; made where it is missing.
    source : str, optional
        Where they are instead of the published address: a folder, an address that ends in ``/``, or, for a single
        archive, the file or its address.
    verify : bool
        Whether a file must have the published sum.
    patience : Patience
        How long a server is put up with.
    report : Report
        Is told of the advance.

    Yields
    ------
    Archive, Got or FetchError
        Each archive, in their order, and what became of it.

    Raises
    ------
    UsageError
        There is nothing to fetch, or `source` does not say which archive it is.
    """
    if not facts.archives:
        raise UsageError(f"{facts.name}: there is nothing to fetch. What it expects under --root: {facts.layout}")
    sources = _sources(facts, source)
    for archive in facts.archives:
        try:
            got = get(archive, root, source=sources.get(archive.name), verify=verify, patience=patience, report=report)
            yield archive, got
        except FetchError as error:
            yield archive, error


def _sources(facts: Facts, source: str | None) -> dict[str, str]:
    """Return where each archive is to be taken from, where that is not its published address."""
    names = [archive.name for archive in facts.archives]
    if source is None:
        return {}
    if Path(source).is_dir():
        return {name: str(Path(source) / name) for name in names}
    if source.endswith("/") and _is_address(source):
        return {name: source + name for name in names}
    last = Path(urlsplit(source).path).name if _is_address(source) else Path(source).name
    if last in names:
        return {last: source}
    if len(names) == 1:
        return {names[0]: source}
    raise UsageError(f"--from {source}: which of {', '.join(names)} is it? Give a folder that holds them by name.")


def get(
    archive: Archive,
    root: Path,
    *,
    source: str | None = None,
    verify: bool = True,
    patience: Patience = PATIENT,
    report: Report = quiet,
) -> Got:
    """Fetch one archive and unpack it into `root`; see `get_all`.

    Raises
    ------
    FetchError
        It could not be had. What came is kept, and the same call goes on from there.
    """
    work = root / ".genrescope" / "get"
    there = _already_there(archive, root, work)
    if there:
        return there
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise FetchError(disk_words(work / archive.name, cause)) from cause
    with _alone(work / f"{archive.name}.lock"):
        there = _already_there(archive, root, work)  # another process may have done it since
        if there:
            return there
        staging = work / f"{archive.name}.unpacking"
        path = work / archive.name
        if not (staging / "complete").exists():
            if source is None or _is_address(source):
                _check_both(archive, work)
            path = fetch(archive, work, source=source, verify=verify, patience=patience, report=report)
        unpacked = (
            unpack(path, staging, root, report) if is_archive(archive.name) else _place(archive, path, root, work)
        )
        _mark(archive, unpacked, work)
        (work / archive.name).unlink(missing_ok=True)
    return Got(archive.name, "fetched", unpacked.entries, unpacked.n_files, unpacked.n_bytes)


def fetch(
    archive: Archive,
    folder: Path,
    *,
    source: str | None = None,
    verify: bool = True,
    patience: Patience = PATIENT,
    report: Report = quiet,
) -> Path:
    """Return the path of an archive that is whole and has the published sum.

    Parameters
    ----------
    archive : Archive
        The published file.
    folder : Path
        Where it goes, as ``archive.name``; until it is whole it is ``archive.name + ".part"``.
    source : str, optional
        A copy of it, or another address. A copy on this disk is used where it lies.
    verify : bool
        Whether it must have the published sum.
    patience : Patience
        How long a server is put up with.
    report : Report
        Is told of the advance.

    Raises
    ------
    FetchError
        It could not be had, or is not what was published.
    """
    wanted = archive if verify else Archive(archive.name, archive.url, None, None, archive.gone)
    if source is not None and not _is_address(source):
        return _checked(wanted, Path(source), report)
    target, url = folder / archive.name, source or archive.url
    if target.exists():
        return _checked(wanted, target, report)
    if url is None:
        raise FetchError(f"{archive.name}: it is not to be had any more. {archive.gone or ''}".strip())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _downloaded(wanted, url, target, patience, report)
    except FetchError as error:
        if archive.gone and source is None:
            raise FetchError(f"{error}\n{archive.gone}") from error
        raise
    except OSError as cause:
        raise FetchError(disk_words(target, cause)) from cause


def _downloaded(archive: Archive, url: str, target: Path, patience: Patience, report: Report) -> Path:
    with Part(target.with_name(f"{target.name}.part"), url, algorithm_of(archive), report) as part:
        download(archive, part, patience, report)
        if not is_right(archive, part.digest.hexdigest()) and part.size_before:
            part.restart()  # the earlier bytes may have been another version's
            download(archive, part, patience, report)
        digest = part.digest.hexdigest()
        wrong = _what_is_wrong(archive, digest, part.size)
        if wrong:
            part.remove()
            raise FetchError(f"{url}: {wrong} Nothing of it was kept.")
        part.move_to(target)
    return target


def _checked(archive: Archive, path: Path, report: Report) -> Path:
    """Return the path of a file that is here, if it is what was published."""
    if not path.is_file():
        raise FetchError(f"{path}: there is no such file; give a copy of {archive.name}, or a folder that holds it.")
    wrong = _what_is_wrong(archive, sum_of(path, algorithm_of(archive), report).hexdigest(), path.stat().st_size)
    if wrong:
        raise FetchError(f"{path}: {wrong} Move it away to fetch it anew, or take it as it is with --unverified.")
    return path


def _what_is_wrong(archive: Archive, digest: str, size: int) -> str:
    """Say why a file is not the published one; empty where it is."""
    if not is_right(archive, digest):
        return f"this is not the published file: {algorithm_of(archive)}:{digest} instead of {archive.checksum}."
    if archive.checksum is None and archive.size_bytes not in {None, size}:
        return f"this is not the published file: {size:,} bytes instead of {archive.size_bytes:,}."
    return ""


def _is_address(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _already_there(archive: Archive, root: Path, work: Path) -> Got | None:
    """Return what is to be said of an archive whose content is under the root."""
    marker = read_json(work / f"{archive.name}.json")
    if marker and marker.get("checksum") == archive.checksum and all((root / e).exists() for e in marker["entries"]):
        return Got(archive.name, "already there", tuple(marker["entries"]), marker["files"], marker["bytes"])
    stem = archive.name.removesuffix(".gz").rpartition(".")[0]
    staged = (work / f"{archive.name}.unpacking" / "complete").exists()
    name = stem if is_archive(archive.name) else archive.name
    if (root / name).exists() and not staged:
        return Got(archive.name, "kept", (name,))
    return None


def _place(archive: Archive, path: Path, root: Path, work: Path) -> Unpacked:
    """Put a file that is no archive under the root; one that is somebody's own stays where it is."""
    target = root / archive.name
    try:
        if path.parent != work:
            path = Path(shutil.copyfile(path, work / f"{archive.name}.copy"))
        os.replace(path, target)
        return Unpacked((archive.name,), 1, target.stat().st_size)
    except OSError as cause:
        raise FetchError(disk_words(target, cause)) from cause


def _mark(archive: Archive, unpacked: Unpacked, work: Path) -> None:
    marker: dict[str, object] = {"checksum": archive.checksum, "entries": list(unpacked.entries)}
    marker |= {"files": unpacked.n_files, "bytes": unpacked.n_bytes}
    temporary = work / f"{archive.name}.json.new"
    temporary.write_text(json.dumps(marker), encoding="utf-8")
    os.replace(temporary, work / f"{archive.name}.json")


def _check_both(archive: Archive, work: Path) -> None:
    """FetchError where the archive and what comes out of it do not fit on the disk together."""
    size = archive.size_bytes or 0
    here = sum(
        (work / name).stat().st_size for name in (archive.name, f"{archive.name}.part") if (work / name).exists()
    )
    check_space(work, max(0, size - here) + int(size * UNPACKED_SHARE), f"fetching and unpacking {archive.name}")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """FetchError where another process works on the same archive; a killed one does not count."""
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows: two at once are found by their sums
        yield
        return
    with open(path, "wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            raise FetchError(f"{path.stem}: another genrescope is fetching it into this root; wait for it.") from cause
        yield

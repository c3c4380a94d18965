"""Archives unpacked aside, file by file, and put in place only when they are whole: a kill costs one file at most."""

import gzip
import json
import lzma
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from genrescope.datasets._download import FetchError, Report, check_space, disk_words, read_json

DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,  # a member that wants a password
)
"""What the archive readers of Python raise over bytes that they cannot read."""


@dataclass(frozen=True)
class Member:
    """A file in an archive: its name, its size in bytes, and how to read it."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True)
class Unpacked:
    """What came out of an archive: the names that now stand in the root, how many files, how many bytes."""

    entries: tuple[str, ...]
    n_files: int
    n_bytes: int


def is_archive(name: str) -> bool:
    """Say whether a file of this name is one that is unpacked.

    Examples
    --------
    >>> is_archive("genres.tar.gz"), is_archive("features_30_sec.csv")
    (True, False)
    """
    return name.lower().endswith((".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"))


def unpack(path: Path, staging: Path, root: Path, report: Report) -> Unpacked:
    """Unpack an archive into `root`.

    Parameters
    ----------
    path : Path
        A zip or tar file.
    staging : Path
        A folder on the disk of `root` for what is not yet whole; what an earlier run left there is used.
    root : Path
        Where the content goes; nothing that stands there is written over.
    report : Report
        Is told of the advance.

    Raises
    ------
    FetchError
        The archive is damaged, holds links or paths that lead out of it, does not fit, or its content is there already.
    """
    try:
        done = read_json(staging / "complete")
        if done is None:
            _keep_only_of(path, staging)
            done = _stage(path, staging, root, report)
        _put_in_place(staging / "files", root)
        unpacked = Unpacked(tuple(done["entries"]), done["files"], done["bytes"])
        shutil.rmtree(staging)
    except DAMAGE as cause:
        raise _damaged(path, staging, cause) from cause
    except OSError as cause:
        if cause.errno is None:  # so the bzip2 reader speaks of damage
            raise _damaged(path, staging, cause) from cause
        raise FetchError(disk_words(staging, cause)) from cause
    return unpacked


def _damaged(path: Path, staging: Path, cause: Exception) -> FetchError:
    shutil.rmtree(staging, ignore_errors=True)  # what came out before may be as wrong
    words = next(iter(str(cause).splitlines()), type(cause).__name__).rstrip(":")
    return FetchError(f"{path}: it cannot be unpacked ({words}); fetch it again.")


def _keep_only_of(path: Path, staging: Path) -> None:
    """Drop what an earlier run unpacked from another file."""
    facts = path.stat()
    source = {"bytes": facts.st_size, "changed_ns": facts.st_mtime_ns}
    if read_json(staging / "source") == source:
        return
    if staging.exists():
        shutil.rmtree(staging)
    staging.mkdir(parents=True)
    (staging / "source").write_text(json.dumps(source), encoding="utf-8")


def _stage(path: Path, staging: Path, root: Path, report: Report) -> dict[str, Any]:
    """Unpack everything into `staging`, and say in the file ``complete`` that it is whole."""
    files = staging / "files"
    files.mkdir(parents=True, exist_ok=True)
    total = _bytes_in(path)
    if total is not None:
        _refuse_taken(root, _top_names(path))
        check_space(staging, total - _bytes_under(files), f"unpacking {path.name}")
    n_files = n_bytes = 0
    for member in _members(path):
        _write(member, files / member.name, staging / "partial")
        n_files, n_bytes = n_files + 1, n_bytes + member.size
        report(f"unpacking {path.name}", n_bytes, total)
    if not n_files:
        raise FetchError(f"{path}: there is no file in it.")
    done = {"entries": sorted(entry.name for entry in files.iterdir()), "files": n_files, "bytes": n_bytes}
    (staging / "partial").write_text(json.dumps(done), encoding="utf-8")
    os.replace(staging / "partial", staging / "complete")
    return done


def _write(member: Member, target: Path, partial: Path) -> None:
    if target.is_file() and target.stat().st_size == member.size:
        return  # only whole files get their names
    target.parent.mkdir(parents=True, exist_ok=True)
    with member.open() as source, open(partial, "wb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
    if partial.stat().st_size != member.size:
        raise EOFError(f"{member.name} ends too soon")
    os.replace(partial, target)


def _put_in_place(files: Path, root: Path) -> None:
    if not files.is_dir():
        return  # an earlier run was killed after the last one
    entries = sorted(files.iterdir())
    _refuse_taken(root, [entry.name for entry in entries])
    for entry in entries:
        os.rename(entry, root / entry.name)


def _refuse_taken(root: Path, names: Iterable[str]) -> None:
    taken = [name for name in names if os.path.lexists(root / name)]
    if taken:
        raise FetchError(f"{root / taken[0]} is there already, and is left as it is; move it away and try again.")


def _top_names(path: Path) -> list[str]:
    """Return the names in a zip that will stand in the root, so as to refuse before the work, not after it."""
    return sorted({PurePosixPath(member.name).parts[0] for member in _members(path)})


def _bytes_under(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _bytes_in(path: Path) -> int | None:
    """Return the size of all files of a zip; a tar says that only when it has been read to its end."""
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        return sum(info.file_size for info in archive.infolist())


def _members(path: Path) -> Iterator[Member]:
    """Yield the files of an archive, each once its name has been looked at."""
    seen: set[str] = set()
    for member in _zipped(path) if zipfile.is_zipfile(path) else _tarred(path):
        parts = PurePosixPath(member.name).parts
        if member.name.startswith("/") or ".." in parts or "\\" in member.name or ":" in member.name.split("/")[0]:
            raise FetchError(f"{path}: the name {member.name!r} in it leads out of the folder; it is not unpacked.")
        if str(PurePosixPath(*parts)) in seen:
            raise FetchError(f"{path}: the name {member.name!r} is in it twice; it is not unpacked.")
        seen.add(str(PurePosixPath(*parts)))
        yield member


def _zipped(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if stat.S_ISLNK(info.external_attr >> 16):
                raise FetchError(f"{path}: {info.filename!r} in it is a link; it is not unpacked.")
            if not info.is_dir():
                yield Member(info.filename, info.file_size, lambda info=info: archive.open(info))  # type: ignore[misc]


def _tarred(path: Path) -> Iterator[Member]:
    with tarfile.open(path, "r:*") as archive:
        for info in archive:
            if info.isdir():
                continue
            content = archive.extractfile(info) if info.isreg() else None
            if content is None:
                raise FetchError(f"{path}: {info.name!r} in it is a link or a device; it is not unpacked.")
            yield Member(info.name, info.size, lambda content=content: content)  # type: ignore[misc]
        while archive.fileobj and archive.fileobj.read(1 << 20):
            pass  # to the end, where gzip and its kin keep their sums

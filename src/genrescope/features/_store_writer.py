"""Writing a store: entries gather until they are worth a shard; the index and the manifest come at the end."""

import errno
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genrescope.errors import GenrescopeError, UsageError
from genrescope.features._base import Feature
from genrescope.features._store_entry import Entry, Stamp, Unchanged
from genrescope.features._store_files import (
    LOCK,
    MANIFEST,
    PARTIAL,
    SHARDS,
    last_of_each,
    need_arrow,
    plain,
    read_contents,
    shard_path,
    shard_rows,
    write_index,
    write_json,
    write_shard,
)
from genrescope.features._store_lock import writer_lock
from genrescope.features._store_manifest import check_same, facts, new_manifest, read_manifest

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_WRITE = {errno.EROFS, errno.EACCES, errno.EPERM}


@dataclass(frozen=True)
class ShardSize:
    """When a shard is full: the first limit that is reached. Larger ones open faster; a kill loses less of small ones.

    Attributes
    ----------
    max_bytes : int
        Of numbers; so much is held in memory.
    max_entries : int
        Rows.
    max_s : float
        Seconds since its first entry.
    """

    max_bytes: int = 64 << 20
    max_entries: int = 4096
    max_s: float = 30.0


@dataclass(frozen=True)
class Known:
    """What a store already says of a file."""

    stamp: Stamp
    source: str
    kind: str
    message: str


class Writer:
    """A store that this process alone writes; made by `writing`.

    Attributes
    ----------
    known : dict of str to Known
        The files that have an entry.
    redo : tuple of str
        What is said of shards that were damaged, whose files have no entry any more.
    """

    def __init__(self, root: Path, manifest: dict[str, Any], dtype: str, size: ShardSize) -> None:
        self._root, self._manifest, self._dtype, self._size = root, manifest, dtype, size
        contents = read_contents(root)
        self._tables, self._sizes, self._next = [contents.table], dict(contents.sizes), contents.next_shard
        self.redo = tuple(f"{name} ({what})" for name, what in contents.broken.items())
        self._broken = [root / SHARDS / name for name in contents.broken]
        self.known = _known(contents.table)
        self._held: list[Entry] = []
        self._held_bytes, self._held_since_s = 0, 0.0
        self._touched: dict[str, Stamp] = {}

    def add(self, entry: Entry) -> None:
        """Take an entry, which replaces an earlier one of the same id."""
        if not self._held:
            self._held_since_s = time.monotonic()
        self._held.append(entry)
        self._held_bytes += 0 if entry.packed is None else entry.packed.values.nbytes
        is_old = time.monotonic() - self._held_since_s >= self._size.max_s
        if is_old or self._held_bytes >= self._size.max_bytes or len(self._held) >= self._size.max_entries:
            self.flush()

    def touch(self, unchanged: Unchanged) -> None:
        """Note the new time of a file whose content is what it was."""
        self._touched[plain(unchanged.track_id)] = unchanged.stamp

    def flush(self) -> None:
        """Write what is held as a shard."""
        if not self._held:
            return
        if self._manifest["finished"]:
            self._manifest["finished"] = False
            write_json(self._root / MANIFEST, self._manifest)
        entries, self._held, self._held_bytes = self._held, [], 0
        self._sizes[self._next] = write_shard(shard_path(self._root, self._next), entries, self._dtype)
        self._tables.append(shard_rows(self._root, self._next))
        self._next += 1

    def finish(self, order: Sequence[str], *, is_whole: bool) -> None:
        """Write the index, with the entries that `order` names first; then the manifest; then remove what is dead."""
        self.flush()
        pa = need_arrow()
        every = pa.concat_tables(self._tables)
        table = self._with_new_times(last_of_each(every, [plain(track_id) for track_id in order]))
        alive = set(table["shard"].to_pylist())
        # Only what was read and is outdated: Ctrl-C may have come between a shard's writing and its rows being known.
        dead = set(every["shard"].to_pylist()) - alive
        sizes = {number: size for number, size in self._sizes.items() if number in alive}
        write_index(self._root, table, sizes)
        self._manifest |= {"finished": is_whole, **facts(table)}
        write_json(self._root / MANIFEST, self._manifest)
        for path in [*self._broken, *(shard_path(self._root, number) for number in dead)]:
            path.unlink(missing_ok=True)

    def _with_new_times(self, table: Any) -> Any:
        if not self._touched:
            return table
        pa = need_arrow()
        rows = zip(table["id"].to_pylist(), table["mtime_ns"].to_pylist(), strict=True)
        times = [self._touched[track_id].mtime_ns if track_id in self._touched else old for track_id, old in rows]
        return table.set_column(table.schema.get_field_index("mtime_ns"), "mtime_ns", pa.array(times, pa.int64()))


def _known(table: Any) -> dict[str, Known]:
    names = ("id", "size_bytes", "mtime_ns", "source", "kind", "message")
    rows = zip(*(table[name].to_pylist() for name in names), strict=True)
    return {row[0]: Known(Stamp(row[1], row[2]), *row[3:]) for row in rows}


@contextmanager
def writing(root: Path, feature: Feature, dtype: str, size: ShardSize) -> Iterator[Writer]:
    """Make a store, or go on with one, as its only writer.

    Raises
    ------
    UsageError
        The folder holds something else, or a store of other numbers.
    GenrescopeError
        Another process writes it; the disk is full; nothing may be written there.
    """
    need_arrow()
    with _in_words(root):
        _check_folder(root)
        (root / SHARDS).mkdir(parents=True, exist_ok=True)
        with writer_lock(root / LOCK):
            yield Writer(root, _manifest(root, feature, dtype), dtype, size)


def _check_folder(root: Path) -> None:
    """Raise where a folder is in use for something else; our own first steps may have been cut off after any."""
    if root.exists() and not root.is_dir():
        raise UsageError(f"{root}: a store is a folder, and this is a file; name another.")
    if root.is_dir() and not (root / MANIFEST).exists():
        ours = {SHARDS, LOCK}
        others = [path.name for path in root.iterdir() if path.name not in ours and not path.name.endswith(PARTIAL)]
        if others:
            raise UsageError(f"{root}: this folder is no feature store and holds {others[0]!r}; name a new folder.")


def _manifest(root: Path, feature: Feature, dtype: str) -> dict[str, Any]:
    for left in [*root.glob(f".*{PARTIAL}"), *(root / SHARDS).glob(f".*{PARTIAL}")]:
        left.unlink()
    if (root / MANIFEST).exists():
        manifest = read_manifest(root)
        check_same(root, manifest, feature, dtype)
        return manifest
    manifest = new_manifest(feature, dtype)
    write_json(root / MANIFEST, manifest)
    return manifest


@contextmanager
def _in_words(root: Path) -> Iterator[None]:
    """Turn a disk's refusal into words; what is written stays."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise GenrescopeError(
                f"{root}: there is no room left on its disk; what is done stays. Free some and run the same again."
            ) from error
        if error.errno in _NO_WRITE:
            raise GenrescopeError(
                f"{root}: nothing can be written there ({error.strerror}); change its permissions or name another."
            ) from error
        raise GenrescopeError(f"{root}: writing failed ({error}); what is done stays. See to the disk.") from error

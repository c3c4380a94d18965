"""How a store lies on the disk: Arrow files that are written whole or not at all.

::

    STORE/manifest.json          what is in it
    STORE/index.arrow            every entry without its numbers, in order; can be made anew from the shards
    STORE/shards/00000.arrow     entries with their numbers, never changed once written
    STORE/lock                   held by the one process that writes

A row of a shard is a file: its numbers (one list, in C order, with their shape), or the reason why it has none. Of
rows with one id the last counts.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import GenrescopeError, MissingExtraError
from genrescope.features._store_entry import Entry
from genrescope.features._store_pack import Packed

MANIFEST, INDEX, SHARDS, LOCK = "manifest.json", "index.arrow", "shards", "lock"
PARTIAL = ".part"
_KEY = b"genrescope"


def need_arrow() -> Any:
    """Import pyarrow; MissingExtraError where it is not installed."""
    try:
        import pyarrow as pa
        import pyarrow.ipc
    except ImportError as cause:
        raise MissingExtraError("a feature store", "train") from cause
    return pa


def plain(text: str) -> str:
    """Return text that UTF-8 can hold: a file's name may be no text at all."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write that takes the name `path` only when it is whole and on the disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PARTIAL)
    try:
        with open(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows opens no folder, and needs none of this
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def shard_path(root: Path, number: int) -> Path:
    """Return the path of a shard."""
    return root / SHARDS / f"{number:05d}.arrow"


def _columns(pa: Any) -> list[tuple[str, Any]]:
    text, whole, real = pa.string(), pa.int64(), pa.float64()
    columns = [("id", text), ("path", text), ("size_bytes", whole), ("mtime_ns", whole), ("source", text)]
    columns += [("kind", text), ("message", text), ("notices", text), ("digest", text)]
    columns += [("shape", pa.list_(pa.int32())), ("n_values", whole)]
    return columns + [(name, real) for name in ("scale", "offset", "low", "high", "error_max", "error_rms")]


def index_schema() -> Any:
    """Return the columns of the index: those of a shard, and where the numbers lie."""
    pa = need_arrow()
    return pa.schema([*_columns(pa), ("shard", pa.int32()), ("start", pa.int64())])


def write_shard(path: Path, entries: Sequence[Entry], dtype: str) -> int:
    """Write entries with their numbers; return the size in bytes."""
    pa = need_arrow()
    packed = [Packed(np.zeros(0, dtype)) if entry.packed is None else entry.packed for entry in entries]
    ends = np.cumsum([0, *(one.values.size for one in packed)], dtype=np.int64)
    flat = np.concatenate([one.values.ravel() for one in packed])
    numbers = pa.LargeListArray.from_arrays(pa.array(ends), pa.array(flat))
    rows = [_row(entry, one) for entry, one in zip(entries, packed, strict=True)]
    facts = pa.RecordBatch.from_pylist(rows, schema=pa.schema(_columns(pa)))
    schema = facts.schema.append(pa.field("numbers", numbers.type))
    batch = pa.RecordBatch.from_arrays([*facts.columns, numbers], schema=schema)
    return write_batch(path, batch)


def write_batch(path: Path, batch: Any) -> int:
    """Write one record batch as an Arrow file; return its size in bytes."""
    pa = need_arrow()
    with replacing(path) as file:
        with pa.ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)
        return file.tell()


def _row(entry: Entry, packed: Packed) -> dict[str, object]:
    row = {
        "id": plain(entry.track_id),
        "path": plain(entry.path),
        "size_bytes": entry.stamp.size_bytes,
        "mtime_ns": entry.stamp.mtime_ns,
        "message": plain(entry.message),
        "shape": [] if entry.kind else list(packed.values.shape),
        "n_values": packed.values.size,
    }
    row |= {name: getattr(entry, name) for name in ("source", "kind", "notices", "digest")}
    return row | {name: getattr(packed, name) for name in ("scale", "offset", "low", "high", "error_max", "error_rms")}


def read_batch(path: Path) -> Any:
    """Return the one record batch of an Arrow file, memory-mapped; GenrescopeError where it is damaged."""
    pa = need_arrow()
    try:
        with pa.memory_map(str(path)) as file:  # what is mapped stays so after the file is closed
            return pa.ipc.open_file(file).get_batch(0)
    except (pa.ArrowInvalid, OSError) as cause:
        raise GenrescopeError(f"{path}: cannot be read ({cause}).") from cause


def read_numbers(root: Path, number: int) -> NDArray[Any]:
    """Return all numbers of a shard one after the other, memory-mapped and read-only."""
    values: NDArray[Any] = np.from_dlpack(read_batch(shard_path(root, number)).column("numbers").values)
    return values


def column(table: Any, name: str) -> NDArray[Any]:
    """Return a column of numbers, without a copy.

    By DLPack, because pyarrow's own to_numpy loads pandas where that is installed, which takes most of a second.
    """
    values: NDArray[Any] = np.from_dlpack(table[name].combine_chunks())
    return values


@dataclass(frozen=True, eq=False)
class Contents:
    """What a store holds.

    Attributes
    ----------
    table : pyarrow.Table
        A row for each entry, with the columns of `index_schema`, in order.
    sizes : dict of int to int
        Bytes of the shards that are whole.
    broken : dict of str to str
        Shards that are cut off or gone, and what is wrong with each.
    next_shard : int
        A number that no shard ever had.
    """

    table: Any
    sizes: dict[int, int]
    broken: dict[str, str] = field(default_factory=dict)
    next_shard: int = 0


def read_contents(root: Path) -> Contents:
    """Read the index, and the shards that it does not know (those of a run that was stopped)."""
    pa = need_arrow()
    listed, table = _read_index(root / INDEX)
    sizes = {int(Path(entry.name).stem): entry.stat().st_size for entry in _shard_entries(root)}
    broken = {}
    for number, size in listed.items():
        if sizes.get(number) != size:
            found = "gone" if number not in sizes else f"cut off or changed: {sizes[number]:,} of {size:,} bytes"
            broken[shard_path(root, number).name] = found
            sizes.pop(number, None)
    tables = [table.filter(pa.array(np.isin(column(table, "shard"), list(sizes)))) if broken else table]
    for number in sorted(set(sizes) - set(listed)):
        try:
            tables.append(shard_rows(root, number))
        except GenrescopeError as error:
            broken[shard_path(root, number).name] = str(error)
            del sizes[number]
    whole = last_of_each(pa.concat_tables(tables)) if len(tables) > 1 else tables[0]
    return Contents(whole, sizes, broken, max([*listed, *sizes, *(int(Path(name).stem) for name in broken), -1]) + 1)


def _shard_entries(root: Path) -> Iterator["os.DirEntry[str]"]:
    with os.scandir(root / SHARDS) as found:
        yield from (entry for entry in found if entry.name.endswith(".arrow"))


def _read_index(path: Path) -> tuple[dict[int, int], Any]:
    """Return the sizes of the shards that the index knows, and its rows; nothing where it is gone or damaged."""
    pa = need_arrow()
    if path.exists():
        try:
            batch = read_batch(path)
        except GenrescopeError:
            return {}, index_schema().empty_table()  # made anew from the shards
        listed = json.loads(batch.schema.metadata[_KEY])["shards"]
        table = pa.Table.from_batches([batch])  # pa.table would load pandas, which takes a second
        return {int(number): size for number, size in listed.items()}, table.replace_schema_metadata(None)
    return {}, index_schema().empty_table()


def shard_rows(root: Path, number: int) -> Any:
    """Return the rows of a shard without their numbers, as the index has them."""
    pa = need_arrow()
    batch = read_batch(shard_path(root, number))
    starts = np.from_dlpack(batch.column("numbers").offsets)[:-1]
    shards = np.full(batch.num_rows, number, dtype=np.int32)
    columns = [batch.column(name) for name, _ in _columns(pa)]
    return pa.Table.from_arrays([*columns, pa.array(shards), pa.array(starts)], schema=index_schema())


def last_of_each(table: Any, first: Sequence[str] = ()) -> Any:
    """Return the last row of each id: those that `first` names in its order, then the others in theirs."""
    pa = need_arrow()
    place = {track_id: row for row, track_id in enumerate(table["id"].to_pylist())}
    wanted = [place.pop(track_id) for track_id in first if track_id in place]
    rows = [*wanted, *sorted(place.values())]
    return table.take(pa.array(rows, type=pa.int64())).combine_chunks()


def write_index(root: Path, table: Any, sizes: Mapping[int, int]) -> None:
    """Write the index of `table`."""
    pa = need_arrow()
    used = {str(number): size for number, size in sorted(sizes.items())}
    schema = table.schema.with_metadata({_KEY: json.dumps({"shards": used}).encode()})
    columns = [table[name].combine_chunks() for name in table.column_names]
    arrays = [column.chunk(0) if isinstance(column, pa.ChunkedArray) else column for column in columns]
    write_batch(root / INDEX, pa.RecordBatch.from_arrays(arrays, schema=schema))


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write an object as JSON."""
    with replacing(path) as file:
        file.write(json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n")

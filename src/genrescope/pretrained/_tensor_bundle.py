"""Tensors out of a TensorFlow checkpoint, read without TensorFlow.

A checkpoint is an index, a sorted table of names as LevelDB keeps it (``table_format.md`` of LevelDB), and a file of
numbers; each name's entry is a protocol buffer (``tensor_bundle.proto`` of TensorFlow) that says where its numbers lie.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import ModelError

INDEX, NUMBERS = ".index", ".data-00000-of-00001"
_FOOTER_BYTES, _MAGIC = 48, 0xDB4775248B80FB57
_FLOAT32 = 1  # of TensorFlow's DataType


def read_bundle(folder: Path) -> dict[str, NDArray[np.float32]]:
    """Return the float32 tensors of a checkpoint whose files have an empty prefix, by their names.

    Raises
    ------
    ModelError
        The files cannot be read, are damaged, or are no checkpoint in one piece.
    """
    try:
        index, numbers = (folder / INDEX).read_bytes(), (folder / NUMBERS).read_bytes()
        entries = dict(_table(index))
        return {name: found for name, entry in entries.items() if (found := _tensor(entry, numbers)) is not None}
    except OSError as cause:
        raise ModelError(f"{folder}: the checkpoint cannot be read ({cause.strerror}).") from cause
    except (IndexError, ValueError, struct.error) as cause:
        raise ModelError(f"{folder}: this is no TensorFlow checkpoint, or it is damaged ({cause}).") from cause


def _table(index: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the names and entries of a table: its footer names the block that lists the others."""
    footer = index[-_FOOTER_BYTES:]
    if struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
        raise ValueError("the index has not the mark of a table")
    _, at = _varint(footer, 0)
    _, at = _varint(footer, at)  # the block of what is said about the table, which nobody needs
    for _, handle in _block(index, footer[at:]):
        for name, entry in _block(index, handle):
            if name:  # the nameless one speaks of the whole
                yield name.decode(), entry


def _block(index: bytes, handle: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys and values of a block; a key begins with what it shares with the one before."""
    start, at = _varint(handle, 0)
    size, _ = _varint(handle, at)
    if index[start + size] != 0:
        raise ValueError("a block is compressed")
    block = index[start : start + size]
    (n_restarts,) = struct.unpack("<I", block[-4:])
    end, at, key = size - 4 * (n_restarts + 1), 0, b""
    while at < end:
        shared, at = _varint(block, at)
        n_own, at = _varint(block, at)
        n_value, at = _varint(block, at)
        key = key[:shared] + block[at : at + n_own]
        yield key, block[at + n_own : at + n_own + n_value]
        at += n_own + n_value


def _tensor(entry: bytes, numbers: bytes) -> NDArray[np.float32] | None:
    """Return the tensor of an entry; None where it is of another type, such as a counter."""
    fields = dict(_fields(entry))
    if fields.get(1) != _FLOAT32:
        return None
    dimensions = [dict(_fields(value)) for number, value in _fields(_bytes(fields.get(2, b""))) if number == 2]
    shape = [int(one.get(1, 0)) for one in dimensions]
    start, size = int(fields.get(4, 0)), int(fields.get(5, 0))
    return np.frombuffer(numbers[start : start + size], dtype="<f4").reshape(shape).copy()


def _fields(message: "bytes | int") -> Iterator[tuple[int, "bytes | int"]]:
    """Yield the numbers and values of a protocol buffer's fields."""
    data, at = _bytes(message), 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield tag >> 3, value
        elif kind in {1, 2, 5}:
            size = {1: 8, 5: 4}.get(kind, 0)
            if kind == 2:
                size, at = _varint(data, at)
            yield tag >> 3, data[at : at + size]
            at += size
        else:
            raise ValueError(f"a field of the kind {kind}")


def _bytes(value: "bytes | int") -> bytes:
    if isinstance(value, int):
        raise ValueError("a number stands where a message is expected")
    return value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a whole number of 7 bits a byte, lowest first, and where it ends."""
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at

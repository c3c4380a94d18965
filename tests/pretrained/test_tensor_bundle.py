"""A checkpoint's tensors are read without TensorFlow; the files here are laid as its published formats say."""

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from genrescope.errors import ModelError
from genrescope.pretrained._tensor_bundle import INDEX, NUMBERS, read_bundle

TENSORS: dict[str, NDArray[np.float32]] = {
    "dense/bias": np.arange(3, dtype=np.float32),
    "dense/kernel": (np.arange(6).reshape(2, 3) / 7).astype(np.float32),
    "dense_1/kernel": np.full((300,), -1.5, dtype=np.float32),
    "scalar": np.array(2.5, dtype=np.float32),
}


def varint(value: int) -> bytes:
    found = b""
    while value >= 0x80:
        found, value = found + bytes([value & 0x7F | 0x80]), value >> 7
    return found + bytes([value])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def block(rows: list[tuple[bytes, bytes]]) -> bytes:
    """Lay keys and values; each key but the first leaves out what it shares with the one before."""
    found, before = b"", b""
    for key, value in rows:
        shared = next((at for at, pair in enumerate(zip(key, before, strict=False)) if len({*pair}) > 1), None)
        shared = min(len(key), len(before)) if shared is None else shared
        found += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return found + struct.pack("<II", 0, 1)


def write(folder: Path, tensors: dict[str, NDArray[np.float32]], *, compressed: bool = False) -> Path:
    numbers, rows = b"", [(b"", field(1, 1))]
    for name, values in sorted(tensors.items()):
        shape = b"".join(field(2, field(1, size)) for size in values.shape)
        entry = field(1, 1) + field(2, shape) + field(4, len(numbers)) + field(5, values.nbytes)
        rows.append((name.encode(), entry + varint(6 << 3 | 5) + b"sum!"))
        numbers += values.tobytes()
    rows.append((b"step", field(1, 9) + field(5, 8)))
    # Two blocks of entries, and one that lists them; each has its kind and a sum of four bytes behind it.
    index, handles = b"", []
    tail = bytes([compressed]) + b"crc!"
    for place, part in enumerate((rows[:3], rows[3:])):
        laid = block(part)
        handles.append((f"{place}".encode(), varint(len(index)) + varint(len(laid))))
        index += laid + tail
    laid = block(handles)
    handle = varint(len(index)) + varint(len(laid))
    index += laid + b"\0crc!"
    footer = (varint(0) + varint(0) + handle).ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).write_bytes(index + footer)
    (folder / NUMBERS).write_bytes(numbers)
    return folder


def test_every_number_comes_back(tmp_path: Path) -> None:
    found = read_bundle(write(tmp_path, TENSORS))
    assert found.keys() == TENSORS.keys()
    for name, values in TENSORS.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].shape == values.shape


def test_damage_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_bundle(tmp_path)
    with pytest.raises(ModelError, match="compressed"):
        read_bundle(write(tmp_path, TENSORS, compressed=True))
    (write(tmp_path, TENSORS) / NUMBERS).write_bytes(b"short")
    with pytest.raises(ModelError, match="damaged"):
        read_bundle(tmp_path)
    (tmp_path / INDEX).write_bytes(b"no table at all, but long enough to hold the footer of one")
    with pytest.raises(ModelError, match="no TensorFlow checkpoint"):
        read_bundle(tmp_path)

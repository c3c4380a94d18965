"""What an ONNX file says before anything of it is run.

A model file comes from anywhere. ONNX Runtime would follow references to other files on the disk and take operators
from other domains, so the file is looked through first. Only the few protobuf fields that matter are read, without the
`onnx` package, which the core does not bring (ONNX's `onnx.proto` gives the field numbers).
"""

from collections.abc import Iterator
from dataclasses import dataclass

ALLOWED_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
"""Domains of the operators that every ONNX runtime has, in Python, in servers and in browsers."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_EXTERNAL = 1  # TensorProto.data_location

# Which fields of a message hold what: the message types that may hold a node or a tensor, and where.
_CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 8: "opset", 14: "property", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 9: "opset", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
_NODE_DOMAIN, _OPSET_DOMAIN = 7, 1
_TENSOR_EXTERNAL, _TENSOR_LOCATION = 13, 14


class NotOnnxError(ValueError):
    """The bytes are no whole ONNX file."""


@dataclass(frozen=True)
class GraphFacts:
    """What a file says of itself.

    Attributes
    ----------
    domains : frozenset of str
        Domains of operators that it names.
    external_data : bool
        True where a tensor's numbers lie in another file.
    properties : dict of str to str
        Its `metadata_props`.
    """

    domains: frozenset[str]
    external_data: bool
    properties: dict[str, str]


def read_facts(data: bytes) -> GraphFacts:
    """Look through the bytes of an ONNX file.

    Raises
    ------
    NotOnnxError
        Where the bytes are not a whole ONNX file.
    """
    domains: set[str] = set()
    properties: dict[str, str] = {}
    external = graph_seen = False
    # A list instead of recursion: a file can nest its graphs deeper than Python's stack.
    waiting: list[tuple[str, memoryview]] = [("model", memoryview(data))]
    while waiting:
        kind, message = waiting.pop()
        for number, value in _fields(message):
            child = _CHILDREN.get(kind, {}).get(number)
            graph_seen = graph_seen or child == "graph"
            if child == "property":
                key, text = _property(_as_bytes(value))
                properties[key] = text
            elif child is not None:
                waiting.append((child, _as_bytes(value)))
            elif (kind, number) in {("node", _NODE_DOMAIN), ("opset", _OPSET_DOMAIN)}:
                domains.add(_text(_as_bytes(value)))
            elif kind == "tensor":
                external = external or number == _TENSOR_EXTERNAL or (number, value) == (_TENSOR_LOCATION, _EXTERNAL)
    if not graph_seen:
        raise NotOnnxError("there is no graph in it")
    return GraphFacts(frozenset(domains), external, properties)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Walk a protobuf message: field number and value (a number, or the bytes of what is inside)."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise NotOnnxError("there is a field without a number in it")
        if wire == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        size, at = _varint(message, at) if wire == _BYTES else (_fixed_size(wire), at)
        if at + size > end:
            raise NotOnnxError("it ends too early")
        yield number, message[at : at + size]
        at += size


def _fixed_size(wire: int) -> int:
    if wire not in {_FIXED64, _FIXED32}:
        raise NotOnnxError("there is a field of an unknown type in it")
    return 8 if wire == _FIXED64 else 4


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Read a protobuf number; return it and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise NotOnnxError("it ends too early")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise NotOnnxError("there is an endless number in it")


def _property(message: memoryview) -> tuple[str, str]:
    found = {number: value for number, value in _fields(message) if number in {1, 2}}
    return _text(_as_bytes(found.get(1, memoryview(b"")))), _text(_as_bytes(found.get(2, memoryview(b""))))


def _as_bytes(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise NotOnnxError("there is a number in it where something longer belongs")
    return value


def _text(value: memoryview) -> str:
    try:
        return bytes(value).decode("utf-8")
    except UnicodeDecodeError as cause:
        raise NotOnnxError("there are words in it that are not UTF-8") from cause

"""The look through an ONNX file, against files made with `onnx` and against ONNX's own description of the format."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genrescope.runtime.graphfile import _CHILDREN, NotOnnxError, read_facts

Edit = Callable[[Callable[[Any], object]], Path]

MESSAGES = {
    "model": "ModelProto",
    "training": "TrainingInfoProto",
    "function": "FunctionProto",
    "graph": "GraphProto",
    "node": "NodeProto",
    "attribute": "AttributeProto",
    "sparse": "SparseTensorProto",
    "tensor": "TensorProto",
    "opset": "OperatorSetIdProto",
}


def test_a_good_file(write_model: Callable[..., Path]) -> None:
    facts = read_facts(write_model().read_bytes())
    assert facts.domains == {""}
    assert not facts.external_data
    assert facts.properties["genrescope.name"] == '"small"'


def test_the_walk_reaches_every_node_and_tensor() -> None:
    """Whatever field of ONNX can lead to a node, a tensor or an operator set is followed."""
    from onnx import onnx_ml_pb2

    short = {long: name for name, long in MESSAGES.items()}
    for kind, long in MESSAGES.items():
        fields = getattr(onnx_ml_pb2, long).DESCRIPTOR.fields
        inner = {field.number: field.message_type.name for field in fields if field.message_type}
        leading = {number: short[name] for number, name in inner.items() if name in short}
        followed = {number: child for number, child in _CHILDREN.get(kind, {}).items() if child != "property"}
        assert followed == leading, long


def test_field_numbers_are_those_of_onnx() -> None:
    from onnx import onnx_ml_pb2

    def number(message: str, field: str) -> int:
        return int(getattr(onnx_ml_pb2, message).DESCRIPTOR.fields_by_name[field].number)

    assert _CHILDREN["model"][number("ModelProto", "metadata_props")] == "property"
    assert (number("NodeProto", "domain"), number("OperatorSetIdProto", "domain")) == (7, 1)
    assert (number("TensorProto", "external_data"), number("TensorProto", "data_location")) == (13, 14)


def test_foreign_domains_are_found_wherever_they_are(edit_model: Edit) -> None:
    from onnx import helper

    def nested(model: Any) -> None:
        inner = helper.make_graph([helper.make_node("Odd", ["x"], ["y"], domain="deep.ops")], "inner", [], [])
        model.graph.node.append(helper.make_node("If", ["c"], ["z"], then_branch=inner, else_branch=inner))

    def in_function(model: Any) -> None:
        node = helper.make_node("Odd", ["x"], ["y"], domain="in.function")
        model.functions.append(helper.make_function("own", "F", ["x"], ["y"], [node], [helper.make_opsetid("", 17)]))

    def imported(model: Any) -> None:
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))

    assert "deep.ops" in read_facts(edit_model(nested).read_bytes()).domains
    assert "in.function" in read_facts(edit_model(in_function).read_bytes()).domains
    assert "com.microsoft" in read_facts(edit_model(imported).read_bytes()).domains


def test_external_data_is_found_wherever_it_is(edit_model: Edit) -> None:
    from onnx import TensorProto, helper, numpy_helper
    from onnx.external_data_helper import set_external_data

    def outside() -> TensorProto:
        tensor = numpy_helper.from_array(np.zeros(4, dtype=np.float32), "far")
        set_external_data(tensor, "elsewhere.bin")
        tensor.ClearField("raw_data")
        return tensor

    def constant(model: Any) -> None:
        model.graph.node.append(helper.make_node("Constant", [], ["far"], value=outside()))

    def sparse(model: Any) -> None:
        model.graph.sparse_initializer.add().values.CopyFrom(outside())

    for change in (lambda model: model.graph.initializer.append(outside()), constant, sparse):
        assert read_facts(edit_model(change).read_bytes()).external_data


def test_a_file_cut_anywhere_never_raises_anything_else(write_model: Callable[..., Path]) -> None:
    data = write_model().read_bytes()
    refused = 0
    for size in np.linspace(0, len(data) - 1, 200, dtype=int):
        try:
            read_facts(data[:size])
        except NotOnnxError:
            refused += 1
    assert refused > 190  # a cut between two fields leaves a whole, shorter message


def test_flipped_bytes_never_raise_anything_else(write_model: Callable[..., Path]) -> None:
    data = np.frombuffer(write_model().read_bytes(), dtype=np.uint8)
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        broken = data.copy()
        broken[rng.integers(0, 400, size=4)] = rng.integers(0, 256, size=4)
        broken[-rng.integers(1, 2000, size=4)] = rng.integers(0, 256, size=4)
        try:
            read_facts(broken.tobytes())
        except NotOnnxError:
            refused += 1
    assert refused > 0


def test_graphs_nested_deeper_than_the_stack() -> None:
    """A graph in an attribute of a node of a graph, 3000 times over: more than Python can recurse."""
    message = b""
    for field in [6, 5, 1] * 3000 + [7]:
        size, length = len(message), b""
        while size >= 0x80:
            length += bytes([size & 0x7F | 0x80])
            size >>= 7
        message = bytes([field << 3 | 2]) + length + bytes([size]) + message
    assert not read_facts(message).external_data


@pytest.mark.parametrize("data", [b"", b"just some words, no graph at all", b"\xff" * 40, b"\x08"])
def test_what_is_no_onnx_file(data: bytes) -> None:
    with pytest.raises(NotOnnxError):
        read_facts(data)

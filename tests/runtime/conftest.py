"""Small real models, made with `onnx`: a graph that obeys the contract, and whatever a test breaks in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genrescope.card import ModelCard, VocabularyMap
from genrescope.records import Clip

RATE_HZ, WINDOW, HOP = 8000, 8000, 4000
LABELS = ["calm", "loud", "other"]

MakeModel = Callable[..., Path]


def small_card(**changes: Any) -> ModelCard:
    values: dict[str, Any] = {
        "name": "small",
        "labels": LABELS,
        "sample_rate_hz": RATE_HZ,
        "window_s": WINDOW / RATE_HZ,
        "hop_s": HOP / RATE_HZ,
        "unsure_below": 0.2,
        "speech_above": 0.9,
        "licence": "Apache-2.0",
        "embedding_size": 4,
        "vocabularies": {"two": VocabularyMap(["quiet", "noisy"], [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])},
    }
    return ModelCard(**(values | changes))


def small_graph(seed: int = 0, speech_bias: float = -3.0, outputs: tuple[str, ...] | None = None) -> Any:
    """Return a graph of convolutions over windows: each output is a filter as long as a window, moved by a hop."""
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(seed)
    names = outputs or ("probabilities", "track", "embedding", "voice", "speech")
    nodes = [helper.make_node("Unsqueeze", ["waveform", "one"], ["signal"])]
    tensors = [numpy_helper.from_array(np.array([1]), "one"), numpy_helper.from_array(np.array([2]), "two")]
    for name, n_filters, bias in (("scores", 3, 0.0), ("vectors", 4, 0.0), ("v", 1, 1.0), ("s", 1, speech_bias)):
        weights = (rng.standard_normal((n_filters, 1, WINDOW)) * 0.1).astype(np.float32)
        tensors.append(numpy_helper.from_array(weights, f"{name}_w"))
        tensors.append(numpy_helper.from_array(np.full(n_filters, bias, dtype=np.float32), f"{name}_b"))
        nodes.append(helper.make_node("Conv", ["signal", f"{name}_w", f"{name}_b"], [name], strides=[HOP]))
        nodes.append(helper.make_node("Transpose", [name], [f"{name}_t"], perm=[0, 2, 1]))
    nodes += [
        helper.make_node("Softmax", ["scores_t"], ["probabilities"], axis=-1),
        helper.make_node("ReduceMean", ["probabilities"], ["track"], axes=[1], keepdims=0),
        helper.make_node("Tanh", ["vectors_t"], ["embedding"]),
        helper.make_node("Sigmoid", ["v_t"], ["voice_1"]),
        helper.make_node("Squeeze", ["voice_1", "two"], ["voice"]),
        helper.make_node("Sigmoid", ["s_t"], ["speech_1"]),
        helper.make_node("Squeeze", ["speech_1", "two"], ["speech"]),
    ]
    waveform = helper.make_tensor_value_info("waveform", TensorProto.FLOAT, ["n_blocks", "n_samples"])
    given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
    return helper.make_graph(nodes, "small", [waveform], given, tensors)


def small_model(card: ModelCard | None = None, domains: tuple[str, ...] = ("",), **graph: Any) -> Any:
    from onnx import helper

    opsets = [helper.make_opsetid(domain, 17 if domain == "" else 1) for domain in domains]
    model = helper.make_model(small_graph(**graph), opset_imports=opsets, ir_version=8)
    helper.set_model_props(model, (card or small_card()).to_metadata())
    return model


@pytest.fixture
def write_model(tmp_path: Path) -> MakeModel:
    """Return what writes a small model file: keywords for its card, and `graph` for `small_graph`."""

    def write(file: str = "small.onnx", graph: dict[str, Any] | None = None, **card: Any) -> Path:
        path = tmp_path / file
        path.write_bytes(small_model(small_card(**card), **(graph or {})).SerializeToString())
        return path

    return write


@pytest.fixture
def edit_model(write_model: MakeModel) -> Callable[[Callable[[Any], object]], Path]:
    """Return what writes a small model that a test has changed first."""

    def edit(change: Callable[[Any], object]) -> Path:
        model = small_model()
        change(model)
        path = write_model("edited.onnx")
        path.write_bytes(model.SerializeToString())
        return path

    return edit


@pytest.fixture
def noise() -> Callable[..., Clip]:
    """Return what makes seeded noise of some seconds, with a loudness that changes every second."""

    def make(duration_s: float, rate_hz: int = RATE_HZ, seed: int = 0) -> Clip:
        rng = np.random.default_rng(seed)
        n_samples = round(duration_s * rate_hz)
        loudness = rng.uniform(0.02, 0.3, size=int(duration_s) + 1)[np.arange(n_samples) // rate_hz]
        return Clip((rng.standard_normal(n_samples) * loudness).clip(-1, 1).astype(np.float32), rate_hz)

    return make

"""A small real model of ready features: a softmax of their weighted sums; and features that a test computes itself."""

from pathlib import Path
from typing import Any

import numpy as np

from genrescope.card import ModelCard
from genrescope.records import Clip, FloatArray

LABELS = ["calm", "loud", "other"]
RATE_HZ = 8000
WEIGHTS = np.array([[-9.0, 9.0, 0.0], [3.0, 1.0, 0.0]], dtype=np.float32)


def feature_card(**changes: Any) -> ModelCard:
    values: dict[str, Any] = {
        "name": "of-features",
        "labels": LABELS,
        "sample_rate_hz": RATE_HZ,
        "window_s": 0.0,
        "hop_s": 0.0,
        "unsure_below": 0.2,
        "licence": "Apache-2.0",
        "front_end": "loudness@1",
        "features": {"feature": "loudness", "version": 1, "settings": {}},
    }
    return ModelCard(**(values | changes))


def write_feature_model(path: Path, n_genres: int = 3, weights: FloatArray = WEIGHTS, **card: Any) -> Path:
    """Write a model of as many numbers as `weights` has rows."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("MatMul", ["features", "w"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=-1),
    ]
    taken = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", len(weights)])
    given = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", n_genres])
    tensors = [numpy_helper.from_array(weights[:, :n_genres].copy(), "w")]
    graph = helper.make_graph(nodes, "of_features", [taken], [given], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, feature_card(**card).to_metadata())
    path.write_bytes(model.SerializeToString())
    return path


def loudness(card: ModelCard) -> Any:
    """Make the front end of such a card."""
    del card
    return measure


def measure(clip: Clip) -> FloatArray:
    """Return the loudest sample and the mean of all that are above 0."""
    return np.array([np.abs(clip.samples).max(), np.maximum(clip.samples, 0).mean()], dtype=np.float32)


def never(card: ModelCard) -> Any:
    """Make a front end that gives no number."""
    del card
    return lambda _clip: np.full(2, np.nan, dtype=np.float32)

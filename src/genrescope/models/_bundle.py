"""One model file: waveform in, genres out, the card inside."""

import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from genrescope.card import ModelCard
from genrescope.errors import MissingExtraError, ModelError
from genrescope.records import FloatArray

OPSET = 18
OUTPUTS = ("probabilities", "track", "embedding", "voice", "speech")


class GenreGraph(nn.Module):
    """A trunk and its heads as the exported graph has them.

    Parameters
    ----------
    trunk : Module
        Waveform (n_blocks, n_samples) to embeddings (n_blocks, n_windows, n_embedding).
    genres : Linear
        Embedding to calibrated genre logits.
    sound : Linear
        Embedding to two logits: is there a voice, is it speech.
    """

    def __init__(self, trunk: nn.Module, genres: nn.Linear, sound: nn.Linear) -> None:
        super().__init__()
        self.trunk = trunk
        self.genres = genres
        self.sound = sound

    def forward(self, waveform: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Return probabilities, track, embedding, voice and speech; the shapes stand in `export`."""
        embedding = self.trunk(waveform)
        sound = torch.sigmoid(self.sound(embedding))
        speech = sound[..., 1:]
        heard = torch.softmax(self.genres(embedding), dim=-1)
        probabilities = heard * (1 - speech) + speech / heard.shape[-1]  # speech is of no genre, least of all hip-hop
        return probabilities, probabilities.mean(dim=1), embedding, sound[..., 0], sound[..., 1]


def export(graph: nn.Module, card: ModelCard, path: Path) -> None:
    """Write `graph` and its card as one ONNX file, whole or not at all.

    The file takes ``waveform`` (n_blocks, n_samples), float32 at the card's rate, and gives ``probabilities``
    (n_blocks, n_windows, n_labels), ``track`` (n_blocks, n_labels), ``embedding`` (n_blocks, n_windows, n_embedding),
    ``voice`` and ``speech`` (n_blocks, n_windows).

    Raises
    ------
    MissingExtraError
        Where the packages that write ONNX are not installed.
    """
    write_graph(graph, waveform_signature(card, OUTPUTS), card, path)


@dataclass(frozen=True, eq=False)
class Signature:
    """What goes into a graph and what comes out.

    Attributes
    ----------
    input : str
        The input's name.
    example : Tensor
        An input.
    sizes : mapping of int to (str, int)
        Axes that vary: each one's name and least size.
    outputs : tuple of str
        The outputs' names.
    """

    input: str
    example: Tensor
    sizes: Mapping[int, tuple[str, int]]
    outputs: tuple[str, ...]


def waveform_signature(card: ModelCard, outputs: tuple[str, ...]) -> Signature:
    """Return the signature of a graph that takes ``waveform``, (n_blocks, n_samples), at least a window long."""
    example = torch.zeros(2, card.window_samples + 4 * card.hop_samples)
    return Signature("waveform", example, {0: ("n_blocks", 1), 1: ("n_samples", card.window_samples)}, outputs)


def write_graph(graph: nn.Module, signature: Signature, card: ModelCard, path: Path) -> None:
    """Write any graph and its card as one ONNX file, whole or not at all.

    Raises
    ------
    MissingExtraError
        Where the packages that write ONNX are not installed.
    """
    onnx = _onnx()
    with tempfile.TemporaryDirectory() as scratch:
        exported = Path(scratch) / "graph.onnx"
        _export_graph(graph.eval(), signature, exported)
        model = onnx.load(exported)
    _strip_traces(model)
    _save(model, card, path)


def _save(model: Any, card: ModelCard, path: Path) -> None:
    """Write a graph with its card, whole or not at all."""
    onnx = _onnx()
    del model.metadata_props[:]
    for key, value in card.to_metadata().items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(model)
    partial = path.with_suffix(".part")
    try:
        onnx.save(model, partial)
        partial.replace(path)
    except OSError as error:
        error.filename = error.filename or str(path)  # a full disk is noticed by a write, which knows no name
        raise
    finally:
        partial.unlink(missing_ok=True)


def _export_graph(graph: nn.Module, signature: Signature, path: Path) -> None:
    sizes = {axis: torch.export.Dim(name, min=least) for axis, (name, least) in signature.sizes.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own internals
        torch.onnx.export(
            graph,
            (signature.example,),
            path,
            input_names=[signature.input],
            output_names=list(signature.outputs),
            dynamic_shapes=(sizes,),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )


def _strip_traces(model: Any) -> None:  # protobuf objects have no types
    """Drop the exporter's notes on where each node came from: they name files of the machine that exported."""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]


@dataclass(frozen=True, eq=False)
class GraphWeights:
    """What is in a model file: weights by name, the second factors of its products in the graph's order, its card."""

    named: dict[str, FloatArray]
    factors: list[FloatArray]
    card: ModelCard


def read_graph(path: Path) -> GraphWeights:
    """Read a model file; MissingExtraError where the package that reads ONNX is not installed."""
    onnx = _onnx()
    model = onnx.load(path)
    named = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    card = ModelCard.from_metadata({entry.key: entry.value for entry in model.metadata_props}, str(path))
    return GraphWeights(named, [named[name] for name in _factors(model) if name in named], card)


def replace_sound(path: Path, weight: FloatArray, bias: FloatArray, card: ModelCard) -> None:
    """Put another head for voice and speech, (2, n_embedding) and (2,), and another card into a model file.

    Raises
    ------
    ModelError
        Where the file has no such head.
    """
    onnx = _onnx()
    model = onnx.load(path)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    of_sound = [name for name in _factors(model) if name in tensors and list(tensors[name].dims) == [*weight.T.shape]]
    if len(of_sound) != 1 or "sound.bias" not in tensors:
        raise ModelError(f"{path}: it has no head for voice and speech.")
    for name, array in ((of_sound[0], weight.T), ("sound.bias", bias)):
        tensors[name].CopyFrom(onnx.numpy_helper.from_array(np.ascontiguousarray(array, dtype=np.float32), name))
    _save(model, card, path)


def _factors(model: Any) -> list[str]:
    return [node.input[1] for node in model.graph.node if node.op_type == "MatMul"]


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as cause:
        raise MissingExtraError("exporting a model", "train") from cause
    return onnx

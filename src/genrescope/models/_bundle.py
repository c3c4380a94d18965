"""One model file: waveform in, genres out, the card inside."""

import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from genrescope.card import ModelCard
from genrescope.errors import MissingExtraError

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
    example = torch.zeros(2, card.window_samples + 4 * card.hop_samples)
    sizes = {0: ("n_blocks", 1), 1: ("n_samples", card.window_samples)}
    write_graph(graph, Signature("waveform", example, sizes, OUTPUTS), card, path)


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
    for key, value in card.to_metadata().items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    _strip_traces(model)
    onnx.checker.check_model(model)
    partial = path.with_suffix(".part")
    try:
        onnx.save(model, partial)
        partial.replace(path)
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


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as cause:
        raise MissingExtraError("exporting a model", "train") from cause
    return onnx

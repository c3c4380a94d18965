"""YAMNet's published weights, read from the TensorFlow Lite file into `models.yamnet`.

The file keeps most weights as 8-bit integers with a scale; they are made float again, and the activations stay float.
The weights are Apache-2.0; they do not ship with genrescope.
"""

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from genrescope.card import ModelCard
from genrescope.errors import MissingExtraError, ModelError
from genrescope.features.logmel import YAMNET
from genrescope.models._bundle import export
from genrescope.models.musicnn import HOP_SAMPLES, WINDOW_SAMPLES
from genrescope.models.yamnet import N_EMBEDDING, Yamnet, YamnetGenres
from genrescope.vocabulary import LABELS, vocabulary_maps

PUBLISHED = (
    "https://storage.googleapis.com/download.tensorflow.org/models/tflite/task_library/audio_classification/android/"
    "lite-model_yamnet_classification_tflite_1.tflite"
)
SHA256 = "469be6a3421cbc52cf97e9f2f966cba984198e8e7af9854d68b3e3ebb1e04194"
REFERENCE = "yamnet_reference.json"
"""What YAMNet says of each genre over unlabelled songs, written with the bundled model: see `training.bundled`."""
CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")


def install(source: str | Path | None, folder: Path) -> Path:
    """Make YAMNet a model file that speaks the bundled model's genres, window by window.

    Parameters
    ----------
    source : str, Path or None
        The TensorFlow Lite file; None fetches it from where it is published.
    folder : Path
        Where the model goes, as ``yamnet.onnx``.

    Raises
    ------
    ModelError
        Where it cannot be fetched, or is not that file.
    MissingExtraError
        Where the packages that read and write models are not installed.
    """
    network = load_tflite(fetch() if source is None else Path(source))
    reference = json.loads((files("genrescope") / "assets" / REFERENCE).read_text())
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "yamnet.onnx"
    export(YamnetGenres(network, reference), _card(), target)
    return target


def fetch() -> Path:
    """Return YAMNet's published file, fetched once into the cache; ModelError where it cannot be had."""
    import pooch  # type: ignore[import-untyped]  # it ships no types

    try:
        return Path(pooch.retrieve(PUBLISHED, f"sha256:{SHA256}", progressbar=False))
    except (OSError, ValueError) as cause:  # no network, or another file under that address
        raise ModelError(
            f"YAMNet could not be fetched ({cause}); download {PUBLISHED} and give it with --from."
        ) from cause


def _card() -> ModelCard:
    rate_hz = YAMNET.sample_rate_hz
    return ModelCard(
        name="yamnet",
        labels=LABELS,
        sample_rate_hz=rate_hz,
        window_s=WINDOW_SAMPLES / rate_hz,
        hop_s=HOP_SAMPLES / rate_hz,
        unsure_below=0.2,
        speech_above=0.5,
        licence="Apache-2.0",
        notices="YAMNet weights: Copyright The TensorFlow Authors (Plakal and Ellis 2019), Apache License 2.0.",
        embedding_size=N_EMBEDDING,
        vocabularies=vocabulary_maps(),
        calibration={"method": "log-odds standardised over unlabelled songs; no label used"},
        data={"trained on": "AudioSet, by its authors"},
        recipe="genrescope models get yamnet",
    )


def load_tflite(path: Path) -> Yamnet:
    """Read YAMNet from its TensorFlow Lite file.

    Raises
    ------
    ModelError
        Where the file is not that network.
    """
    if not path.is_file():
        raise ModelError(f"{path}: there is no such file; YAMNet is published at {PUBLISHED}")
    model = _parse(path)
    layers = [layer for layer in _weighted_layers(model) if layer[0] in CONVOLUTIONS]
    dense = [layer for layer in _weighted_layers(model) if layer[0] == "FULLY_CONNECTED"][-1:]
    network = Yamnet()
    modules = _modules(network)
    if len(layers) + len(dense) != len(modules):
        raise ModelError(f"{path}: {len(layers)} convolutions, expected {len(modules) - 1}: not YAMNet's file.")
    with torch.no_grad():
        for module, (kind, kernel, bias) in zip(modules, [*layers, *dense], strict=True):
            module.weight.copy_(torch.tensor(_arranged(kind, kernel)))  # type: ignore[operator]
            module.bias.copy_(torch.tensor(bias))  # type: ignore[operator]
    return network.eval()


def _modules(network: Yamnet) -> list[nn.Module]:
    """Return our layers in the order in which the published graph runs them."""
    return [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.Linear)]


def _parse(path: Path) -> Any:  # the flatbuffers reader has no types
    try:
        import tflite
    except ImportError as cause:
        raise MissingExtraError("reading YAMNet's file", "train") from cause
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ModelError(f"{path}: not YAMNet's published file, or not whole (its SHA-256 differs); get {PUBLISHED}")
    return tflite.Model.GetRootAs(content, 0)


def _weighted_layers(model: Any) -> list[tuple[str, NDArray[np.float32], NDArray[np.float32]]]:
    """Return (kind, kernel, bias) of each layer, in running order."""
    import tflite

    names = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
    graph = model.Subgraphs(0)
    quantised = {}  # output of a DEQUANTIZE step -> the stored tensor
    found = []
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        kind = names[model.OperatorCodes(operator.OpcodeIndex()).DeprecatedBuiltinCode()]
        inputs = [int(i) for i in operator.InputsAsNumpy()]
        if kind == "DEQUANTIZE":
            quantised[int(operator.Outputs(0))] = inputs[0]
        elif kind in CONVOLUTIONS or (kind == "FULLY_CONNECTED" and inputs[2] >= 0):
            kernel = quantised.get(inputs[1], inputs[1])
            found.append((kind, _tensor(model, graph, kernel), _tensor(model, graph, inputs[2])))
    return found


def _tensor(model: Any, graph: Any, index: int) -> NDArray[np.float32]:
    """Return a stored tensor as float32, its integers multiplied by their scale."""
    tensor = graph.Tensors(index)
    content = model.Buffers(tensor.Buffer()).DataAsNumpy()
    shape = tensor.ShapeAsNumpy()
    if content.nbytes == 4 * int(np.prod(shape)):
        return np.asarray(content.view(np.float32).reshape(shape))
    quantisation = tensor.Quantization()
    integers = content.view(np.int8).reshape(shape).astype(np.float32)
    zero, scale = quantisation.ZeroPointAsNumpy(), quantisation.ScaleAsNumpy()
    axis = quantisation.QuantizedDimension()
    spread = [-1 if i == axis and len(scale) > 1 else 1 for i in range(len(shape))]
    return np.asarray((integers - zero.reshape(spread)) * scale.reshape(spread), dtype=np.float32)


def _arranged(kind: str, kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn TensorFlow Lite's kernels, (out, height, width, in) or depthwise (1, height, width, channels), into ours."""
    if kind == "CONV_2D":
        return np.ascontiguousarray(kernel.transpose(0, 3, 1, 2))
    if kind == "DEPTHWISE_CONV_2D":
        return np.ascontiguousarray(kernel.transpose(3, 0, 1, 2))
    return kernel

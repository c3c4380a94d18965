"""ImageNet's weights for VGG16 and InceptionV3, as torchvision publishes them; VGG16's also out of an ONNX file.

An ONNX file that begins with VGG16's convolutions holds Keras' weights, which were made for blue, green and red without
their means and not divided: they are turned to red, green and blue, and the network is told how to feed them.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from genrescope.errors import MissingExtraError, ModelError
from genrescope.models._vgg16 import DEVIATION, MEAN, Photograph
from genrescope.pretrained._weights import Published, fill, read_weights, weight_file

VGG16 = Published(
    "VGG16 with ImageNet's weights",
    "https://download.pytorch.org/models/vgg16-397923af.pth",
    "397923af",
    "BSD-3-Clause; ImageNet's pictures are for research",
)
INCEPTION = Published(
    "InceptionV3 with ImageNet's weights",
    "https://download.pytorch.org/models/inception_v3_google-0cc3c7bd.pth",
    "0cc3c7bd",
    "BSD-3-Clause; ImageNet's pictures are for research",
)

KERAS_MEAN = (123.68 / 255, 116.779 / 255, 103.939 / 255)
KERAS_DEVIATION = (1 / 255, 1 / 255, 1 / 255)


def load_vgg16(base: nn.Sequential, photograph: Photograph, source: Path | None = None) -> None:
    """Fill VGG16's 13 convolutions.

    Parameters
    ----------
    base : Sequential
        All of VGG16's layers up to its last pooling, in order.
    photograph : Photograph
        What feeds it; it is set to what these weights expect.
    source : Path, optional
        torchvision's file, or an ONNX file that begins with VGG16's convolutions; None fetches the former.

    Raises
    ------
    ModelError
        The file is not there, cannot be fetched, or holds something else.
    """
    path = weight_file(VGG16, source)
    if path.suffix == ".onnx":
        fill(base, _from_onnx(path, base), path, VGG16.what)
        photograph.feed(KERAS_MEAN, KERAS_DEVIATION)
        return
    prefix = "features."
    weights = {name.removeprefix(prefix): w for name, w in read_weights(path).items() if name.startswith(prefix)}
    fill(base, weights, path, VGG16.what)
    photograph.feed(MEAN, DEVIATION)


def load_inception(base: nn.Module, source: Path | None = None) -> None:
    """Fill InceptionV3's trunk from torchvision's file; None fetches it.

    Raises
    ------
    ModelError
        The file is not there, cannot be fetched, or holds something else.
    """
    path = weight_file(INCEPTION, source)
    fill(base, read_weights(path), path, INCEPTION.what)


def _from_onnx(path: Path, base: nn.Sequential) -> dict[str, Tensor]:
    """Return the weights of an ONNX file's first 13 convolutions under the names of `base`."""
    convolutions = [place for place, layer in enumerate(base) if isinstance(layer, nn.Conv2d)]
    found = _onnx_convolutions(path)
    if len(found) < len(convolutions):
        raise ModelError(f"{path}: {len(found)} convolutions, and VGG16 has {len(convolutions)}.")
    weights = {}
    for place, (kernel, bias) in zip(convolutions, found, strict=False):
        weights[f"{place}.weight"], weights[f"{place}.bias"] = kernel, bias
    weights["0.weight"] = weights["0.weight"].flip(1)
    return weights


def _onnx_convolutions(path: Path) -> list[tuple[Tensor, Tensor]]:
    """Return kernel, (out, in, height, width), and bias of each convolution of an ONNX file, in running order."""
    try:
        import onnx
        from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it ships no types
        from onnx.numpy_helper import to_array
    except ImportError as cause:
        raise MissingExtraError("reading weights out of an ONNX file", "train") from cause
    try:
        graph = onnx.load(path, load_external_data=False).graph
    except (OSError, DecodeError) as cause:
        raise ModelError(f"{path}: not a whole ONNX file ({type(cause).__name__}); copy it again.") from cause
    stored = {item.name: item for item in graph.initializer}
    names = [tuple(node.input[1:3]) for node in graph.node if node.op_type == "Conv"]
    known = [pair for pair in names if len(pair) == 2 and all(name in stored for name in pair)]
    return [(torch.tensor(to_array(stored[kernel])), torch.tensor(to_array(stored[bias]))) for kernel, bias in known]

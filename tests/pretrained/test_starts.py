"""Each network gets its published weights, in the right place, and the others say that they have none."""

from pathlib import Path

import pytest
import torch

from genrescope.errors import ModelError, UsageError
from genrescope.models._vgg16 import vgg16_base
from genrescope.models.catalogue import NETWORKS, make_network
from genrescope.models.fma_vgg16_progressive import FmaVgg16Progressive
from genrescope.models.musicnn import Musicnn
from genrescope.models.scope_vgg16 import ScopeVgg16
from genrescope.models.trunks import YamnetGenres
from genrescope.models.vggish import Vggish
from genrescope.pretrained.starts import STARTS, begin_from_published
from genrescope.pretrained.yamnet import load_tflite


def _vgg16_file(folder: Path) -> Path:
    torch.manual_seed(5)
    weights = {f"features.{name}": value for name, value in vgg16_base().state_dict().items()}
    torch.save(weights, folder / "vgg16.pth")
    return folder / "vgg16.pth"


def test_they_are_networks() -> None:
    assert set(STARTS) <= set(NETWORKS)


@pytest.mark.parametrize("name", ["fma-vgg16", "fma-vgg16-progressive"])
def test_vgg16_is_filled(name: str, tmp_path: Path) -> None:
    path = _vgg16_file(tmp_path)
    network = make_network(name, 4, (64, 64, 3))
    assert "BSD" in begin_from_published(name, network, path)
    x = torch.randint(0, 256, (1, 64, 64, 3), dtype=torch.uint8)
    torch.manual_seed(5)
    base = vgg16_base()
    with torch.inference_mode():
        assert torch.allclose(network.base(network.photograph(x)), base(network.photograph(x)))  # type: ignore[operator]


def test_the_second_step_keeps_its_new_beginning(tmp_path: Path) -> None:
    path = _vgg16_file(tmp_path)
    network = make_network("fma-vgg16-progressive", 4, (64, 64, 3), step=2)
    assert isinstance(network, FmaVgg16Progressive)
    fresh = {name: value.clone() for name, value in network.base.state_dict().items()}
    begin_from_published("fma-vgg16-progressive", network, path)
    kept = {name for name, value in network.base.state_dict().items() if torch.equal(value, fresh[name])}
    assert {name for name in kept if name.endswith("weight")} == {"0.weight", "2.weight"}


def test_three_blocks_are_filled(tmp_path: Path) -> None:
    path = _vgg16_file(tmp_path)
    network = make_network("scope-vgg16", 4, (64, 64, 3))
    assert isinstance(network, ScopeVgg16)
    assert "BSD" in begin_from_published("scope-vgg16", network, path)
    torch.manual_seed(5)
    expected = vgg16_base().state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in network.base.state_dict().items())


def test_vggish_is_filled(tmp_path: Path) -> None:
    torch.save({name: torch.full_like(value, 0.5) for name, value in Vggish().state_dict().items()}, tmp_path / "v.pth")
    network = make_network("vggish-finetune", 4, (96, 64))
    assert begin_from_published("vggish-finetune", network, tmp_path / "v.pth") == "Apache-2.0"
    assert all(bool((weight == 0.5).all()) for weight in network.base.parameters())  # type: ignore[union-attr]


def test_yamnet_for_real(shared_data: Path) -> None:
    path = shared_data / "pretrained" / "yamnet.tflite"
    if not path.is_file():
        pytest.skip(f"YAMNet's file is not there: {path}")
    network = make_network("yamnet-finetune", 4, (96, 64), frozen=True).eval()
    assert isinstance(network, YamnetGenres)
    begin_from_published("yamnet-finetune", network, path)
    patch = torch.randn(2, 96, 64)
    with torch.inference_mode():
        assert torch.allclose(network.embed(patch), load_tflite(path)(patch)[0], atol=1e-5)


def test_musicnn_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(7)
    published = Musicnn().eval()
    monkeypatch.setattr("genrescope.pretrained.musicnn.load_checkpoint", lambda _: published)
    network = make_network("musicnn-finetune", 4, (187, 96), frozen=True).eval()
    assert begin_from_published("musicnn-finetune", network, tmp_path) == "ISC"
    x = torch.rand(1, 187, 96)
    with torch.inference_mode():
        assert torch.allclose(network.embed(x), published.embed(x), atol=1e-5)
    with pytest.raises(ModelError, match="pip download --no-deps musicnn"):
        begin_from_published("musicnn-finetune", network)


def test_the_others_say_that_there_is_nothing() -> None:
    with pytest.raises(UsageError, match="scope-net has no published weights"):
        begin_from_published("scope-net", make_network("scope-net", 4, (40, 32)))
    with pytest.raises(UsageError, match="these weights are for VggishFinetune; got ScopeNet"):
        begin_from_published("vggish-finetune", make_network("scope-net", 4, (40, 32)))

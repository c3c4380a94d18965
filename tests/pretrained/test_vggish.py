"""VGGish's published layout, on a stand-in, and what is said where it cannot be had."""

from pathlib import Path

import pooch  # type: ignore[import-untyped]  # it ships no types
import pytest
import torch

from genrescope.errors import ModelError
from genrescope.models.vggish import Vggish
from genrescope.pretrained.vggish import VGGISH, load_vggish


def test_the_ports_layout(tmp_path: Path) -> None:
    published = {
        **{
            f"features.{place}": width
            for place, width in zip((0, 3, 6, 8, 11, 13), (64, 128, 256, 256, 512, 512), strict=True)
        },
        **{f"embeddings.{place}": width for place, width in zip((0, 2, 4), (4096, 4096, 128), strict=True)},
    }
    network = Vggish()
    own = network.state_dict()
    assert {name.rpartition(".")[0] for name in own} == set(published)
    assert all(own[f"{name}.bias"].shape == (width,) for name, width in published.items())
    torch.save({name: torch.full_like(value, 0.25) for name, value in own.items()}, tmp_path / "vggish.pth")
    load_vggish(network, tmp_path / "vggish.pth")
    assert all(bool((value == 0.25).all()) for value in network.state_dict().values())


def test_without_a_network_it_says_what_to_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(url: str, known_hash: None, progressbar: bool) -> str:
        raise OSError("no route to host")

    monkeypatch.setattr(pooch, "retrieve", refuse)
    with pytest.raises(ModelError, match=r"could not be fetched \(no route to host\); download https://github.com/har"):
        load_vggish(torch.nn.Linear(1, 1))


def test_another_file_under_the_address_is_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "vggish.pth"
    other.write_bytes(b"a page that says sorry")
    monkeypatch.setattr(pooch, "retrieve", lambda *_, **__: str(other))
    with pytest.raises(ModelError, match=f"should begin with {VGGISH.sha256_begins}"):
        load_vggish(torch.nn.Linear(1, 1))
    assert not other.exists()

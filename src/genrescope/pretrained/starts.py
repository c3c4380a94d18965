"""Which networks begin with published weights, and how each gets them.

A network from `genrescope.models.catalogue.make_network` is fresh. Those that the reports took from elsewhere are
filled here before they are trained.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import torch

from genrescope.errors import ModelError, UsageError
from genrescope.models._network import GenreNetwork
from genrescope.models._vgg16 import vgg16_base
from genrescope.models.fma_vgg16 import FmaVgg16
from genrescope.models.fma_vgg16_progressive import CONV_2_1, FmaVgg16Progressive
from genrescope.models.gtzan_inception import GtzanInception
from genrescope.models.scope_vgg16 import CONV_3_3, ScopeVgg16
from genrescope.models.trunks import MusicnnGenres, YamnetGenres
from genrescope.models.vggish import VggishFinetune
from genrescope.pretrained import imagenet, musicnn, vggish, yamnet

N = TypeVar("N", bound=GenreNetwork)


def _as(kind: type[N], network: GenreNetwork) -> N:
    """Return the network, of its own class; UsageError where it is another."""
    if not isinstance(network, kind):
        raise UsageError(f"these weights are for {kind.__name__}; got {type(network).__name__}.")
    return network


def _vgg16(given: GenreNetwork, source: Path | None) -> str:
    network = _as(FmaVgg16, given)
    imagenet.load_vgg16(network.base, network.photograph, source)
    return imagenet.VGG16.licence


def _progressive(given: GenreNetwork, source: Path | None) -> str:
    network = _as(FmaVgg16Progressive, given)
    base = network.base
    fresh = {name: weight.clone() for name, weight in base[:CONV_2_1].state_dict().items()}
    imagenet.load_vgg16(base, network.photograph, source)
    if network.settings.step == 2:
        base[:CONV_2_1].load_state_dict(fresh)
    return imagenet.VGG16.licence


def _scope_vgg16(given: GenreNetwork, source: Path | None) -> str:
    network, whole = _as(ScopeVgg16, given), vgg16_base()
    imagenet.load_vgg16(whole, network.photograph, source)
    network.base.load_state_dict(whole[: CONV_3_3 + 1].state_dict())
    return imagenet.VGG16.licence


def _inception(given: GenreNetwork, source: Path | None) -> str:
    network = _as(GtzanInception, given)
    imagenet.load_inception(network.base, source)
    return imagenet.INCEPTION.licence


def _vggish(given: GenreNetwork, source: Path | None) -> str:
    network = _as(VggishFinetune, given)
    vggish.load_vggish(network.base, source)
    return vggish.VGGISH.licence


def _musicnn(given: GenreNetwork, source: Path | None) -> str:
    network = _as(MusicnnGenres, given)
    if source is None:
        raise ModelError("musicnn's weights lie in a wheel: pip download --no-deps musicnn==0.1.0, and name the file.")
    published = musicnn.load_wheel(source) if source.is_file() else musicnn.load_checkpoint(source)
    _copy(published, network.base)
    return "ISC"


def _yamnet(given: GenreNetwork, source: Path | None) -> str:
    network = _as(YamnetGenres, given)
    _copy(yamnet.load_tflite(yamnet.fetch() if source is None else source), network.base)
    return "Apache-2.0"


def _copy(published: torch.nn.Module, base: torch.nn.Module) -> None:
    kept = base.state_dict().keys()
    base.load_state_dict({name: value for name, value in published.state_dict().items() if name in kept})


STARTS: Mapping[str, Callable[[GenreNetwork, Path | None], str]] = MappingProxyType(
    {
        "fma-vgg16": _vgg16,
        "fma-vgg16-progressive": _progressive,
        "scope-vgg16": _scope_vgg16,
        "gtzan-inception": _inception,
        "vggish-finetune": _vggish,
        "musicnn-finetune": _musicnn,
        "yamnet-finetune": _yamnet,
    }
)
"""By the network's name: fills it from a file, or from where its weights are published; returns the weights' terms."""


def begin_from_published(name: str, network: GenreNetwork, source: Path | None = None) -> str:
    """Fill a fresh network with its published weights; return the terms that they come with.

    Parameters
    ----------
    name : str
        The network's name, one of `STARTS`.
    network : GenreNetwork
        As `make_network` gave it.
    source : Path, optional
        The weight file; None fetches it from where it is published.

    Raises
    ------
    UsageError
        The network has no published weights.
    ModelError
        The weights are not there, cannot be fetched, or are others; the message says what to get.
    """
    if name not in STARTS:
        raise UsageError(f"{name} has no published weights: it learns from nothing. These have: {', '.join(STARTS)}.")
    return STARTS[name](network, source)

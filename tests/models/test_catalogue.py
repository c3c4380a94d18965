"""Every network takes real examples as they are, learns them by heart, and says what it cannot take."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from genrescope.errors import UsageError
from genrescope.features.catalogue import make_feature
from genrescope.models._network import TimedNetwork, TrunkNetwork
from genrescope.models.catalogue import NETWORKS, PICTURE, make_network, network_settings
from genrescope.training.fit import computes_in_bf16
from tests.models._real import GENRES, TARGETS, feature_batch, learn, pictures

Batch = Callable[[Path], Tensor]


def _spectrogram(data: Path) -> Tensor:
    return feature_batch(data, "logmel", (("hop_samples", 2_048), ("n_mels", 64)))


def _mfcc(data: Path) -> Tensor:
    return feature_batch(data, "mfcc:fma-mfcc-nets", (("n_frames", 160),))


def _statistics(data: Path) -> Tensor:
    frames = _mfcc(data)
    return torch.cat([frames.mean(dim=1), frames.std(dim=1), frames.amin(dim=1), frames.amax(dim=1)], dim=1)


def _of(name: str, n_frames: int) -> Batch:
    return lambda data: feature_batch(data, name)[:, :n_frames]


def _pictures(row_step: int, column_step: int) -> Batch:
    return lambda data: pictures(data, row_step, column_step)


SMALL: dict[str, tuple[Batch, dict[str, Any]]] = {
    "fma-dense-mfcc": (_statistics, {}),
    "fma-cnn": (_spectrogram, {}),
    "fma-vgg16": (_pictures(4, 8), {"frozen": True}),
    "fma-vgg16-progressive": (_pictures(4, 8), {}),
    "fma-crnn": (_spectrogram, {}),
    "fma-cnn-rnn-parallel": (_spectrogram, {}),
    "gtzan-inception": (_pictures(1, 4), {}),
    "gtzan-cnn": (_pictures(4, 8), {}),
    "mfcc-dense3": (_mfcc, {}),
    "mfcc-cnn": (_mfcc, {}),
    "mfcc-lstm": (_mfcc, {}),
    "mfcc-td-cnn": (_mfcc, {"n_segments": 8}),
    "crnn-over-time": (_spectrogram, {}),
    "vggish-finetune": (_of("logmel:vggish", 96), {"frozen": True}),
    "musicnn-finetune": (_of("logmel:musicnn", 187), {"frozen": True}),
    "yamnet-finetune": (_of("logmel:yamnet", 192), {"frozen": True}),
    "scope-net": (_spectrogram, {"width": 16}),
    "scope-vgg16": (_pictures(4, 8), {}),
}
"""Real batches small enough to be quick, for every network."""


def test_all_are_here() -> None:
    assert set(SMALL) == set(NETWORKS)
    for name, network in NETWORKS.items():
        assert network.name == name
        assert dataclasses.is_dataclass(network.settings)


@pytest.mark.parametrize("name", NETWORKS)
def test_sixteen_real_examples_are_learned(name: str, shared_data: Path) -> None:
    torch.manual_seed(1)
    batch, settings = SMALL[name]
    x = batch(shared_data)
    network = make_network(name, len(GENRES), x.shape[1:], **settings)
    assert learn(network, x, TARGETS) >= 0.9


@pytest.mark.parametrize("name", ["musicnn-finetune", "yamnet-finetune", "vggish-finetune"])
def test_a_trunk_that_is_not_frozen_learns(name: str, shared_data: Path) -> None:
    x = SMALL[name][0](shared_data)[:2]
    network = make_network(name, len(GENRES), x.shape[1:])
    assert network.frozen_trunk() is None
    torch.nn.functional.cross_entropy(network(x), TARGETS[:2]).backward()
    assert all(weight.grad is not None for weight in network.parameters())


@pytest.mark.parametrize("name", NETWORKS)
def test_answers(name: str, shared_data: Path) -> None:
    torch.manual_seed(1)
    batch, settings = SMALL[name]
    x = batch(shared_data)[:3]
    network = make_network(name, len(GENRES), x.shape[1:], **settings).eval()
    with torch.inference_mode():
        logits, embedding = network.answer(x)
        alone = network(x[:1])
        assert torch.equal(network.embed(x), embedding)
        if isinstance(network, TimedNetwork):
            steps = network.over_time(x)
            assert torch.allclose(steps.exp().sum(dim=-1), torch.ones(steps.shape[:2]), atol=1e-5)
            assert steps.shape[0] == 3
            assert steps.shape[2] == len(GENRES)
        if isinstance(network, TrunkNetwork):
            assert torch.equal(network.top(network.trunk(x)), logits)
    assert logits.shape == (3, len(GENRES))
    assert logits.dtype == torch.float32
    assert embedding.shape[0] == 3
    assert embedding.ndim == 2
    assert torch.allclose(alone, logits[:1], atol=1e-4)


@pytest.mark.parametrize("name", ["fma-cnn", "fma-crnn", "mfcc-lstm", "mfcc-td-cnn", "crnn-over-time", "scope-net"])
def test_half_precision_learns_too(name: str, shared_data: Path) -> None:
    if not computes_in_bf16():
        pytest.skip("this machine has no units for bf16, and training does not use it here")
    torch.manual_seed(1)
    batch, settings = SMALL[name]
    x = batch(shared_data)
    network = make_network(name, len(GENRES), x.shape[1:], **settings)
    network = network.to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        loss = torch.nn.functional.cross_entropy(network(x), TARGETS)
    loss.backward()
    assert torch.isfinite(loss)
    grown = [weight.grad for weight in network.parameters() if weight.grad is not None]
    assert len(grown) == len(list(network.parameters()))
    assert all(torch.isfinite(gradient).all() for gradient in grown)


@pytest.mark.parametrize("name", [name for name in NETWORKS if hasattr(NETWORKS[name].settings, "activation")])
@pytest.mark.parametrize("activation", ["leaky-relu", "prelu"])
def test_activations_are_a_setting(name: str, activation: str, shared_data: Path) -> None:
    batch, settings = SMALL[name]
    x = batch(shared_data)[:1]
    network = make_network(name, 2, x.shape[1:], activation=activation, **settings)
    kind = {"leaky-relu": torch.nn.LeakyReLU, "prelu": torch.nn.PReLU}[activation]
    assert any(isinstance(module, kind) for module in network.modules())


def test_their_inputs_are_features_that_exist() -> None:
    for network in NETWORKS.values():
        make_feature(network.input)


def test_a_picture_lies_on_its_side(shared_data: Path) -> None:
    """A picture's rows are frequencies, a spectrogram's are times: both are heard alike."""
    frames = _spectrogram(shared_data)
    for name in ("fma-cnn", "scope-net", "fma-crnn", "crnn-over-time", "mfcc-td-cnn"):
        answers = []
        for x, picture in ((frames, False), (frames.transpose(1, 2), True)):
            torch.manual_seed(3)
            settings = SMALL[name][1]
            network = make_network(name, 4, x.shape[1:], picture=picture, **settings).eval()
            with torch.inference_mode():
                answers.append(network(x))
        assert torch.equal(*answers), name


def test_colours_of_a_grey_picture_change_nothing(shared_data: Path) -> None:
    grey = pictures(shared_data, 2, 4)[:2]
    for name in (name for name, network in NETWORKS.items() if network.axes == PICTURE and name != "gtzan-inception"):
        torch.manual_seed(3)
        network = make_network(name, 4, grey.shape[1:]).eval()
        torch.manual_seed(3)
        coloured = make_network(name, 4, (*grey.shape[1:], 3)).eval()
        with torch.inference_mode():
            assert torch.allclose(network(grey), coloured(grey[..., None].expand(-1, -1, -1, 3)), atol=1e-5), name


@pytest.mark.parametrize(
    ("name", "shape", "settings", "words"),
    [
        ("fma-cn", (400, 128), {}, "did you mean fma-cnn"),
        ("fma-cnn", (400, 128), {"dropuot": 0.1}, "did you mean dropout"),
        ("fma-cnn", (400, 128), {"activation": "elu"}, "'relu' or 'leaky-relu' or 'prelu'"),
        ("fma-cnn", (400, 128), {"dropout": 2}, "fma-cnn: dropout is a share from 0 to 1; got 2.0"),
        ("fma-cnn", (400, 128), {"dropout": float("nan")}, "a share from 0 to 1; got nan"),
        ("fma-cnn", (400, 128), {"n_filters": 0}, "fma-cnn: n_filters is a whole number of at least 1; got 0"),
        ("fma-cnn", (400, 128), {"n_filters": 10**15}, f"fma-cnn cannot be made with n_filters={10**15}: .*smaller"),
        ("fma-cnn", (400, 128), {"n_units": 10**30}, f"fma-cnn cannot be made with n_units={10**30}: "),
        ("scope-net", (400, 128), {"width": -1}, "width is a whole number of at least 0; got -1"),
        ("scope-vgg16", (64, 64, 3), {"trunk_dropout": -0.5}, "trunk_dropout is a share from 0 to 1; got -0.5"),
        ("mfcc-td-cnn", (400, 20), {"n_segments": 0}, "n_segments is a whole number of at least 1; got 0"),
        ("fma-cnn", (140,), {}, "takes spectrograms"),
        ("fma-cnn", (20, 128), {}, "at least 10 bands and 34 frames; got 128 and 20"),
        ("fma-vgg16", (400, 128, 3, 1), {}, "takes spectrograms"),
        ("fma-vgg16", (30, 400, 3), {}, "at least 32 × 32 pixels"),
        ("vggish-finetune", (2_998, 128), {}, "logmel:vggish"),
        ("musicnn-finetune", (100, 96), {}, "at least 187 frames"),
        ("mfcc-td-cnn", (40, 20), {}, "4 frames for each of n_segments=20"),
        ("gtzan-cnn", (8, 400), {}, "at least 16 bands"),
        ("scope-net", (400, 8), {}, "at least 16 bands"),
    ],
)
def test_what_cannot_be_is_said(name: str, shape: tuple[int, ...], settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make_network(name, 8, shape, **settings)


def test_a_switch_and_a_bound_may_be_set() -> None:
    settings = {"textures": False, "width": 0, "dropout": 0, "wave_dropout": 1}
    assert network_settings("scope-net", settings) == dataclasses.replace(NETWORKS["scope-net"].settings, **settings)


def test_one_genre_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 2 genres"):
        make_network("fma-cnn", 1, (400, 128))


def test_a_spectrogram_is_no_photograph() -> None:
    with pytest.raises(UsageError, match="say picture=True"):
        make_network("fma-vgg16", 8, (400, 128), picture=False)


def test_a_batch_of_another_shape_names_both() -> None:
    with pytest.raises(UsageError, match=r"\(400, 128\); got \(400, 96\)"):
        make_network("fma-cnn", 8, (400, 128))(torch.zeros(2, 400, 96))
    longer = make_network("scope-net", 8, (400, 128))(torch.zeros(2, 500, 128))
    assert longer.shape == (2, 8)

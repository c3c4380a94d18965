"""Weights carried over land where they belong; the original graph stands beside ours in benchmarks/port_musicnn.py."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from genrescope.errors import ModelError
from genrescope.loading import load_model
from genrescope.models.musicnn import Musicnn
from genrescope.pretrained.musicnn import MSD_TAGS, _fill, install, load_checkpoint
from genrescope.records import Clip
from tests.pretrained.test_tensor_bundle import write

KERNELS = {
    "conv2d": (7, 38, 1, 204), "conv2d_1": (7, 67, 1, 204), "conv2d_2": (128, 1, 1, 51), "conv2d_3": (64, 1, 1, 51),
    "conv2d_4": (32, 1, 1, 51), "conv2d_5": (7, 561, 1, 64), "conv2d_6": (7, 64, 1, 64), "conv2d_7": (7, 64, 1, 64),
    "dense": (1506, 200), "dense_1": (200, 50),
}  # fmt: skip
NORMS = (1, 204, 204, 51, 51, 51, 64, 64, 64, 1506, 200)


def _checkpoint() -> dict[str, NDArray[np.float32]]:
    """Return random weights under the names and in the shapes of the published checkpoint."""
    rng = np.random.default_rng(0)
    tensors = {f"{name}/kernel": rng.normal(0, 0.1, shape) for name, shape in KERNELS.items()}
    tensors |= {f"{name}/bias": rng.normal(0, 0.1, shape[-1]) for name, shape in KERNELS.items()}
    for index, width in enumerate(NORMS):
        name = f"batch_normalization_{index}" if index else "batch_normalization"
        for part in ("gamma", "beta", "moving_mean", "moving_variance"):
            tensors[f"{name}/{part}"] = rng.uniform(0.5, 1.5, width)
    return {name: values.astype(np.float32) for name, values in tensors.items()}


def test_a_timbre_filter_computes_what_the_checkpoint_says() -> None:
    tensors, network = _checkpoint(), Musicnn().eval()
    with torch.no_grad():
        _fill(network, tensors.__getitem__)
    mel = np.random.default_rng(1).normal(size=(7, 96)).astype(np.float32)
    with torch.inference_mode():
        ours = network.front[0](torch.from_numpy(mel)[None, None])[0, :, 3].numpy()  # the frame with no padding
    kernel = tensors["conv2d/kernel"][:, :, 0]
    places = np.stack([np.tensordot(mel[:, b : b + 38], kernel, 2) for b in range(59)]) + tensors["conv2d/bias"]
    scale = tensors["batch_normalization_1/gamma"] / np.sqrt(tensors["batch_normalization_1/moving_variance"] + 1e-3)
    normed = (np.maximum(places, 0) - tensors["batch_normalization_1/moving_mean"]) * scale
    assert np.allclose(ours, (normed + tensors["batch_normalization_1/beta"]).max(axis=0), atol=1e-4)


def test_a_middle_filter_and_a_dense_layer_compute_what_the_checkpoint_says() -> None:
    tensors, network = _checkpoint(), Musicnn().eval()
    with torch.no_grad():
        _fill(network, tensors.__getitem__)
    rng = np.random.default_rng(2)
    features, pooled = rng.normal(size=(7, 561)).astype(np.float32), rng.normal(size=1506).astype(np.float32)
    with torch.inference_mode():
        ours = network.middle[0].get_submodule("conv")(torch.from_numpy(features.T.copy())[None])[0, :, 3].numpy()
        dense = network.dense(torch.from_numpy(pooled)).numpy()
    kernel = tensors["conv2d_5/kernel"][:, :, 0]  # frames, channels laid out as width, filters
    assert np.allclose(ours, np.tensordot(features, kernel, 2) + tensors["conv2d_5/bias"], atol=1e-3)
    assert np.allclose(dense, pooled @ tensors["dense/kernel"] + tensors["dense/bias"], atol=1e-3)


def test_every_tensor_is_used_and_no_weight_is_left_as_it_was() -> None:
    tensors, network, asked = _checkpoint(), Musicnn(), set()
    before = {name: value.clone() for name, value in network.state_dict().items()}

    def read(name: str) -> NDArray[np.float32]:
        asked.add(name)
        return tensors[name]

    with torch.no_grad():
        _fill(network, read)
    assert asked == set(tensors)
    after = network.state_dict()
    assert not [n for n in after if "num_batches" not in n and torch.equal(after[n], before[n])]


def test_a_folder_without_a_checkpoint_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no musicnn checkpoint"):
        load_checkpoint(tmp_path)


def test_a_checkpoint_becomes_a_model_that_lends_its_embedding(tmp_path: Path) -> None:
    path = install(write(tmp_path / "checkpoint", _checkpoint()), tmp_path / "models")
    model = load_model(path)
    rng = np.random.default_rng(0)
    clip = Clip(rng.normal(0, 0.1, 16_000 * 8).astype(np.float32), 16_000)
    assert model.embed(clip).vectors.shape[1] == 200
    said = model.predict(clip)
    assert set(said.confidences) == set(MSD_TAGS)
    assert sum(said.confidences.values()) == pytest.approx(1, abs=1e-4)
    with pytest.raises(ModelError, match="pip download --no-deps musicnn"):
        install(None, tmp_path / "models")
    with pytest.raises(ModelError, match="not a wheel"):
        install(tmp_path / "nothing.whl", tmp_path / "models")
    few = {name: values for name, values in _checkpoint().items() if "dense_1" not in name}
    with pytest.raises(ModelError, match="not that of MSD_musicnn"):
        load_checkpoint(write(tmp_path / "few", few))


def test_fifty_tags() -> None:
    assert len(MSD_TAGS) == len(set(MSD_TAGS)) == 50

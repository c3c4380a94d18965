"""Every network becomes one file that says what the network says, on real sound, and that `predict` uses."""

import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor

from genrescope.card import ModelCard
from genrescope.errors import UsageError
from genrescope.features.catalogue import make_feature
from genrescope.features.clip_layers import ClipSettings
from genrescope.models._net_export import FeatureGraph, WaveformGraph, export_network, window_times
from genrescope.models._network import GenreNetwork
from genrescope.models.catalogue import NETWORKS, SPECTROGRAM, make_network
from genrescope.runtime.model import load_model
from tests.models._real import GENRES, TARGETS, feature_batch, learn, pictures, sounds

TOLERANCE = 1e-4

QUICK = {"fma-cnn", "mfcc-td-cnn", "gtzan-cnn", "fma-dense-mfcc"}
"""Exported in every run of the tests; the others' kinds of layer are in these or in scope-net, too."""

SMALLER: dict[str, tuple[tuple[str, Any], ...]] = {
    "logmel:fma-cnn": (("hop_samples", 2_048), ("n_mels", 64), ("n_frames", 40)),
    "logmel:over-time": (("hop_samples", 2_048), ("n_mels", 64), ("n_frames", 40)),
    "mfcc:fma-mfcc-nets": (("n_frames", 160),),
    "logmel:vggish": (("n_frames", 100),),
    "logmel:musicnn": (("n_frames", 190),),
    "logmel:yamnet": (("n_frames", 100),),
}
"""What differs from the networks' own inputs, so that a test is quick."""

SPECTROGRAMS = [name for name, network in NETWORKS.items() if network.axes == SPECTROGRAM]


def _marked(names: Iterable[str]) -> list[Any]:
    return [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in names]


def _card(network: GenreNetwork, front_end: ClipSettings | None, feature: str = "image") -> ModelCard:
    card = ModelCard(
        name="tiny",
        labels=list(GENRES),
        sample_rate_hz=22_050,
        window_s=30.0,
        hop_s=1.0,
        unsure_below=0.3,
        licence="Apache-2.0",
        front_end=f"{feature}@1",
    )
    if front_end is None:
        return card
    times = window_times(network, front_end)
    return replace(
        card, sample_rate_hz=times.sample_rate_hz, window_s=times.window_s, hop_s=times.hop_s, front_end="in-graph"
    )


def _taught(name: str, x: Tensor, **settings: Any) -> GenreNetwork:
    """Return a network that has learned enough to answer each example its own way."""
    torch.manual_seed(2)
    network = make_network(name, len(GENRES), x.shape[1:], **settings)
    learn(network, x, TARGETS, n_steps=20)
    return network.eval()


def _front_end(name: str) -> ClipSettings:
    settings: ClipSettings = make_feature(NETWORKS[name].input, **dict(SMALLER[NETWORKS[name].input])).settings
    return settings


@pytest.mark.parametrize("name", _marked(SPECTROGRAMS))
def test_waveform_in_genres_out(name: str, shared_data: Path, tmp_path: Path) -> None:
    x = feature_batch(shared_data, NETWORKS[name].input, SMALLER[NETWORKS[name].input])
    settings = {"frozen": True} if name in {"vggish-finetune", "musicnn-finetune", "yamnet-finetune"} else {}
    network, front_end = _taught(name, x, **settings), _front_end(name)
    card = _card(network, front_end)
    export_network(network, card, tmp_path / "tiny.onnx", front_end, temperature=1.5)
    session = onnxruntime.InferenceSession(str(tmp_path / "tiny.onnx"))
    graph = WaveformGraph(network, front_end, card.hop_samples, 1.5).eval()
    real = np.stack(sounds(shared_data, card.sample_rate_hz)[::5])
    for n_windows in (1, 3):
        n_samples = card.window_samples + (n_windows - 1) * card.hop_samples
        waveform = np.resize(real, (len(real), n_samples)) if n_samples > real.shape[1] else real[:, :n_samples]
        found = session.run(["probabilities", "track", "embedding"], {"waveform": waveform})
        with torch.inference_mode():
            expected = graph(torch.from_numpy(waveform))
        assert found[0].shape == (len(real), n_windows, len(GENRES))
        for ours, theirs in zip(found, expected, strict=True):
            assert np.abs(ours - theirs.numpy()).max() < TOLERANCE * max(1.0, float(theirs.abs().max()))
        assert np.allclose(found[0].sum(axis=2), 1, atol=1e-5)
        assert np.allclose(found[1], found[0].mean(axis=1), atol=1e-6)
    assert np.ptp(found[0], axis=0).max() > 0.01, "the songs are told apart"


@pytest.mark.parametrize("name", _marked(name for name in NETWORKS if name not in SPECTROGRAMS))
def test_features_in_genres_out(name: str, shared_data: Path, tmp_path: Path) -> None:
    x: Tensor = pictures(shared_data, 1, 4) if name == "gtzan-inception" else pictures(shared_data, 4, 8)
    if name == "fma-dense-mfcc":
        x = feature_batch(shared_data, "mfcc:fma-mfcc-nets", (("n_frames", 160),)).mean(dim=1)
    network = _taught(name, x, **({"frozen": True} if name == "fma-vgg16" else {}))
    export_network(network, _card(network, None), tmp_path / "tiny.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "tiny.onnx"))
    assert [(item.name, item.shape[1:]) for item in session.get_inputs()] == [("features", list(x.shape[1:]))]
    for n in (1, len(x)):
        found = session.run(["probabilities", "embedding"], {"features": x[:n].float().numpy()})
        with torch.inference_mode():
            expected = FeatureGraph(network)(x[:n].float())
        for ours, theirs in zip(found, expected, strict=True):
            assert np.abs(ours - theirs.numpy()).max() < TOLERANCE * max(1.0, float(theirs.abs().max()))
    assert np.ptp(found[0], axis=0).max() > 0.01, "the examples are told apart"


def test_the_file_predicts_over_time(shared_data: Path, tmp_path: Path) -> None:
    x = feature_batch(shared_data, "logmel:musicnn", (("n_frames", 190),))
    torch.manual_seed(2)
    network = make_network("scope-net", len(GENRES), x.shape[1:], width=8)
    learn(network, x, TARGETS)
    front_end = _front_end("musicnn-finetune")
    export_network(network, _card(network, front_end), tmp_path / "tiny.onnx", front_end)
    model = load_model(tmp_path / "tiny.onnx")
    song = sorted((shared_data / "gtzan_mini" / "classical").glob("*.ogg"))[0]
    prediction = model.predict(song)
    assert prediction.genre in GENRES
    assert prediction.timeline is not None
    assert prediction.timeline.hop_s <= 1
    n_windows = 1 + math.floor((prediction.duration_s - model.card.window_s) / model.card.hop_s)
    assert len(prediction.timeline.probabilities) == n_windows
    assert model.embed(song).vectors.shape == (n_windows, 192)


def test_a_card_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    network, front_end = make_network("fma-crnn", 4, (190, 96)), make_feature("logmel:musicnn").settings
    card = _card(network, front_end)
    for wrong, words in (
        (replace(card, sample_rate_hz=22_050), "at 16000 Hz; the card says"),
        (replace(card, window_s=1.0), "take them from window_times"),
        (replace(card, front_end="logmel@1"), "was given a front end"),
    ):
        with pytest.raises(UsageError, match=words):
            export_network(network, wrong, tmp_path / "tiny.onnx", front_end)
    with pytest.raises(UsageError, match="was given no front end"):
        export_network(network, card, tmp_path / "tiny.onnx")
    with pytest.raises(UsageError, match="temperature is above 0"):
        export_network(network, card, tmp_path / "tiny.onnx", front_end, temperature=0.0)
    assert list(tmp_path.iterdir()) == []


def test_a_network_of_30_s_answers_every_second() -> None:
    network = make_network("fma-cnn", 8, (400, 128))
    times = window_times(network, make_feature("logmel:fma-cnn").settings)
    assert times.window_s == pytest.approx(29.93, abs=0.01)
    assert times.hop_s == pytest.approx(0.975, abs=0.001)


def test_windows_of_less_than_a_second_leave_nothing_unheard() -> None:
    network = make_network("yamnet-finetune", 8, (96, 64))
    times = window_times(network, make_feature("logmel:yamnet", n_frames=96).settings)
    assert times.hop_s <= times.window_s < 1

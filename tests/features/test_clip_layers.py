"""The front end inside exported networks is the feature that they learned from."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from genrescope.errors import UsageError
from genrescope.features import logmel, mfcc
from genrescope.features.clip_layers import ClipLayer, ClipSettings, longest_hop
from genrescope.features.logmel import FMA_CNN, MUSICNN, OVER_TIME, VGGISH, LogMelSettings
from genrescope.features.mfcc import FMA_MFCC_NETS, MfccSettings
from genrescope.records import Clip, FloatArray

SETTINGS: dict[str, ClipSettings] = {
    "fma-cnn": replace(FMA_CNN, n_frames=20),
    "over-time": OVER_TIME,
    "vggish": VGGISH,
    "musicnn": MUSICNN,
    "mfcc": replace(FMA_MFCC_NETS, n_frames=40),
    "short windows, in the middle": LogMelSettings(n_fft=1_024, window_samples=700, hop_samples=300, n_mels=40),
    "magnitudes": LogMelSettings(power=1, n_mels=40),
    "mfcc, not in the middle": MfccSettings(n_mfcc=13, n_mels=40, center=False, top_db=40.0),
}


def _sound(n_samples: int, rate_hz: int) -> FloatArray:
    """Return tones that come and go over quiet noise, so that the floor below the loudest is reached."""
    t = np.arange(n_samples) / rate_hz
    tones = np.sin(2 * np.pi * 440 * t) * (np.sin(2 * np.pi * 1.5 * t) > 0) + 0.2 * np.sin(2 * np.pi * 3_000 * t * t)
    return np.asarray(0.3 * tones + 1e-4 * np.random.default_rng(1).normal(size=n_samples), dtype=np.float32)


def _feature(settings: ClipSettings, clip: FloatArray) -> FloatArray:
    heard = Clip(clip, settings.sample_rate_hz)
    return mfcc.compute(settings, heard) if isinstance(settings, MfccSettings) else logmel.compute(settings, heard)


@pytest.mark.parametrize("name", SETTINGS)
def test_each_window_is_a_clip(name: str) -> None:
    settings = SETTINGS[name]
    layer = ClipLayer(settings, settings.n_frames or 24)
    hop, size = longest_hop(settings, 0.1), layer.clip_samples
    sound = _sound(size + 3 * hop, settings.sample_rate_hz)
    found = layer.windows(torch.from_numpy(sound)[None], hop)[0].numpy()
    assert len(found) == 4
    for index, window in enumerate(found):
        expected = _feature(settings, sound[index * hop : index * hop + size])[: layer.n_frames]
        assert window.shape == expected.shape
        assert np.abs(window - expected).max() < 5e-3 * max(1.0, np.abs(expected).max() / 80)


def test_a_clip_has_just_its_frames() -> None:
    for settings in SETTINGS.values():
        layer = ClipLayer(settings, settings.n_frames or 24)
        clip = _sound(layer.clip_samples, settings.sample_rate_hz)
        assert len(_feature(replace(settings, n_frames=None), clip)) == layer.n_frames
        assert layer(torch.from_numpy(clip)[None]).shape[1] == layer.n_frames


def test_frames_are_shared_where_they_lie_whole_inside() -> None:
    assert ClipLayer(MUSICNN, 10).shares_frames(512)
    assert not ClipLayer(MUSICNN, 10).shares_frames(500)
    assert not ClipLayer(OVER_TIME, 10).shares_frames(1_024)


def test_a_hop_that_shares_no_frame_is_heard_all_the_same() -> None:
    layer = ClipLayer(MUSICNN, 10)
    sound = torch.from_numpy(_sound(layer.clip_samples + 2 * 300, 16_000))[None]
    with torch.inference_mode():
        found = layer.windows(sound, 300)[0]
        alone = layer(sound[:, 300 : 300 + layer.clip_samples])[0]
    assert found.shape[0] == 3
    assert torch.allclose(found[1], alone, atol=1e-4)


def test_silence_is_finite() -> None:
    for settings in SETTINGS.values():
        layer = ClipLayer(settings, settings.n_frames or 24)
        assert torch.isfinite(layer(torch.zeros(1, layer.clip_samples))).all()


def test_another_number_of_frames_is_refused() -> None:
    with pytest.raises(UsageError, match="takes 300 frames, and the feature's n_frames=400"):
        ClipLayer(FMA_CNN, 300)


def test_hops_are_whole_frames() -> None:
    for settings in SETTINGS.values():
        hop = longest_hop(settings)
        assert hop % settings.hop_samples == 0
        assert hop <= settings.sample_rate_hz < hop + settings.hop_samples
    assert longest_hop(OVER_TIME, 0.001) == OVER_TIME.hop_samples

"""The network's shapes and weights, and how its scores become our genres."""

import torch

from genrescope.models.musicnn import HOP_SAMPLES, WINDOW_SAMPLES
from genrescope.models.yamnet import SameConv, Yamnet, YamnetGenres, YamnetTrunk

REFERENCE = {
    "genres": [
        {"classes": [1, 2], "mean": -4.0, "deviation": 1.0},
        {"classes": [], "mean": 0.0, "deviation": 1.0},
        {"classes": [300], "mean": -5.0, "deviation": 2.0},
    ],
    "spread": 2.0,
    "voice": [24],
    "speech": [0],
    "music": [132],
    "voice_middle": 0.012,
    "voice_sharpness": 1.5,
}


def test_weights() -> None:
    assert round(sum(weight.numel() for weight in Yamnet().parameters()) / 1e6, 1) == 3.7


def test_a_stride_of_two_pads_after() -> None:
    picture = 1 + torch.rand(1, 1, 96, 64)
    for stride in (1, 2):
        layer = SameConv(1, 1, stride)
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.zero_()
            layer.conv.weight[0, 0, -1, -1] = 1  # each output is the pixel at its window's last corner
            seen = layer(picture)[0, 0]
        # stride 1 pads one on each side, so that corner is one further; stride 2 pads only after: two further
        expected = torch.nn.functional.pad(picture[0, 0], (0, 1, 0, 1))[stride::stride, stride::stride]
        assert seen.shape == (96 // stride, 64 // stride)
        assert torch.equal(seen, expected)


def test_patches() -> None:
    with torch.inference_mode():
        embedding, classes = YamnetTrunk(Yamnet()).eval()(torch.zeros(2, 15_600 + 7_680))
    assert embedding.shape == (2, 2, 1024)
    assert classes.shape == (2, 2, 521)


def test_genres_of_each_window_sum_to_one() -> None:
    waveform = 0.1 * torch.randn(2, WINDOW_SAMPLES + HOP_SAMPLES)
    with torch.inference_mode():
        probabilities, track, embedding, voice, speech = YamnetGenres(Yamnet(), REFERENCE).eval()(waveform)
    assert probabilities.shape == (2, 2, 3)
    assert embedding.shape == (2, 2, 1024)
    assert voice.shape == speech.shape == (2, 2)
    assert torch.allclose(probabilities.sum(dim=-1), torch.ones(2, 2))
    assert torch.allclose(track, probabilities.mean(dim=1))

"""The network's shapes, weights and windows."""

import torch

from genrescope.features.logmel import MUSICNN
from genrescope.features.logmel_layer import LogMel
from genrescope.models.musicnn import HOP_SAMPLES, N_FRAMES, WINDOW_SAMPLES, Musicnn, MusicnnTrunk, Temporal


def test_weights_are_those_of_the_published_network() -> None:
    assert sum(weight.numel() for weight in Musicnn().parameters()) == 787_159


def test_shapes() -> None:
    with torch.inference_mode():
        embedding, tags = Musicnn().eval()(torch.rand(2, N_FRAMES, 96))
    assert embedding.shape == (2, 200)
    assert tags.shape == (2, 50)


def test_long_filters_are_padded_as_tensorflow_pads_them() -> None:
    mel = 1 + torch.rand(1, 1, N_FRAMES, 1)
    for length, before, after in ((128, 63, 64), (64, 31, 32), (32, 15, 16)):
        block = Temporal(2, length).eval()
        block.norm = torch.nn.Identity()  # type: ignore[assignment]
        with torch.no_grad():
            for parameter in block.conv.parameters():
                parameter.zero_()
            block.conv.weight[0, 0, 0] = block.conv.weight[1, 0, -1] = 1  # one looks back, one ahead, as far as it can
            back, ahead = block(mel)[0]
        assert torch.equal(back, torch.cat([torch.zeros(before), mel[0, 0, :-before, 0]]))
        assert torch.equal(ahead, torch.cat([mel[0, 0, after:, 0], torch.zeros(after)]))


def test_trunk_is_the_network_window_by_window() -> None:
    network, logmel = Musicnn().eval(), LogMel(MUSICNN)
    waveform = 0.1 * torch.randn(2, WINDOW_SAMPLES + 2 * HOP_SAMPLES + 100, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        together = MusicnnTrunk(network).eval()(waveform)
        starts = [i * HOP_SAMPLES for i in range(3)]
        alone = [network.embed(logmel(waveform[:, start : start + WINDOW_SAMPLES])) for start in starts]
    assert together.shape == (2, 3, 200)
    assert torch.allclose(together, torch.stack(alone, dim=1), atol=1e-4)
    assert not torch.allclose(together[:, 0], together[:, 1], atol=1e-4)

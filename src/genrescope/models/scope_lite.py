"""scope-lite: a small trunk that says what musicnn says, at far fewer multiply-adds (ours).

musicnn spends nearly all of its work on two wide convolutions that slide over the bands and are pooled at once. Here
the 96 bands are the channels: every layer is a product of dense matrices over time, the form that processors run
best. Max and mean over the window follow, as in musicnn. No convolution is padded along time: a window's embedding
depends on the window's samples alone, so one pass over a long waveform serves all its overlapping windows, and the
answer does not depend on where the waveform was cut.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from genrescope.errors import ModelError
from genrescope.features.logmel import MUSICNN
from genrescope.models._bundle import read_graph
from genrescope.models.musicnn import HOP_FRAMES, N_EMBEDDING, N_FRAMES

TIME_STRIDE = 2
FIRST_STEPS = 5
SPREADS = (1, 2, 4, 8)
"""Dilation of each block's convolution along time."""


class Normalised(nn.Module):
    """A dense layer over the channels and a batch norm: (n, time, n_in) to (n, time, n_out)."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.dense = nn.Linear(n_in, n_out, bias=False)
        self.norm = nn.BatchNorm1d(n_out)

    def forward(self, x: Tensor) -> Tensor:
        """Return the normalised product."""
        product = self.dense(x)
        return self.norm(product.reshape(-1, product.shape[2])).reshape(product.shape)


class Block(nn.Module):
    """A residual pair of layers: 3 steps along time, `spread` apart, then a mixing of the channels."""

    def __init__(self, width: int, spread: int) -> None:
        super().__init__()
        self.spread = spread
        self.along = Normalised(3 * width, width)
        self.mix = Normalised(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(n, time, width) to (n, time - 2 * spread, width); what is shortened is cropped from the shortcut."""
        d = self.spread
        steps = torch.cat([x[:, : -2 * d], x[:, d:-d], x[:, 2 * d :]], dim=2)
        return torch.relu(self.mix(torch.relu(self.along(steps))) + x[:, d:-d])


class ScopeLite(nn.Module):
    """Log-mel frames to the embedding of each window of 187 frames, one every 62.

    Parameters
    ----------
    width : int
        Channels of every layer.
    n_dense : int
        Numbers between the pooled features and the embedding.
    """

    def __init__(self, width: int = 288, n_dense: int = 320) -> None:
        super().__init__()
        self.first = Normalised(FIRST_STEPS * MUSICNN.n_mels, width)
        self.blocks = nn.Sequential(*(Block(width, spread) for spread in SPREADS))
        self.dense = nn.Sequential(nn.Linear(4 * width, n_dense), nn.ReLU(), nn.Linear(n_dense, N_EMBEDDING))

    @property
    def pooled_steps(self) -> int:
        """Steps that a window pools over, after all that the layers along time take away."""
        return (N_FRAMES - FIRST_STEPS) // TIME_STRIDE + 1 - 2 * sum(SPREADS)

    def forward(self, mel: Tensor) -> Tensor:
        """(n, n_frames, 96) to (n, n_windows, 200)."""
        near = torch.relu(self.first(mel.unfold(1, FIRST_STEPS, TIME_STRIDE).flatten(2)))
        crop = sum(SPREADS)
        features = torch.cat([near[:, crop:-crop], self.blocks(near)], dim=2).transpose(1, 2)[..., None]
        size, step = (self.pooled_steps, 1), (HOP_FRAMES // TIME_STRIDE, 1)
        largest = nn.functional.max_pool2d(features, size, step)
        mean = nn.functional.avg_pool2d(features, size, step)
        return self.dense(torch.cat([largest, mean], dim=1)[..., 0].transpose(1, 2))


def read_network(path: Path) -> ScopeLite:
    """Return the network inside a model file of the default widths, to the last bit.

    The exporter keeps the names of all weights but those of the dense layers, which it turns; their products come in
    the order of the layers.

    Raises
    ------
    ModelError
        Where the file holds another network.
    """
    graph = read_graph(path)
    network = ScopeLite()
    weights = network.state_dict()
    dense = [name for name in weights if name.endswith("weight") and ".norm." not in name]
    found = {name.removeprefix("trunk.network."): array for name, array in graph.named.items()}
    found |= {name: array.T for name, array in zip(dense, graph.factors, strict=False)}
    wanted = [name for name in weights if not name.endswith("num_batches_tracked")]
    try:
        network.load_state_dict(weights | {name: torch.tensor(found[name]) for name in wanted})
    except (KeyError, RuntimeError) as cause:
        raise ModelError(f"{path}: its trunk is not scope-lite.") from cause
    return network.eval()

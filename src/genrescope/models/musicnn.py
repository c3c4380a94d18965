"""musicnn: musically motivated filters over a log-mel spectrogram (Pons and Serra 2019, arXiv:1909.06654).

Wide filters slide over the bands and are pooled at once (timbre), long ones over time (rhythm); three dense-connected
convolutions over time follow, then max and mean over the window. Batch norm comes after the relu, with eps 1e-3.
Published with 787,000 weights and 50 tags. `forward` takes windows of 187 frames as the published network does.
"""

import torch
from torch import Tensor, nn

from genrescope.features.logmel import MUSICNN
from genrescope.features.logmel_layer import LogMel

N_FRAMES = 187
HOP_FRAMES = 62
N_EMBEDDING = 200
WINDOW_SAMPLES = MUSICNN.window + (N_FRAMES - 1) * MUSICNN.hop_samples
HOP_SAMPLES = HOP_FRAMES * MUSICNN.hop_samples
EPS = 1e-3


class Timbral(nn.Module):
    """Filters of 7 frames by `n_bands` bands, the largest response over all bands taken."""

    def __init__(self, n_filters: int, n_bands: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, n_filters, (7, n_bands), padding=(3, 0))
        self.norm = nn.BatchNorm2d(n_filters, eps=EPS)

    def forward(self, mel: Tensor) -> Tensor:
        """(n, 1, n_frames, n_mels) to (n, n_filters, n_frames)."""
        return self.norm(torch.relu(self.conv(mel))).amax(dim=3)


class Temporal(nn.Module):
    """Filters of `length` frames over each band alone, the largest response over all bands taken."""

    def __init__(self, n_filters: int, length: int) -> None:
        super().__init__()
        before = (length - 1) // 2  # "same" as TensorFlow pads it: the odd one goes after
        self.pad = nn.ZeroPad2d((0, 0, before, length - 1 - before))
        self.conv = nn.Conv2d(1, n_filters, (length, 1))
        self.norm = nn.BatchNorm2d(n_filters, eps=EPS)

    def forward(self, mel: Tensor) -> Tensor:
        """(n, 1, n_frames, n_mels) to (n, n_filters, n_frames)."""
        return self.norm(torch.relu(self.conv(self.pad(mel)))).amax(dim=3)


class Middle(nn.Module):
    """A convolution of 7 frames over time, relu, batch norm."""

    def __init__(self, n_in: int, n_filters: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(n_in, n_filters, 7, padding=3)
        self.norm = nn.BatchNorm1d(n_filters, eps=EPS)

    def forward(self, features: Tensor) -> Tensor:
        """(n, n_in, n_frames) to (n, n_filters, n_frames)."""
        return self.norm(torch.relu(self.conv(features)))


class Musicnn(nn.Module):
    """The published network: windows of log-mel to an embedding of 200 and tag logits.

    Parameters
    ----------
    n_tags : int
        Width of the output; 50 in the published checkpoints.
    """

    def __init__(self, n_tags: int = 50) -> None:
        super().__init__()
        self.input_norm = nn.BatchNorm2d(1, eps=EPS)
        self.front = nn.ModuleList(
            [Timbral(204, 38), Timbral(204, 67), Temporal(51, 128), Temporal(51, 64), Temporal(51, 32)]
        )
        self.middle = nn.ModuleList([Middle(561, 64), Middle(64, 64), Middle(64, 64)])
        self.pool_norm = nn.BatchNorm1d(2 * 753, eps=EPS)
        self.dense = nn.Linear(2 * 753, N_EMBEDDING)
        self.dense_norm = nn.BatchNorm1d(N_EMBEDDING, eps=EPS)
        self.output = nn.Linear(N_EMBEDDING, n_tags)

    def features(self, mel: Tensor) -> Tensor:
        """Log-mel windows (n, 187, 96) to what is pooled over time, (n, 753, 187)."""
        normalised = self.input_norm(mel[:, None])
        front = torch.cat([block(normalised) for block in self.front], dim=1)
        first = self.middle[0](front)
        second = self.middle[1](first) + first
        third = self.middle[2](second) + second
        return torch.cat([front, first, second, third], dim=1)

    def embed(self, mel: Tensor) -> Tensor:
        """Log-mel windows (n, 187, 96) to embeddings (n, 200)."""
        features = self.features(mel)
        pooled = torch.stack([features.amax(dim=2), features.mean(dim=2)], dim=2).flatten(1)  # max and mean interleave
        return self.dense_norm(torch.relu(self.dense(self.pool_norm(pooled))))

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """Log-mel windows (n, 187, 96) to embeddings (n, 200) and tag logits (n, n_tags)."""
        embedding = self.embed(mel)
        return embedding, self.output(embedding)


class MusicnnTags(nn.Module):
    """Waveform to the tags of each window as shares of their sum, their mean, and the embedding."""

    def __init__(self, network: Musicnn) -> None:
        super().__init__()
        self.trunk = MusicnnTrunk(network)

    def forward(self, waveform: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(n_blocks, n_samples) to (n_blocks, n_windows, n_tags), (n_blocks, n_tags), (n_blocks, n_windows, 200)."""
        embedding = self.trunk(waveform)
        scores = torch.sigmoid(self.trunk.network.output(embedding))
        shares = scores / scores.sum(dim=-1, keepdim=True)
        return shares, shares.mean(dim=1), embedding


class MusicnnTrunk(nn.Module):
    """Waveform to the embedding of each window, the published network applied window by window."""

    def __init__(self, network: Musicnn) -> None:
        super().__init__()
        self.logmel = LogMel(MUSICNN)
        self.network = network

    def forward(self, waveform: Tensor) -> Tensor:
        """(n_blocks, n_samples) to (n_blocks, n_windows, 200)."""
        windows = self.logmel(waveform).unfold(1, N_FRAMES, HOP_FRAMES)
        flat = windows.transpose(2, 3).flatten(0, 1)
        return self.network.embed(flat).unflatten(0, (-1, windows.shape[1]))

"""YAMNet: MobileNet v1 over log-mel patches of 0.96 s, 521 AudioSet classes (Plakal and Ellis 2019).

14 layers: one convolution, then 13 of a depthwise and a pointwise convolution each; 3.7 million weights. Batch norm is
folded into the convolutions, as it is in the published TensorFlow Lite file.
"""

from typing import Any

import torch
from torch import Tensor, nn

from genrescope.features.logmel import YAMNET
from genrescope.features.logmel_layer import LogMel
from genrescope.models.musicnn import HOP_SAMPLES, WINDOW_SAMPLES

N_CLASSES = 521
N_EMBEDDING = 1024
PATCH_FRAMES = 96
PATCH_HOP_FRAMES = 48
LAYERS = (
    (1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512),
    (1, 512), (1, 512), (1, 512), (1, 512), (1, 512), (2, 1024), (1, 1024),
)  # fmt: skip
"""Stride and width of each separable layer."""


class SameConv(nn.Module):
    """A 3 × 3 convolution padded as TensorFlow's SAME: with stride 2 the odd row and column go after."""

    def __init__(self, n_in: int, n_out: int, stride: int, groups: int = 1) -> None:
        super().__init__()
        self.pad = nn.ZeroPad2d((2 - stride, 1, 2 - stride, 1))
        self.conv = nn.Conv2d(n_in, n_out, 3, stride=stride, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """(n, n_in, height, width) to (n, n_out, height / stride, width / stride)."""
        return torch.relu(self.conv(self.pad(x)))


class Separable(nn.Module):
    """A depthwise 3 × 3 convolution, then a pointwise one."""

    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.depthwise = SameConv(n_in, n_in, stride, groups=n_in)
        self.pointwise = nn.Conv2d(n_in, n_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(n, n_in, height, width) to (n, n_out, height / stride, width / stride)."""
        return torch.relu(self.pointwise(self.depthwise(x)))


class Yamnet(nn.Module):
    """The network: patches of log-mel to an embedding of 1,024 and class logits."""

    def __init__(self) -> None:
        super().__init__()
        self.first = SameConv(1, 32, 2)
        widths = [32, *(width for _, width in LAYERS)]
        self.layers = nn.Sequential(
            *(Separable(n_in, n_out, stride) for n_in, (stride, n_out) in zip(widths, LAYERS, strict=False))
        )
        self.output = nn.Linear(N_EMBEDDING, N_CLASSES)

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Log-mel patches (n, 96, 64) to embeddings (n, 1024) and class logits (n, 521)."""
        embedding = self.layers(self.first(patches[:, None])).mean(dim=(2, 3))
        return embedding, self.output(embedding)


class YamnetTrunk(nn.Module):
    """Waveform to embeddings and class probabilities of each patch, one every 0.48 s."""

    def __init__(self, network: Yamnet) -> None:
        super().__init__()
        self.logmel = LogMel(YAMNET)
        self.network = network

    def forward(self, waveform: Tensor) -> tuple[Tensor, Tensor]:
        """(n_blocks, n_samples) to (n_blocks, n_patches, 1024) and (n_blocks, n_patches, 521)."""
        patches = self.logmel(waveform).unfold(1, PATCH_FRAMES, PATCH_HOP_FRAMES)
        embedding, logits = self.network(patches.transpose(2, 3).flatten(0, 1))
        shape = (-1, patches.shape[1])
        return embedding.unflatten(0, shape), torch.sigmoid(logits).unflatten(0, shape)


class YamnetGenres(nn.Module):
    """YAMNet as a model file: its class scores said in our genres, for the windows of the bundled model.

    Parameters
    ----------
    network : Yamnet
        The network.
    reference : dict
        ``genres``: for each of our genres the class indices that say it, and mean and deviation of their log-odds
        over songs; ``spread``: logits a deviation; ``voice``, ``speech``, ``music``: class indices; ``voice_middle``
        and ``voice_sharpness``: the score at which a voice is as likely as not, and how steep it is there.
    """

    def __init__(self, network: Yamnet, reference: dict[str, Any]) -> None:
        super().__init__()
        self.trunk = YamnetTrunk(network)
        self.reference = reference

    def forward(self, waveform: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Return probabilities, track, embedding, voice and speech, as `models._bundle.export` states them."""
        n_windows = 1 + (waveform.shape[1] - WINDOW_SAMPLES) // HOP_SAMPLES
        windows = waveform.unfold(1, WINDOW_SAMPLES, HOP_SAMPLES)
        embedding, classes = self.trunk(windows.flatten(0, 1))
        embedding = embedding.mean(dim=1).unflatten(0, (-1, n_windows))
        classes = classes.mean(dim=1).unflatten(0, (-1, n_windows))
        probabilities = torch.softmax(self._logits(classes), dim=-1)
        speech = self._loudest(classes, "speech") * (1 - self._loudest(classes, "music"))
        return probabilities, probabilities.mean(dim=1), embedding, self._voice(classes), speech

    def _voice(self, classes: Tensor) -> Tensor:
        middle = torch.logit(torch.tensor(self.reference["voice_middle"]))
        odds = torch.logit(self._loudest(classes, "voice").clamp(1e-5, 1 - 1e-5))
        return torch.sigmoid(self.reference["voice_sharpness"] * (odds - middle))

    def _loudest(self, classes: Tensor, name: str) -> Tensor:
        return classes[..., self.reference[name]].amax(dim=-1)

    def _logits(self, classes: Tensor) -> Tensor:
        columns = [self._logit(classes, genre) for genre in self.reference["genres"]]
        return self.reference["spread"] * torch.stack(columns, dim=-1)

    def _logit(self, classes: Tensor, genre: dict[str, Any]) -> Tensor:
        if not genre["classes"]:
            return torch.zeros_like(classes[..., 0])  # YAMNet has no word for it: neither for nor against
        odds = torch.logit(classes[..., genre["classes"]].amax(dim=-1).clamp(1e-5, 1 - 1e-5))
        return (odds - genre["mean"]) / genre["deviation"]

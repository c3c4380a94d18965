"""VGGish's published weights (Hershey et al. 2017), as its PyTorch port publishes them.

The port's file has the layers of `genrescope.models.vggish.Vggish` under the same names. The weights are Apache-2.0;
they do not ship with genrescope.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from genrescope.features import logmel
from genrescope.models.vggish import PATCH_FRAMES, Vggish
from genrescope.pretrained._weights import Published, fill, read_weights, weight_file
from genrescope.records import Clip, FloatArray

VGGISH = Published(
    "VGGish",
    "https://github.com/harritaylor/torchvggish/releases/download/v0.1/vggish-10086976.pth",
    "10086976",
    "Apache-2.0",
)


def load_vggish(base: nn.Module, source: Path | None = None) -> None:
    """Fill VGGish from its published file; None fetches it.

    Raises
    ------
    ModelError
        The file is not there, cannot be fetched, or holds something else.
    """
    path = published_file(source)
    fill(base, read_weights(path), path, VGGISH.what)


def published_file(source: Path | None = None) -> Path:
    """Return the file with VGGish's weights: `source`, or what is fetched (once) into the cache; else `ModelError`."""
    return weight_file(VGGISH, source)


class Listener:
    """VGGish as it was published, without the post-processor of its code.

    Parameters
    ----------
    path : Path
        Its weights.

    Raises
    ------
    ModelError
        The file holds something else.
    """

    def __init__(self, path: Path) -> None:
        self.network = Vggish().eval()
        load_vggish(self.network, path)

    def __call__(self, clip: Clip) -> FloatArray:
        """Return the embeddings of a clip at 16 kHz, at least 1 s, shape (n_patches, 128), float32: one each 0.96 s."""
        frames = logmel.compute(logmel.VGGISH, clip)
        n_patches = len(frames) // PATCH_FRAMES
        patches = torch.from_numpy(frames[: n_patches * PATCH_FRAMES]).unflatten(0, (n_patches, PATCH_FRAMES))
        with torch.inference_mode():
            return np.concatenate([self.network(some).numpy() for some in patches.split(32)])

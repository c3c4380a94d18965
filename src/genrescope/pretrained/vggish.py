"""VGGish's published weights (Hershey et al. 2017), as its PyTorch port publishes them.

The port's file has the layers of `genrescope.models.vggish.Vggish` under the same names. The weights are Apache-2.0;
they do not ship with genrescope.
"""

from pathlib import Path

from torch import nn

from genrescope.pretrained._weights import Published, fill, read_weights, weight_file

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
    path = weight_file(VGGISH, source)
    fill(base, read_weights(path), path, VGGISH.what)

"""A student's network under the front end of its teacher."""

from torch import Tensor, nn

from genrescope.features.logmel import MUSICNN
from genrescope.features.logmel_layer import LogMel


class LogMelTrunk(nn.Module):
    """Waveform (n_blocks, n_samples) to the embedding of each window (n_blocks, n_windows, 200).

    Parameters
    ----------
    network : Module
        Log-mel frames (n, n_frames, 96) to embeddings (n, n_windows, 200).
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.logmel = LogMel(MUSICNN)
        self.network = network

    def forward(self, waveform: Tensor) -> Tensor:
        """Return the embedding of each window."""
        embedding: Tensor = self.network(self.logmel(waveform))
        return embedding

"""Windows of several tracks in one tensor, and each track's mean over its windows."""

from collections.abc import Sequence

import torch
from torch import Tensor


class Tracks:
    """How many windows each track has.

    Parameters
    ----------
    lengths : sequence of int
        Windows of each track; they stand one behind the other.
    """

    def __init__(self, lengths: Sequence[int]) -> None:
        self.lengths = torch.tensor(lengths)
        self.of_window = torch.repeat_interleave(torch.arange(len(lengths)), self.lengths)

    def mean(self, windows: Tensor) -> Tensor:
        """Return each track's mean, (n_windows, n) to (n_tracks, n)."""
        total = windows.new_zeros(len(self.lengths), windows.shape[1])
        return total.index_add(0, self.of_window, windows) / self.lengths[:, None]

    def spread(self, weights: Tensor) -> Tensor:
        """Return each window's share of its track's weight, (n_tracks,) to (n_windows,)."""
        return (weights / self.lengths)[self.of_window]

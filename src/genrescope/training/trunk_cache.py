"""What a frozen trunk gives for every example, computed once and kept on disk.

The file's name is made of the trunk's weights and of the examples' numbers: another trunk, or other data, is another
file.
"""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from genrescope.errors import UsageError
from genrescope.models._network import GenreNetwork, InputForm, TrunkNetwork
from genrescope.training._whole import write_whole
from genrescope.training.answer import answering
from genrescope.training.batches import Batches
from genrescope.training.examples import ArrayInputs, Examples

BATCH = 16


class TopOf(GenreNetwork):
    """The learning part of a network: what its trunk gives to genres.

    Parameters
    ----------
    network : TrunkNetwork
        The whole; its trunk learns nothing.
    shape : tuple of int
        Of what the trunk gives for an example.
    """

    def __init__(self, network: TrunkNetwork, shape: tuple[int, ...]) -> None:
        super().__init__(InputForm(shape))
        self.whole = network

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, d)."""
        return self.whole.top_answer(x)


def through_trunk(network: GenreNetwork, examples: Examples, folder: Path) -> Examples:
    """Return examples whose inputs are what the frozen trunk gives for them, memory-mapped.

    Parameters
    ----------
    network : GenreNetwork
        With a `frozen_trunk`.
    examples : Examples
        As the network takes them.
    folder : Path
        Where the files are kept.

    Raises
    ------
    UsageError
        No part of the network is frozen.
    """
    trunk = network.frozen_trunk()
    if trunk is None:
        raise UsageError(f"{type(network).__name__} has no frozen trunk whose output could be kept.")
    path = folder / f"trunk-{_fingerprint(trunk, examples)}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda partial: _compute(trunk, examples, partial))
    kept = ArrayInputs(np.load(path, mmap_mode="r"))
    return replace(examples, inputs=kept, input={**examples.input, "trunk": path.stem})


def _compute(trunk: nn.Module, examples: Examples, path: Path) -> None:
    out = None
    with answering(trunk):
        done = 0
        for batch in Batches(examples, BATCH):
            values = trunk(batch.x).float().numpy()
            if out is None:
                out = np.lib.format.open_memmap(path, "w+", np.float32, (len(examples), *values.shape[1:]))
            out[done : done + len(values)] = values
            done += len(values)
    if out is not None:
        out.flush()


def _fingerprint(trunk: nn.Module, examples: Examples) -> str:
    digest = hashlib.sha256(repr((type(trunk).__name__, trunk)).encode())
    for name, value in trunk.state_dict().items():
        digest.update(name.encode() + value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    for batch in Batches(examples, BATCH):
        digest.update(batch.x.contiguous().numpy().tobytes())
    return digest.hexdigest()[:24]

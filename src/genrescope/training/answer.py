"""What a trained network says of examples, batch by batch."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from genrescope.records import FloatArray
from genrescope.training._allocator import reusing_memory
from genrescope.training.batches import Batches
from genrescope.training.examples import Examples


def answer(network: nn.Module, examples: Examples, *, batch_size: int = 64) -> FloatArray:
    """Return probabilities, shape (n, n_labels): softmax, or sigmoid where a track may have several genres.

    Parameters
    ----------
    network : Module
        Feature batch to logits (n, n_labels); computed in float32 on the device where it is.
    examples : Examples
        In their own order.
    batch_size : int
        How many at a time; memory holds no more.
    """
    device = next((weight.device for weight in network.parameters()), torch.device("cpu"))
    said = []
    with answering(network):
        for batch in Batches(examples, batch_size):
            logits = network(batch.x.to(device)).float()
            said.append((logits.sigmoid() if examples.multi_label else logits.softmax(dim=1)).cpu().numpy())
    return np.concatenate(said) if said else np.zeros((0, len(examples.labels)), dtype=np.float32)


@contextmanager
def answering(network: nn.Module) -> Iterator[None]:
    """Put a network into evaluation mode for a while, without gradients."""
    was = network.training
    try:
        network.eval()
        with torch.no_grad(), reusing_memory():
            yield
    finally:
        network.train(was)

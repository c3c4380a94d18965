"""Pictures of half the height, as the first step of a network that is trained on growing pictures takes them."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import UsageError
from genrescope.training.examples import Examples, Indices, Inputs


@dataclass(frozen=True, eq=False)
class Halved:
    """Pictures whose rows are the means of two rows each; an odd last row is left out."""

    of: Inputs

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example."""
        height, *rest = self.of.shape or (0,)
        return (height // 2, *rest)

    def __len__(self) -> int:
        return len(self.of)

    def batch(self, indices: Indices) -> NDArray[Any]:
        """Return pictures, float32."""
        whole = self.of.batch(indices)[:, : 2 * self.shape[0]].astype(np.float32)
        return (whole[:, 0::2] + whole[:, 1::2]) / 2


def halved(examples: Examples) -> Examples:
    """Return examples of half the height; UsageError where they are no pictures of one size."""
    shape = examples.inputs.shape
    if shape is None or len(shape) not in {2, 3}:
        raise UsageError(f"pictures of one size are expected, (height, width[, channels]); got shape {shape}.")
    return replace(examples, inputs=Halved(examples.inputs), input={**examples.input, "halved": True})

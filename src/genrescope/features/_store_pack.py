"""Numbers made smaller for the disk, and the loss that it costs, measured where it happens."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import UsageError
from genrescope.records import FloatArray

DType = Literal["float32", "float16", "uint8"]
DTYPES: tuple[str, ...] = get_args(DType)

_HALF_EXPONENT = 15  # float16 ends at 65504: half of that leaves room for rounding
_MIN_EXPONENT = -90  # below it the scale itself would leave float32


@dataclass(frozen=True, eq=False)
class Packed:
    """An array as it lies on the disk: ``values * scale + offset`` are the numbers.

    Attributes
    ----------
    values : ndarray of float32, float16 or uint8
        In C order.
    scale, offset : float
        Exact in float32; 1 and 0 for float32.
    low, high : float
        The range of the numbers before packing.
    error_max, error_rms : float
        Largest and root-mean-square difference to the numbers before packing.
    """

    values: NDArray[Any]
    scale: float = 1.0
    offset: float = 0.0
    low: float = 0.0
    high: float = 0.0
    error_max: float = 0.0
    error_rms: float = 0.0


def check_dtype(dtype: str) -> DType:
    """Return `dtype`; UsageError where the store does not know it."""
    for known in get_args(DType):
        if dtype == known:
            return known
    raise UsageError(f"a store holds {', '.join(DTYPES)}; got dtype {dtype!r}.")


def pack(numbers: FloatArray, dtype: DType) -> Packed:
    """Pack finite numbers.

    float16 is scaled by a power of two, so that neither large nor small ones leave its range and only its 11 bits
    matter; uint8 spreads 256 levels evenly over the array's own range.
    """
    if not numbers.size:
        return Packed(numbers.astype(dtype))
    low, high = float(numbers.min()), float(numbers.max())
    if dtype == "float32":
        return Packed(np.ascontiguousarray(numbers, dtype=np.float32), low=low, high=high)
    scale, offset = _half_scale(max(-low, high)) if dtype == "float16" else _byte_scale(low, high)
    scaled = (numbers.astype(np.float64) - offset) / scale
    values = scaled.astype(np.float16) if dtype == "float16" else np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    errors = unpack(values, scale, offset).astype(np.float64) - numbers
    loss_max, loss_rms = float(np.abs(errors).max()), float(np.sqrt(np.mean(errors**2)))
    return Packed(np.ascontiguousarray(values), scale, offset, low, high, loss_max, loss_rms)


def unpack(values: NDArray[Any], scale: float, offset: float, out: FloatArray | None = None) -> FloatArray:
    """Return the numbers as float32, in `out` where it is given."""
    numbers = np.multiply(values, np.float32(scale), out=out, dtype=np.float32)
    if offset:
        numbers += np.float32(offset)
    return numbers


def _half_scale(peak: float) -> tuple[float, float]:
    exponent = int(np.frexp(peak)[1]) if peak else _HALF_EXPONENT
    return float(2.0 ** max(exponent - _HALF_EXPONENT, _MIN_EXPONENT)), 0.0


def _byte_scale(low: float, high: float) -> tuple[float, float]:
    step = float(np.float32((high - low) / 255))
    return (step or 1.0), low

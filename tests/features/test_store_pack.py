"""Numbers made smaller: what is lost, and that the loss is told as it is."""

import numpy as np
import pytest
from numpy.typing import NDArray

from genrescope.errors import UsageError
from genrescope.features._store_pack import DType, check_dtype, pack, unpack

LOSSY: tuple[DType, ...] = ("float16", "uint8")


def numbers(scale: float = 1.0, seed: int = 0) -> NDArray[np.float32]:
    return (scale * np.random.default_rng(seed).normal(size=(40, 30))).astype(np.float32)


def test_float32_is_kept_as_it_is() -> None:
    given = numbers()
    packed = pack(given, "float32")
    assert np.array_equal(packed.values, given)
    assert (packed.scale, packed.offset, packed.error_max, packed.error_rms) == (1, 0, 0, 0)
    assert (packed.low, packed.high) == (given.min(), given.max())


@pytest.mark.parametrize("scale", [1e-20, 1e-6, 1.0, 1e5, 1e20])
def test_float16_keeps_eleven_bits_of_numbers_of_any_size(scale: float) -> None:
    given = numbers(scale)
    packed = pack(given, "float16")
    back = unpack(packed.values, packed.scale, packed.offset)
    assert packed.values.dtype == np.float16
    large = np.abs(given) > np.abs(given).max() / 1000
    assert np.all(np.abs(back - given)[large] <= np.abs(given)[large] * 2.0**-11 * 1.001)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e5])
def test_uint8_is_never_more_than_half_a_level_off(scale: float) -> None:
    given = numbers(scale) + np.float32(3 * scale)
    packed = pack(given, "uint8")
    back = unpack(packed.values, packed.scale, packed.offset)
    assert packed.values.dtype == np.uint8
    level = (float(given.max()) - float(given.min())) / 255
    assert np.abs(back - given).max() <= 0.501 * level


@pytest.mark.parametrize("dtype", LOSSY)
def test_the_loss_told_is_the_loss_that_a_reader_has(dtype: DType) -> None:
    given = numbers(7.0)
    packed = pack(given, dtype)
    errors = unpack(packed.values, packed.scale, packed.offset).astype(np.float64) - given
    assert packed.error_max == np.abs(errors).max() > 0
    assert packed.error_rms == pytest.approx(np.sqrt(np.mean(errors**2)))


@pytest.mark.parametrize("dtype", ["float32", *LOSSY])
@pytest.mark.parametrize("value", [0.0, -2.5])
def test_an_array_of_one_value_loses_nothing(dtype: DType, value: float) -> None:
    given = np.full((3, 4), value, dtype=np.float32)
    packed = pack(given, dtype)
    assert np.array_equal(unpack(packed.values, packed.scale, packed.offset), given)
    assert packed.error_max == 0


def test_an_array_without_a_value() -> None:
    packed = pack(np.zeros((0, 4), dtype=np.float32), "uint8")
    assert packed.values.shape == (0, 4)
    assert packed.values.dtype == np.uint8


def test_an_unknown_dtype_is_refused() -> None:
    with pytest.raises(UsageError, match="float32, float16, uint8; got dtype 'int4'"):
        check_dtype("int4")

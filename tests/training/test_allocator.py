"""Memory that is freed is used again while it is asked for, and given back afterwards."""

import resource

import numpy as np
import pytest

from genrescope.training import _allocator
from genrescope.training._allocator import reusing_memory

N_BYTES = 64 << 20
N_PAGES = N_BYTES // resource.getpagesize()

if _allocator._glibc() is None:
    pytest.skip("only glibc is asked to reuse memory", allow_module_level=True)


def pages_cleared(n_bytes: int) -> int:
    """Return how many pages the system had to clear for an array that is filled and freed."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.empty(n_bytes, np.uint8).fill(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_second_array_lies_where_first_one_lay() -> None:
    with reusing_memory():
        pages_cleared(N_BYTES)
        assert pages_cleared(N_BYTES) < N_PAGES / 100


def test_memory_is_given_back() -> None:
    with reusing_memory():
        pages_cleared(N_BYTES)
    assert pages_cleared(N_BYTES) > N_BYTES / (4 << 20)  # pages may be huge ones


def _fail() -> None:
    with reusing_memory():
        pages_cleared(N_BYTES)
        raise ValueError("failed")


def test_given_back_after_a_failure() -> None:
    with pytest.raises(ValueError, match="failed"):
        _fail()
    assert pages_cleared(N_BYTES) > N_BYTES / (4 << 20)

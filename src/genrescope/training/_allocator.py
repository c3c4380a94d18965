"""Let the process reuse what it frees: a training step needs again what the last one gave back.

The C library hands each large array back to the system, which clears the pages of the next one, in every step anew.
Only glibc is asked to keep them; elsewhere nothing changes.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Numbers of mallopt's parameters, as its manual has them: what is kept at the heap's end, and how many arrays may lie
outside the heap."""
_DEFAULTS = {_TRIM_THRESHOLD: 128 * 1024, _MMAP_MAX: 65_536}
_KEEP_ALL, _NONE_OUTSIDE = -1, 0


@contextmanager
def reusing_memory() -> Iterator[None]:
    """Keep freed memory for a while; at the end the system gets it back."""
    library = _glibc()
    if library is None:
        yield
        return
    library.mallopt(_MMAP_MAX, _NONE_OUTSIDE)
    library.mallopt(_TRIM_THRESHOLD, _KEEP_ALL)
    try:
        yield
    finally:
        for parameter, value in _DEFAULTS.items():
            library.mallopt(parameter, value)
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):  # TypeError: Windows
        return None
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None

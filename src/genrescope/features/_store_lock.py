"""One writer at a time: a lock that ends with the process that holds it, however it ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genrescope.errors import GenrescopeError


@contextmanager
def writer_lock(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, making it where it is not there.

    Raises
    ------
    GenrescopeError
        Another process holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _taken(descriptor):
            held_by = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            raise GenrescopeError(
                f"{path.parent}: another process (number {held_by}) is writing this store; wait for its end, "
                "or name another folder."
            )
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, str(os.getpid()).encode("ascii"))
        yield
    finally:
        os.close(descriptor)  # gives the lock back; the file stays, because removing it would race with a newcomer


if sys.platform == "win32":

    def _taken(descriptor: int) -> bool:
        import msvcrt

        os.lseek(descriptor, 1024, os.SEEK_SET)  # what is locked cannot be read, and the number is to be
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:

    def _taken(descriptor: int) -> bool:
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

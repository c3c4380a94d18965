"""Opening a file for reading, with a reason in words where that is impossible."""

import io
import os
import stat
from pathlib import Path

from genrescope.audio._limits import Stopwatch
from genrescope.errors import AudioError

# O_NONBLOCK: opening a named pipe that nobody writes to would wait for ever. O_BINARY: only Windows has it.
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class AudioInput:
    """The bytes of a file. It has no name, so that no decoder can judge by one.

    Raises
    ------
    AudioError
        While reading: ``timeout``, and ``damaged`` where the disk itself fails.
    """

    def __init__(self, path: str | Path, clock: Stopwatch) -> None:
        self.path = str(path)
        self.clock = clock
        self._raw = _open(path)
        self.size_bytes = os.fstat(self._raw.fileno()).st_size

    def fileno(self) -> int:
        """Return the file descriptor."""
        return self._raw.fileno()

    def read(self, n_bytes: int) -> bytes:
        """Return at most `n_bytes`, fewer only near the end."""
        self.clock.check()
        try:
            return self._raw.read(n_bytes) or b""
        except OSError as error:
            message = f"the disk failed while it was read ({error.strerror}); copy it again from where it came."
            raise AudioError("damaged", self.path, message) from error

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place in the file, in bytes; return it."""
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        """Return the place in the file, in bytes."""
        return self._raw.tell()

    def peek(self, offset: int, n_bytes: int) -> bytes:
        """Return at most `n_bytes` from `offset` on, leaving the place in the file as it was."""
        place = self.tell()
        self.seek(offset)
        found = self.read(n_bytes)
        self.seek(place)
        return found

    def close(self) -> None:
        """Close the file."""
        self._raw.close()


def _open(path: str | Path) -> io.FileIO:
    try:
        descriptor = os.open(path, FLAGS)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise _why_not(path, error) from error
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return io.FileIO(descriptor, "r")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise _is_folder(path)
    message = "it is a pipe or a device, not a file; save the sound to a file first."
    raise AudioError("unsupported", path, message)


def _why_not(path: str | Path, error: OSError | ValueError) -> AudioError:
    if isinstance(error, PermissionError):
        if os.path.isdir(path):  # Windows opens no folder
            return _is_folder(path)
        return AudioError("no_permission", path, "you may not read it; change its permissions (chmod u+r).")
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        if not isinstance(error, ValueError) and os.path.islink(path):
            return AudioError("not_found", path, f"it links to {os.readlink(path)!r}, which is not there.")
        return AudioError("not_found", path, "there is no such file; check the spelling, and quote names with spaces.")
    if stat.S_ISSOCK(_mode(path)):
        return AudioError("unsupported", path, "it is a socket, not a file; save the sound to a file first.")
    return AudioError("not_found", path, f"it cannot be opened ({error.strerror}); check the name.")


def _mode(path: str | Path) -> int:
    try:
        return os.stat(path).st_mode
    except OSError:
        return 0


def _is_folder(path: str | Path) -> AudioError:
    return AudioError("is_folder", path, "it is a folder and one file is expected here; name the files inside it.")

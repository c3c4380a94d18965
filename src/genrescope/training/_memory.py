"""How much memory a stretch of work needed."""

import resource
from contextlib import suppress
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def forget_peak() -> None:
    """Begin anew with the peak, where the system can; elsewhere it is that of the whole process."""
    with suppress(OSError):
        _CLEAR.write_text("5", encoding="ascii")


def peak_mib() -> float:
    """Return the most memory that the process held since `forget_peak`, in MiB."""
    with suppress(OSError):
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

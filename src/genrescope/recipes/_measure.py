"""What a piece of work costs: seconds, and the most memory that the process held meanwhile."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from genrescope.training._memory import forget_peak, peak_mib


@dataclass
class Cost:
    """Seconds of the clock, and MiB of the process at its peak; filled when the work ends."""

    seconds: float = 0.0
    peak_mib: float = 0.0


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure what is done inside."""
    cost, begun_s = Cost(), time.monotonic()
    forget_peak()
    try:
        yield cost
    finally:
        cost.seconds, cost.peak_mib = time.monotonic() - begun_s, peak_mib()

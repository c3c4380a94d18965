"""What a file may cost, and the clock that counts it."""

import time
from dataclasses import dataclass

from genrescope.errors import AudioError, UsageError


@dataclass(frozen=True)
class Limits:
    """What a file may cost before it is given up.

    Attributes
    ----------
    max_duration_s : float
        Longest sound, in seconds; beyond it the error is ``too_large``.
    max_wall_s : float
        Longest time spent on reading and decoding, in seconds of the clock on the wall; beyond it the error is
        ``timeout``. What the caller does between two blocks is not counted.
    """

    max_duration_s: float = 48 * 3600.0
    max_wall_s: float = 1800.0

    def __post_init__(self) -> None:
        if self.max_duration_s <= 0 or self.max_wall_s <= 0:
            raise UsageError(f"limits are above 0 s; got {self}")

    def check_duration(self, path: str, duration_s: float) -> None:
        """Raise ``too_large`` where a sound is longer than allowed."""
        if duration_s > self.max_duration_s:
            message = (
                f"it lasts {duration_s / 3600:.1f} h or more, and the limit is {self.max_duration_s / 3600:.1f} h; "
                "cut it into parts, or raise Limits.max_duration_s."
            )
            raise AudioError("too_large", path, message)


class Stopwatch:
    """Counts the seconds spent inside ``with`` and raises ``timeout`` when they are used up.

    Parameters
    ----------
    path : str
        The file, for the message.
    limit_s : float
        Seconds allowed.
    """

    def __init__(self, path: str, limit_s: float) -> None:
        self._path, self._limit_s = path, limit_s
        self._spent_s = 0.0
        self._since: float | None = None

    def __enter__(self) -> None:
        self._since = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._spent_s = self.spent_s
        self._since = None

    @property
    def spent_s(self) -> float:
        """Seconds counted so far."""
        return self._spent_s + (0.0 if self._since is None else time.monotonic() - self._since)

    def check(self) -> None:
        """Raise where no time is left."""
        if self.spent_s > self._limit_s:
            message = (
                f"reading it took more than {self._limit_s:g} s and was given up; "
                "look at the disk or network that it lies on, or raise Limits.max_wall_s."
            )
            raise AudioError("timeout", self._path, message)

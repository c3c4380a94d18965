"""What the service may spend, and on what."""

from dataclasses import dataclass

from genrescope.errors import UsageError
from genrescope.runtime.names import BUNDLED
from genrescope.runtime.session import available_cores


def default_workers() -> int:
    """Return one worker a core, at least 2 (so that a long song does not keep a short one waiting) and at most 8."""
    return min(max(2, available_cores()), 8)


@dataclass(frozen=True)
class ServeSettings:
    """How much the service takes on.

    Attributes
    ----------
    models : tuple of str
        The models that can be asked, as `load_model` takes them; the first answers where none is named.
    workers : int
        Processes that hear, each one song at a time.
    queue : int
        Requests that may wait beside those that are heard; more are sent away with 429.
    max_upload_mib : float
        Largest upload, in MiB.
    max_duration_s : float
        Longest sound, in seconds.
    max_wall_s : float
        Longest time that hearing one upload may take, in seconds of the clock on the wall.
    memory_mib : float
        Memory that a worker may ask for beside what its models take, in MiB.
    send_s : float
        Longest time without progress that a client may take to accept a piece of an answer, in seconds.
    """

    models: tuple[str, ...] = (BUNDLED,)
    workers: int = 2
    queue: int = 64
    max_upload_mib: float = 512.0
    max_duration_s: float = 4 * 3600.0
    max_wall_s: float = 600.0
    memory_mib: float = 1024.0
    send_s: float = 30.0

    def __post_init__(self) -> None:
        if not self.models or self.workers < 1 or self.queue < 0:
            raise UsageError(
                "a service has at least one model and one worker, and a queue of 0 or more; got "
                f"models={self.models}, workers={self.workers}, queue={self.queue}"
            )
        sizes = (self.max_upload_mib, self.max_duration_s, self.max_wall_s, self.memory_mib, self.send_s)
        if min(sizes) <= 0:
            raise UsageError(f"the limits of a service are above 0; got {self}")

    @property
    def max_upload_bytes(self) -> int:
        """Largest upload in bytes."""
        return int(self.max_upload_mib * 2**20)

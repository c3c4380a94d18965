"""What every feature is: a name, a version, settings, and a function from sound to numbers."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from genrescope.records import Clip, FloatArray


@dataclass(frozen=True, eq=False)
class Feature:
    """Numbers that are computed from a clip.

    Attributes
    ----------
    name : str
        The public name, which is its module's.
    version : int
        Grows when the same sound and settings give other numbers.
    settings : dataclass instance
        The frozen settings that it was made with.
    sample_rate_hz : int or None
        The rate that clips must have; None takes each file's own.
    axes : tuple of str
        What the array's axes are, such as ``("frame", "mel band")``.
    compute : callable
        Clip to float32 array with those axes.
    columns : tuple of str
        Names of the last axis' entries, where they have names.
    """

    name: str
    version: int
    settings: Any
    sample_rate_hz: int | None
    axes: tuple[str, ...]
    compute: Callable[[Clip], FloatArray]
    columns: tuple[str, ...] = ()

    @property
    def description(self) -> dict[str, object]:
        """What a manifest says of it; two features with equal descriptions give equal numbers."""
        return {"feature": self.name, "version": self.version, "settings": asdict(self.settings)}

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits of the description."""
        return hashlib.sha256(json.dumps(self.description, sort_keys=True).encode()).hexdigest()[:16]

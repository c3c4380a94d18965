"""What a decoder hands over, whichever it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from genrescope.records import FloatArray

BLOCK_FRAMES = 65536
"""Frames (one sample of each channel) of a block: 1.5 s at 44.1 kHz, half a megabyte in stereo.

Smaller ones cost more of Python and of the resampler for each.
"""

MAX_CHANNELS = 64
MIN_RATE_HZ, MAX_RATE_HZ = 1000, 3_000_000
"""What a header may say and be believed. One sample a second would make a second of sound of a flipped bit; the upper
end leaves room for DSD, which FFmpeg hands over at 352.8 kHz and more."""


class RefusedError(Exception):
    """A decoder does not take a file; the words say why. It never leaves this room."""


class NoSoundError(RefusedError):
    """The file opens and is whole, and there is no sound in it."""


class LockedError(RefusedError):
    """There is sound in the file that cannot be decoded here: encrypted, or of an unknown codec."""


@dataclass
class Faults:
    """What went wrong while decoding.

    Attributes
    ----------
    inside : int
        Packets that could not be decoded and were followed by others that could.
    trailing : int
        Packets that could not be decoded at the end; where all that was claimed is there, that is junk and no harm.
    broke_off : str
        Why reading ended before the end of the file, in words; empty where it did not. It may be junk, too.
    cut : str
        By what one sees that the file was cut, in words; empty where it was not.
    """

    inside: int = 0
    trailing: int = 0
    broke_off: str = ""
    cut: str = ""


class Source(Protocol):
    """A decoder at work on one file.

    Attributes
    ----------
    sample_rate_hz : int
        The rate of every block.
    channels : int
        Columns of every block.
    claimed_s : float or None
        How long the file says that it is; None where it does not say, or only lets one guess.
    faults : Faults
        Known after the last block.
    """

    sample_rate_hz: int
    channels: int
    claimed_s: float | None
    faults: Faults

    def blocks(self) -> Iterator[FloatArray]:
        """Yield float32 blocks, shape (n_frames, n_channels)."""
        ...

    def close(self) -> None:
        """Let go of everything but the file itself."""
        ...


def check_header(sample_rate_hz: int, channels: int) -> None:
    """Refuse a header that cannot be true."""
    if not 1 <= channels <= MAX_CHANNELS:
        raise RefusedError(f"its header speaks of {channels} channels")
    if not MIN_RATE_HZ <= sample_rate_hz <= MAX_RATE_HZ:
        raise RefusedError(f"its header speaks of {sample_rate_hz} samples a second")

"""From FFmpeg's frames to float32 blocks at one rate, with one number of channels."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genrescope.audio._source import BLOCK_FRAMES
from genrescope.records import FloatArray

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler

# Sample format without its p for planar: numpy type, what stands for zero, full scale.
_FORMATS = {
    "u8": ("u1", 128, 2.0**7),
    "s16": ("i2", 0, 2.0**15),
    "s32": ("i4", 0, 2.0**31),
    "s64": ("i8", 0, 2.0**63),
    "flt": ("f4", 0, 1.0),
    "dbl": ("f8", 0, 1.0),
}

_MAX_PLANES = 7
"""FFmpeg's frame has room for 8 planes and PyAV looks for the empty one after the last; with more, let FFmpeg weave."""


def to_block(frames: Sequence["AudioFrame"]) -> FloatArray:
    """Return the samples of frames that are alike, one after the other, shape (n_frames, n_channels), full scale ±1."""
    kind, zero, full_scale = _FORMATS[frames[0].format.name.removesuffix("p")]
    raw = _woven(frames, kind)
    if kind == "f4":
        return raw
    with np.errstate(over="ignore"):  # a double beyond float32 becomes infinite, which the caller looks for
        block = raw.astype(np.float32)
    # Rounding once is enough: full scale is a power of two.
    block -= np.float32(zero)
    block *= np.float32(1 / full_scale)
    return block


def _woven(frames: Sequence["AudioFrame"], kind: str) -> NDArray[Any]:
    """Join the planes of all frames in one step: Python's cost for each of thousands of them counts."""
    channels, item_bytes = frames[0].layout.nb_channels, np.dtype(kind).itemsize
    if not frames[0].format.is_planar:
        rows = [memoryview(frame.planes[0])[: frame.samples * channels * item_bytes] for frame in frames]
        return np.frombuffer(b"".join(rows), dtype=kind).reshape(-1, channels)
    planes = [[memoryview(plane)[: frame.samples * item_bytes] for plane in frame.planes] for frame in frames]
    by_channel = (piece for channel in zip(*planes, strict=True) for piece in channel)
    return np.frombuffer(b"".join(by_channel), dtype=kind).reshape(channels, -1).T


class Leveller:
    """Joins frames of about a thousand samples to blocks, all at the rate and with the channels of the first frame.

    A stream may change both on its way (songs that were glued together, broadcasts); a rate that nobody noticed
    would change the pitch of all that follows.

    Parameters
    ----------
    sample_rate_hz, channels : int
        Of every block.
    """

    def __init__(self, sample_rate_hz: int, channels: int) -> None:
        import av

        self._make_resampler = av.AudioResampler
        self._sample_rate_hz, self._channels = sample_rate_hz, channels
        self._section: tuple[int, str, str] | None = None
        self._held: list[AudioFrame] = []
        self._n_held = 0
        self._resampler: AudioResampler | None = None

    def blocks(self, frames: Iterable["AudioFrame"]) -> Iterator[FloatArray]:
        """Yield float32 blocks, shape (n_frames, n_channels), of `BLOCK_FRAMES` or a little more, the last one less."""
        for frame in frames:
            section = (frame.sample_rate, frame.layout.name, frame.format.name)
            if section != self._section:
                yield from self._end_section()
                self._begin_section(frame, section)
            self._held += self._levelled(frame)
            self._n_held += frame.samples
            if self._n_held >= BLOCK_FRAMES:
                yield from self._spread()
        yield from self._end_section()

    def _begin_section(self, frame: "AudioFrame", section: tuple[int, str, str]) -> None:
        self._section, self._resampler = section, None
        if section[0] != self._sample_rate_hz or (frame.format.is_planar and frame.layout.nb_channels > _MAX_PLANES):
            self._resampler = self._make_resampler(format="flt", layout=frame.layout, rate=self._sample_rate_hz)

    def _levelled(self, frame: "AudioFrame | None") -> list["AudioFrame"]:
        """Return a frame, or what the resampler has after it; after the last one (None), what it still holds."""
        if self._resampler is None:
            return [] if frame is None else [frame]
        if frame is not None:
            frame.pts = None  # a jump in time is not to be filled with silence
        return [piece for piece in self._resampler.resample(frame) if piece is not None]

    def _end_section(self) -> Iterator[FloatArray]:
        self._held += self._levelled(None)
        yield from self._spread()

    def _spread(self) -> Iterator[FloatArray]:
        """Yield what is held, if anything is, as one block."""
        if not self._held:
            return
        block = to_block(self._held)
        self._held, self._n_held = [], 0
        is_level = block.shape[1] == self._channels
        yield block if is_level else np.repeat(block.mean(axis=1, keepdims=True), self._channels, axis=1)

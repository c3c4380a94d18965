"""From FFmpeg's frames to float32 blocks at one rate, with one number of channels."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

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


def to_block(frame: "AudioFrame") -> FloatArray:
    """Return a frame's samples, shape (n_frames, n_channels), full scale ±1; they live as long as the array does."""
    channels, n_frames, planes = frame.layout.nb_channels, frame.samples, frame.planes
    kind, zero, full_scale = _FORMATS[frame.format.name.removesuffix("p")]
    if frame.format.is_planar:
        apart = np.empty((channels, n_frames), dtype=kind)
        for place, samples in enumerate(apart):
            samples[:] = np.frombuffer(memoryview(planes[place]), dtype=kind, count=n_frames)
        raw = apart.T
    else:
        raw = np.frombuffer(memoryview(planes[0]), dtype=kind, count=n_frames * channels).reshape(n_frames, channels)
    if kind == "f4":
        return raw
    with np.errstate(over="ignore"):  # a double beyond float32 becomes infinite, which the caller looks for
        return ((raw.astype(np.float64) - zero) / full_scale).astype(np.float32)


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

        self._make_fifo, self._make_resampler = av.AudioFifo, av.AudioResampler
        self._sample_rate_hz, self._channels = sample_rate_hz, channels
        self._section: tuple[int, str, str] | None = None

    def blocks(self, frames: Iterable["AudioFrame"]) -> Iterator[FloatArray]:
        """Yield float32 blocks, shape (n_frames, n_channels)."""
        for frame in frames:
            section = (frame.sample_rate, frame.layout.name, frame.format.name)
            if section != self._section:
                yield from self._end_section()
                self._begin_section(frame, section)
            yield from self._add(frame)
        yield from self._end_section()

    def _begin_section(self, frame: "AudioFrame", section: tuple[int, str, str]) -> None:
        self._section = section
        self._fifo = self._make_fifo()
        self._resampler: AudioResampler | None = None
        if section[0] != self._sample_rate_hz or (frame.format.is_planar and frame.layout.nb_channels > _MAX_PLANES):
            self._resampler = self._make_resampler(format="flt", layout=frame.layout, rate=self._sample_rate_hz)

    def _add(self, frame: "AudioFrame | None") -> Iterator[FloatArray]:
        """Take a frame, or None for what is left in the resampler; yield the blocks that it completes."""
        if frame is not None:
            frame.pts = None  # a jump in time is not to be filled with silence
        for piece in self._resampler.resample(frame) if self._resampler else [frame]:
            if piece is not None:
                piece.pts = None
                self._fifo.write(piece)
        while self._fifo.samples >= BLOCK_FRAMES:
            yield self._spread(self._fifo.read(BLOCK_FRAMES))

    def _end_section(self) -> Iterator[FloatArray]:
        if self._section is not None:
            yield from self._add(None)
            yield self._spread(self._fifo.read(0, partial=True))

    def _spread(self, frame: "AudioFrame | None") -> FloatArray:
        if frame is None:
            return np.empty((0, self._channels), dtype=np.float32)
        block = to_block(frame)
        if block.shape[1] == self._channels:
            return block
        return np.repeat(block.mean(axis=1, keepdims=True), self._channels, axis=1)

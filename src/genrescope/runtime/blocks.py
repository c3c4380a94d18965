"""From sound to the blocks that a graph takes.

A block holds up to `BLOCK_WINDOWS` windows of one file. Blocks overlap by what windows overlap, so that every window
lies whole in exactly one of them, and where a block ends cannot be heard in the answer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genrescope.audio.decode import open_audio
from genrescope.audio.stream import MIN_SOUND_S, SILENT_PEAK, Limits, stream_mono
from genrescope.card import ModelCard
from genrescope.errors import AudioError
from genrescope.records import Clip, FloatArray, Notice

Source = str | Path | Clip
"""A file, or sound in memory."""

OnHeard = Callable[[float, float | None], None]
"""Told the seconds heard so far and the seconds that the file claims, where it claims any."""

BLOCK_WINDOWS = 32
"""Windows of a block.

Neighbouring windows share their work inside a block and not across its edge: with blocks of 4 a song of 30 s takes a
sixth longer than with 32, and longer blocks gain nothing more. A process stays near 120 MB either way. Stacking
blocks of several files into one call is no faster on a processor, so files are not mixed.
"""

_WHOLE_BLOCK_S = 30  # of sound that is read as a whole, after which is told how far it is

FAST_STEP_WINDOWS = 12
"""With `fast`, one window of so many is heard."""

CLIP_NAME = "<clip>"
"""What stands for the path where the sound came from memory."""


@dataclass(frozen=True)
class Layout:
    """How sound is cut, in samples at the model's rate.

    Attributes
    ----------
    block_samples, overlap_samples : int
        A block's length, and how much of it the next one repeats.
    window_samples, hop_samples : int
        A window's length, and from one window's start to the next.
    single : bool
        True where only the middle window of each block is heard.
    """

    block_samples: int
    overlap_samples: int
    window_samples: int
    hop_samples: int
    single: bool = False

    @classmethod
    def every_window(cls, card: ModelCard, block_windows: int = BLOCK_WINDOWS) -> "Layout":
        """Return the layout in which every window is heard."""
        window, hop = card.window_samples, card.hop_samples
        return cls(window + (block_windows - 1) * hop, window - hop, window, hop)

    @classmethod
    def fast(cls, card: ModelCard) -> "Layout":
        """Return the layout in which one window of `FAST_STEP_WINDOWS` is heard."""
        window, hop = card.window_samples, card.hop_samples
        return cls(max(FAST_STEP_WINDOWS * hop, window), 0, window, hop, single=True)

    def cut(self, block: FloatArray, *, first: bool) -> FloatArray | None:
        """Return the part of a block that the graph gets.

        A first block shorter than a window is the whole file; it is repeated until it fills one. A later one holds
        only the tail of the last window that was heard, and is left out: None.
        """
        n_samples, window = len(block), self.window_samples
        if n_samples < window:
            return np.resize(block, window) if first else None
        if self.single:
            start = (n_samples - window) // 2 // self.hop_samples * self.hop_samples
            return block[start : start + window]
        return block[: window + (n_samples - window) // self.hop_samples * self.hop_samples]


class SoundBlocks:
    """The blocks of a file or a clip, read as they are asked for.

    Parameters
    ----------
    source : str, Path or Clip
        What to hear.
    card : ModelCard
        For which model.
    layout : Layout
        How to cut it.
    limits : Limits
        What a file may cost.
    on_heard : callable, optional
        Told after each block of a file how many seconds have been heard, and how many the file claims.

    Attributes
    ----------
    duration_s : float
        Seconds of sound; known after the last block.
    notices : tuple of Notice
        Cautions; known after the last block.

    Raises
    ------
    AudioError
        While iterating, where the sound has no answer.
    """

    def __init__(
        self, source: Source, card: ModelCard, layout: Layout, limits: Limits, on_heard: OnHeard | None = None
    ) -> None:
        self.duration_s = 0.0
        self.notices: tuple[Notice, ...] = ()
        self._source, self._card, self._layout, self._limits = source, card, layout, limits
        self._on_heard = on_heard

    def __iter__(self) -> Iterator[FloatArray]:
        """Yield float32 blocks, shape (n_samples,), each a whole number of hops longer than a window."""
        raw = self._from_clip(self._source) if isinstance(self._source, Clip) else self._from_file(self._source)
        for index, block in enumerate(raw):
            part = self._layout.cut(block, first=index == 0)
            if part is not None:
                yield part

    def _from_file(self, path: str | Path) -> Iterator[FloatArray]:
        layout = self._layout
        stream = stream_mono(
            path,
            self._card.sample_rate_hz,
            block_samples=layout.block_samples,
            overlap_samples=layout.overlap_samples,
            limits=self._limits,
        )
        step_s = (layout.block_samples - layout.overlap_samples) / self._card.sample_rate_hz
        for n_blocks, block in enumerate(stream, 1):
            yield block
            if self._on_heard is not None:
                self._on_heard(n_blocks * step_s, stream.claimed_s)
        self.duration_s, self.notices = stream.duration_s, stream.notices

    def _from_clip(self, clip: Clip) -> Iterator[FloatArray]:
        _check_clip(clip)
        samples = _resample(clip, self._card.sample_rate_hz)
        layout = self._layout
        step = layout.block_samples - layout.overlap_samples
        starts = range(0, max(len(samples) - layout.overlap_samples, 1), step)
        yield from (samples[start : start + layout.block_samples] for start in starts)
        self.duration_s = clip.duration_s


def source_name(source: Source) -> str:
    """Return what a prediction calls its source: the path as it was given."""
    return CLIP_NAME if isinstance(source, Clip) else str(source)


def read_whole(
    source: Source, sample_rate_hz: int | None, limits: Limits, on_heard: OnHeard | None = None
) -> tuple[Clip, tuple[Notice, ...]]:
    """Return all of a file's sound, at a rate or (None) at its own, and cautions.

    Raises
    ------
    AudioError
        The sound has no answer.
    """
    if isinstance(source, Clip):
        _check_clip(source)
        rate_hz = sample_rate_hz or source.sample_rate_hz
        return Clip(_resample(source, rate_hz), rate_hz), ()
    rate_hz = sample_rate_hz or _own_rate_hz(source, limits)
    stream = stream_mono(source, rate_hz, block_samples=_WHOLE_BLOCK_S * rate_hz, limits=limits)
    blocks = []
    for block in stream:
        blocks.append(block)
        if on_heard is not None:
            on_heard(len(blocks) * _WHOLE_BLOCK_S, stream.claimed_s)
    return Clip(np.concatenate(blocks), rate_hz), stream.notices


def _own_rate_hz(path: str | Path, limits: Limits) -> int:
    with open_audio(path, limits) as audio:
        return audio.sample_rate_hz


def _check_clip(clip: Clip) -> None:
    """Refuse what has no answer, as the decoder does for files."""
    if clip.duration_s < MIN_SOUND_S:
        message = f"{clip.duration_s:.2f} s of sound; at least {MIN_SOUND_S:g} s is needed."
        raise AudioError("too_short", CLIP_NAME, message)
    if not np.isfinite(clip.samples).all():
        raise AudioError("damaged", CLIP_NAME, "some samples are not finite numbers; look at how the array was made.")
    if np.abs(clip.samples).max() < SILENT_PEAK:
        raise AudioError("silent", CLIP_NAME, "there is nothing to hear: every sample is below -80 dBFS.")


def _resample(clip: Clip, sample_rate_hz: int) -> FloatArray:
    import soxr

    samples = np.asarray(clip.samples, dtype=np.float32)
    if clip.sample_rate_hz == sample_rate_hz:
        return samples
    return np.asarray(soxr.resample(samples, clip.sample_rate_hz, sample_rate_hz, quality="HQ"), dtype=np.float32)

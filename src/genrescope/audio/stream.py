"""Sound at a model's rate, mono, in blocks that overlap: a file of any length in flat memory."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr

from genrescope.audio._limits import Limits
from genrescope.audio.decode import AudioFile, open_audio
from genrescope.errors import AudioError, UsageError
from genrescope.records import Clip, FloatArray, Notice

__all__ = ["Limits", "MonoStream", "load", "stream_mono"]

MIN_SOUND_S = 1.0
"""Less sound than this has no answer."""

SILENT_PEAK = 1e-4
"""A file that stays below this (-80 dBFS) holds no music."""

CLIPPED_SHARE = 0.01
"""With more than this share of the samples at or beyond full scale, the sound is cut. Loud, unharmed masters among the
FMA's MP3s reach 0.3 %."""


class MonoStream:
    """The sound of a file, made by `stream_mono`; each iteration reads the file anew.

    Attributes
    ----------
    sample_rate_hz : int
        The rate of every block.
    duration_s : float
        Seconds decoded; known after the last block.
    claimed_s : float or None
        How long the file says that it is, where it does; known after the first block.
    notices : tuple of Notice
        ``damaged`` and ``clipped``; known after the last block.
    """

    def __init__(
        self, path: str | Path, sample_rate_hz: int, block_samples: int, overlap_samples: int, limits: Limits
    ) -> None:
        if not 0 <= overlap_samples < block_samples or sample_rate_hz <= 0:
            raise UsageError(
                "a stream needs a rate above 0 and an overlap below the block; got "
                f"sample_rate_hz={sample_rate_hz}, block_samples={block_samples}, overlap_samples={overlap_samples}"
            )
        self.sample_rate_hz = sample_rate_hz
        self.duration_s = 0.0
        self.claimed_s: float | None = None
        self.notices: tuple[Notice, ...] = ()
        self._path, self._limits = path, limits
        self._block, self._overlap = block_samples, overlap_samples

    def __iter__(self) -> Iterator[FloatArray]:
        """Yield float32 blocks, shape (n_samples,), n_samples <= block_samples.

        Raises
        ------
        AudioError
            What `open_audio` raises; ``too_short`` and ``damaged`` with less than 1 s of sound; ``silent`` at the end,
            where all of it was.
        """
        framer, peak = _Framer(self._block, self._overlap), 0.0
        with open_audio(self._path, self._limits) as audio:
            self.claimed_s = audio.claimed_s
            for samples in self._mono(audio):
                if len(samples):
                    peak = max(peak, float(samples.max()), -float(samples.min()))
                    yield from framer.add(samples)
            self.duration_s = audio.decoded_s
            _refuse(audio, peak)
            self.notices = _notices(audio)
        yield from framer.finish()

    def _mono(self, audio: AudioFile) -> Iterator[FloatArray]:
        """Yield the mean of the channels at the stream's rate, shape (n_samples,)."""
        weights = np.full(audio.channels, 1 / audio.channels, dtype=np.float32)
        mixed = (block[:, 0] if audio.channels == 1 else block @ weights for block in audio.blocks())
        if audio.sample_rate_hz == self.sample_rate_hz:
            yield from mixed
            return
        resampler = soxr.ResampleStream(audio.sample_rate_hz, self.sample_rate_hz, 1, dtype="float32", quality="HQ")
        for samples in mixed:
            yield resampler.resample_chunk(samples)
        yield resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True)


def _refuse(audio: AudioFile, peak: float) -> None:
    """Raise where a file that was heard to its end has no answer."""
    damage, heard_s = audio.damage, audio.decoded_s - audio.lost_s
    if damage and (heard_s < MIN_SOUND_S or heard_s < audio.lost_s):
        raise AudioError("damaged", audio.path, f"{damage}; too little is left. Copy or download it again.")
    if audio.decoded_s < MIN_SOUND_S:
        message = f"{audio.decoded_s:.2f} s of sound; at least {MIN_SOUND_S:g} s is needed."
        raise AudioError("too_short", audio.path, message)
    if peak < SILENT_PEAK:
        message = "there is nothing to hear: mixed to one channel, all of it is below -80 dBFS. Check the recording."
        raise AudioError("silent", audio.path, message)


def _notices(audio: AudioFile) -> tuple[Notice, ...]:
    """Return the cautions for a file that was heard to its end."""
    damage, share = audio.damage, audio.clipped_share
    notices = [Notice("damaged", f"{damage}; the answer is for what was decoded.")] if damage else []
    if share > CLIPPED_SHARE:
        message = f"{share:.1%} of the samples are at full scale or beyond; the recording is overdriven."
        notices.append(Notice("clipped", message))
    return tuple(notices)


class _Framer:
    """Cuts a stream of samples into blocks that overlap."""

    def __init__(self, block_samples: int, overlap_samples: int) -> None:
        self._block, self._overlap = block_samples, overlap_samples
        self._parts: list[FloatArray] = []
        self._n_held = 0
        self._is_first = True

    def add(self, samples: FloatArray) -> Iterator[FloatArray]:
        """Take samples and yield the blocks that they complete."""
        self._parts.append(samples)
        self._n_held += len(samples)
        if self._n_held < self._block:
            return
        held, step = np.concatenate(self._parts), self._block - self._overlap
        start = 0
        while len(held) - start >= self._block:
            self._is_first = False
            yield held[start : start + self._block]
            start += step
        self._parts, self._n_held = [held[start:]], len(held) - start

    def finish(self) -> Iterator[FloatArray]:
        """Yield the last block, where it holds more than the one before."""
        if self._n_held > (0 if self._is_first else self._overlap):
            yield np.concatenate(self._parts)


def stream_mono(
    path: str | Path,
    sample_rate_hz: int,
    *,
    block_samples: int,
    overlap_samples: int = 0,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> MonoStream:
    """Stream a file's sound at a rate, mixed to one channel.

    Channels are mixed by their mean and resampled by soxr's HQ, so that the values are those of
    ``librosa.load(path, sr=sample_rate_hz)``: within 1e-5 (see `genrescope.audio.decode` for Opus).

    Parameters
    ----------
    path : str or Path
        A file of any length.
    sample_rate_hz : int
        The rate that the blocks get.
    block_samples, overlap_samples : int
        Block ``k`` begins ``k * (block_samples - overlap_samples)`` samples in. The last one is shorter, and holds
        something that the one before does not.
    limits : Limits
        What the file may cost.

    Returns
    -------
    MonoStream
        To iterate over.

    Raises
    ------
    AudioError
        While iterating.
    """
    return MonoStream(path, sample_rate_hz, block_samples, overlap_samples, limits)


def load(path: str | Path, sample_rate_hz: int | None, *, limits: Limits = Limits()) -> Clip:  # noqa: B008 - frozen
    """Return the whole sound of a file at a rate (None: the file's own), mixed to one channel; see `stream_mono`."""
    if sample_rate_hz is None:
        with open_audio(path, limits) as audio:
            sample_rate_hz = audio.sample_rate_hz
    (samples,) = stream_mono(path, sample_rate_hz, block_samples=sys.maxsize, limits=limits)
    return Clip(samples, sample_rate_hz)

"""The only decoder: a file in, blocks of samples out, recognised by content and never by name.

Plain samples (WAV, AIFF and their kin) go through libsndfile; everything coded (MP3, FLAC, Ogg, Opus, AAC, ALAC, WMA,
APE, WavPack, films) through FFmpeg's libraries. They decode MP3s about as fast (benchmarks/decode.py), and go on
behind a damaged place where libsndfile's decoder stops and writes to standard error. Where the package `av` is not
installed, libsndfile also takes MP3, FLAC, Ogg and Opus.

Values agree with librosa's: exactly for plain samples and FLAC, within 1e-5 for MP3 and Vorbis, 5e-3 (root mean square
1e-4) for Opus. Where an MP3 was cut out of a longer one, its first 0.1 s lean on bits that are gone, and every decoder
fills them in its own way.
"""

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from genrescope.audio import _content
from genrescope.audio._claims import missing_share
from genrescope.audio._ffmpeg import FfmpegSource
from genrescope.audio._files import AudioInput
from genrescope.audio._libsndfile import SndfileSource
from genrescope.audio._limits import Limits, Stopwatch
from genrescope.audio._source import LockedError, NoSoundError, RefusedError, Source
from genrescope.errors import AudioError
from genrescope.records import FloatArray

__all__ = ["AudioFile", "Limits", "open_audio"]

MISSING_S = 0.2
"""Less than this between the claimed length and the decoded one is padding, not damage."""

MAX_SAMPLE = 2.0**31
"""Samples beyond this, like those that are not numbers, are damage; whole numbers stored as floats stay below."""

CLIPPED_SAMPLE = 0.999
"""From here on a sample counts as at full scale."""

MIN_BYTES_A_SECOND = 50
"""No format here needs less; a header that claims more seconds than the file has bytes for is not believed."""


class AudioFile:
    """An open file; made by `open_audio`.

    Attributes
    ----------
    path : str
        As it was given.
    sample_rate_hz : int
        The rate of every block, taken from the sound itself.
    channels : int
        Columns of every block.
    claimed_s : float or None
        How long the file says that it is; None where it does not say. Of a WAV or AIFF file that was cut, known after
        the last block.
    decoded_s : float
        Seconds decoded so far.
    peak : float
        Largest sample so far, in any channel; full scale is 1.
    """

    def __init__(self, file: AudioInput, source: Source, limits: Limits) -> None:
        self.path = file.path
        self.sample_rate_hz, self.channels = source.sample_rate_hz, source.channels
        self.claimed_s = source.claimed_s
        self._file, self._source, self._limits = file, source, limits
        self._n_frames = 0
        self._n_bad = 0
        self._n_clipped = 0
        self.peak = 0.0
        self._ended = False
        if self.claimed_s is not None and self.claimed_s * MIN_BYTES_A_SECOND < file.size_bytes:
            limits.check_duration(self.path, self.claimed_s)

    @property
    def decoded_s(self) -> float:
        """Seconds decoded so far."""
        return self._n_frames / self.sample_rate_hz

    @property
    def lost_s(self) -> float:
        """Seconds whose samples were no numbers and were replaced by silence."""
        return self._n_bad / self.sample_rate_hz

    @property
    def clipped_share(self) -> float:
        """Share (0 to 1) of the samples decoded so far that are at full scale or beyond."""
        return self._n_clipped / max(self._n_frames * self.channels, 1)

    @property
    def damage(self) -> str | None:
        """What is damaged, with the figures, in words; None where nothing is. Known after the last block."""
        faults, claimed_s = self._source.faults, self.claimed_s
        missing_s = 0.0 if claimed_s is None else claimed_s - self.decoded_s
        # What cannot be decoded behind all that was claimed is a foreign tag; otherwise it is a piece of the sound.
        is_whole = claimed_s is not None and missing_s <= MISSING_S
        lost = faults.inside + (0 if is_whole else faults.trailing)
        why = faults.cut or ("" if is_whole else faults.broke_off)
        if not self._ended or not (missing_s > MISSING_S or lost or why or self._n_bad):
            return None
        is_known = claimed_s is not None and missing_s > -MISSING_S
        words = [
            f"decoded {self.decoded_s:.1f} s of {f'{claimed_s:.1f} s claimed' if is_known else 'an unknown length'}"
        ]
        if lost:
            words.append(f"{lost} piece{'s' * (lost != 1)} could not be decoded")
        if self._n_bad:
            words.append(f"{self.lost_s:.3f} s of samples were no numbers and count as silence")
        if why:
            words.append(why)
        return "; ".join(words)

    def blocks(self) -> Iterator[FloatArray]:
        """Yield the sound once, from its beginning.

        Yields
        ------
        ndarray of float32, shape (n_frames, n_channels)
            Full scale is ±1; every value is finite.

        Raises
        ------
        AudioError
            ``timeout`` and ``too_large`` beyond the limits; ``damaged`` where nothing could be decoded.
        """
        clock, blocks = self._file.clock, self._source.blocks()
        while True:
            with clock:
                block = next(blocks, None)
                clock.check()
            if block is None:
                break
            if not len(block):
                continue
            self._n_frames += len(block)
            self._limits.check_duration(self.path, self.decoded_s)
            yield self._inspect(block)
        self._ended = True
        # Of plain samples decoders tell what is there, not what the header claims.
        if (share := missing_share(self._file)) is not None and share > 1:
            self.claimed_s = self.decoded_s * share
        if not self._n_frames and (damage := self.damage):
            raise AudioError("damaged", self.path, f"{damage}; copy or download it again.")

    def _inspect(self, block: FloatArray) -> FloatArray:
        """Count what is at full scale, and replace what is no number, or absurd, which counts as damage."""
        planes = block.T  # FFmpeg's blocks lie in memory channel by channel
        low, high = float(planes.min()), float(planes.max())
        if not (low >= -MAX_SAMPLE and high <= MAX_SAMPLE):  # so put, it is also true for NaN
            good = np.abs(block) <= MAX_SAMPLE
            self._n_bad += int((~good).any(axis=1).sum())
            block = np.where(good, block, np.float32(0))
            low, high = float(block.min()), float(block.max())
        self.peak = max(self.peak, -low, high)
        if max(-low, high) >= CLIPPED_SAMPLE:
            self._n_clipped += int(np.count_nonzero(np.abs(block) >= CLIPPED_SAMPLE))
        return block

    def close(self) -> None:
        """Close the file."""
        self._source.close()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def open_audio(path: str | Path, limits: Limits = Limits()) -> AudioFile:  # noqa: B008 - frozen
    """Open a file for decoding.

    Parameters
    ----------
    path : str or Path
        Any file; its name does not matter.
    limits : Limits
        What it may cost.

    Returns
    -------
    AudioFile
        To be used in a ``with`` statement.

    Raises
    ------
    AudioError
        ``not_found``, ``no_permission``, ``is_folder``, ``empty``, ``not_audio``, ``no_audio_stream``, ``unsupported``,
        ``damaged``, ``timeout``, ``too_large``.
    """
    clock = Stopwatch(str(path), limits.max_wall_s)
    with clock:
        file = AudioInput(path, clock)
        try:
            return AudioFile(file, _source(file), limits)
        except BaseException:
            file.close()
            raise


def _source(file: AudioInput) -> Source:
    """Return the decoder that takes the file; where none does, say what is the matter with it."""
    if not file.size_bytes:
        raise AudioError("empty", file.path, "the file holds 0 bytes; copy or download it again.")
    head = file.peek(0, _content.HEAD_BYTES)
    refusal = RefusedError("no decoder for it is installed")
    for decoder in _decoders(head):
        try:
            return decoder(file)
        except (NoSoundError, LockedError) as error:
            raise _explain(file, head, error) from error
        except RefusedError as error:
            refusal = error
            file.clock.check()
    raise _explain(file, head, refusal)


def _decoders(head: bytes) -> Sequence[Callable[[AudioInput], Source]]:
    has_ffmpeg = importlib.util.find_spec("av") is not None
    plain = bool(_content.PCM_MAGIC.match(head))
    # FFmpeg refuses Vorbis whose headers come twice, as after some changes of tags; libsndfile reads it.
    coded = bool((_content.OGG_MAGIC if has_ffmpeg else _content.SNDFILE_MAGIC).match(head))
    return [SndfileSource] * plain + [FfmpegSource] * has_ffmpeg + [SndfileSource] * coded


def _explain(file: AudioInput, head: bytes, refusal: RefusedError) -> AudioError:
    """Return the error for a file that no decoder takes."""
    if isinstance(refusal, LockedError):
        return AudioError("unsupported", file.path, f"{refusal}; save it without protection or in a common format.")
    if words := _content.unsupported(head):
        return AudioError("unsupported", file.path, f"it is {words}.")
    if isinstance(refusal, NoSoundError):
        return AudioError("no_audio_stream", file.path, f"{refusal}; export it with its sound track, or name another.")
    if _content.is_text(head) or not (_content.PCM_MAGIC.match(head) or _content.CODED_MAGIC.match(head)):
        words = _content.looks_like(head) or "no sound that any decoder here knows"
        return AudioError("not_audio", file.path, f"its content is {words}; name a sound file or a film.")
    if importlib.util.find_spec("av") is None:
        message = "this format needs FFmpeg's libraries: run  pip install av  or convert the file to WAV or FLAC."
        return AudioError("unsupported", file.path, message)
    message = f"it begins like sound, but none can be decoded ({refusal}); copy or download it again."
    return AudioError("damaged", file.path, message)

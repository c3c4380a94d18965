"""FFmpeg's libraries at work: all coded sound, and the sound of films.

They are about as fast as libsndfile (benchmarks/decode.py), and go on behind a damaged place where libsndfile stops, or
hides the gap.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from genrescope.audio._claims import asf_duration_s, missing_share, mp3_frames, ogg_ends_open
from genrescope.audio._files import AudioInput
from genrescope.audio._frames import Leveller
from genrescope.audio._source import Faults, LockedError, NoSoundError, RefusedError, check_header
from genrescope.records import FloatArray

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container.input import InputContainer

FORMATS = (
    "aac ac3 aiff amr ape asf au avi caf dsf dts eac3 flac flv iff loas matroska mov mp3 mpc mpc8 mpeg mpegts ogg rm "
    "tak tta w64 wav wv xwma"
).split()
"""What FFmpeg may take a file for: things that hold sound. Pictures, subtitles and lists of other files are not."""

_COUNTED = {"aiff", "ape", "au", "caf", "dsf", "flac", "iff", "mov", "mpc", "mpc8", "tak", "tta", "w64", "wv"}
"""Formats that tell their own length; for the rest FFmpeg may guess it from the bit rate."""

_LOCKED_TAGS = {"drms", "enca", "aavd", "p608"}
"""Codec tags of encrypted sound in MP4 files."""

_MAX_BARREN_PACKETS = 500
"""So many packets without sound at the beginning, and the file is given up."""


class _Bytes:
    """The file as FFmpeg asks for it.

    An exception, Ctrl-C too, would be lost inside FFmpeg: the first one waits in `failure`, and FFmpeg sees an end.
    """

    def __init__(self, file: AudioInput) -> None:
        self._file = file
        self.failure: BaseException | None = None

    def read(self, n_bytes: int) -> bytes:
        if self.failure is None:
            try:
                return self._file.read(n_bytes)
            except BaseException as error:  # noqa: BLE001 - raised again by FfmpegSource
                self.failure = error
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return self._file.seek(offset, whence)
        except (OSError, OverflowError, ValueError):  # a damaged index points anywhere
            return -1

    def tell(self) -> int:
        return self._file.tell()


class FfmpegSource:
    """A file that FFmpeg's libraries read; see `Source`. The first frame, not the header, tells rate and channels."""

    def __init__(self, file: AudioInput) -> None:
        import av

        file.seek(0)
        self._file, self._bytes = file, _Bytes(file)
        self._errors = (av.FFmpegError, ValueError, EOFError)
        self._container: InputContainer | None = None
        self.faults = Faults()
        try:
            self._container = av.open(
                self._bytes, mode="r", options={"format_whitelist": ",".join(FORMATS)}, metadata_errors="replace"
            )
            self._stream = _sound_of(self._container)
            self._frames = self._decode()
            self._first = self._first_frame()
            self.sample_rate_hz, self.channels = self._first.sample_rate, self._first.layout.nb_channels
            check_header(self.sample_rate_hz, self.channels)
        except self._errors as error:
            self.close()
            raise self._bytes.failure or RefusedError(_words(error)) from error
        except BaseException:
            self.close()
            raise
        claimed_s = self._claimed_s()
        self.claimed_s = claimed_s if claimed_s and claimed_s > 0 else None

    def blocks(self) -> Iterator[FloatArray]:
        """Yield float32 blocks, shape (n_frames, n_channels)."""
        yield from Leveller(self.sample_rate_hz, self.channels).blocks(self._all_frames())

    def close(self) -> None:
        """Let go of everything but the file itself."""
        if self._container is not None:
            self._container.close()

    def _all_frames(self) -> Iterator["AudioFrame"]:
        yield self._first
        yield from self._frames

    def _first_frame(self) -> "AudioFrame":
        frame = next(self._frames, None)
        if frame is None:
            raise RefusedError("no part of it could be decoded")
        return frame

    def _decode(self) -> Iterator["AudioFrame"]:
        """Yield every frame that can be decoded, counting the packets that cannot."""
        context = self._stream.codec_context
        # Without this a damaged lossless frame is played as noise; a checksum is there to be looked at.
        context.options = {"err_detect": "crccheck+explode"}
        packets = self._container.demux(self._stream) if self._container else iter(())
        n_packets, heard = 0, False
        while True:
            try:
                packet = next(packets, None)
            except self._errors as error:
                packet, self.faults.broke_off = None, _words(error)
            if self._bytes.failure:
                raise self._bytes.failure
            if packet is None or (n_packets > _MAX_BARREN_PACKETS and not heard):
                return
            n_packets += 1
            try:
                frames = [frame for frame in context.decode(packet) if frame.samples and frame.sample_rate > 0]
            except self._errors:
                self.faults.trailing += 1
                continue
            if frames:
                heard = True
                self.faults.inside, self.faults.trailing = self.faults.inside + self.faults.trailing, 0
            yield from frames

    def _claimed_s(self) -> float | None:
        """Return the length that the file claims, as opposed to what FFmpeg makes up from the bit rate."""
        stream_s = _seconds(self._stream.duration, self._stream.time_base)
        claims: dict[str, Callable[[], float | None]] = {
            "mp3": lambda: self._mp3_s(stream_s),
            "ogg": lambda: self._ogg_s(stream_s),
            "wav": lambda: stream_s if missing_share(self._file) is not None else None,
            "asf": lambda: asf_duration_s(self._file),
            "matroska": self._matroska_s,
            **dict.fromkeys(_COUNTED, lambda: stream_s),
        }
        names = self._container.format.name.split(",") if self._container else []
        return next((claims[name]() for name in names if name in claims), None)

    def _ogg_s(self, stream_s: float | None) -> float | None:
        """Return the length by the last page; None where that is missing, which is a fault."""
        if ogg_ends_open(self._file):
            self.faults.cut = "the last page of the Ogg stream is missing"
            return None
        context = self._stream.codec_context
        if context.name != "opus" or stream_s is None:
            return stream_s
        # Opus counts the samples that a decoder drops at the beginning.
        return stream_s - int.from_bytes((context.extradata or b"")[10:12], "little") / 48000

    def _mp3_s(self, stream_s: float | None) -> float | None:
        """Return the length by the file's count of frames; FFmpeg's figure, less padding, where it stems from that."""
        n_frames = mp3_frames(self._file)
        if n_frames is None:
            return None
        frame_s = (1152 if self.sample_rate_hz >= 32000 else 576) / self.sample_rate_hz
        padding_s = n_frames * frame_s - (stream_s or 0.0)
        return stream_s if -0.001 < padding_s < 5 * frame_s else n_frames * frame_s

    def _matroska_s(self) -> float | None:
        """Return the length of the sound alone, which may be shorter than the film's."""
        tag = next((text for key, text in self._stream.metadata.items() if key.upper().startswith("DURATION")), "")
        parts = tag.split(":")
        if len(parts) == 3 and all(part.replace(".", "", 1).strip().isdigit() for part in parts):
            return sum(float(part) * unit for part, unit in zip(parts, (3600, 60, 1), strict=True))
        container = self._container
        if container is None or container.duration is None or len(container.streams) > 1:
            return None
        return container.duration / 1e6


def _seconds(ticks: int | None, tick_s: object) -> float | None:
    return float(ticks * tick_s) if ticks and tick_s else None  # type: ignore[operator]  # a Fraction


def _words(error: Exception) -> str:
    """Return FFmpeg's own words for an error, without its number."""
    return str(getattr(error, "strerror", None) or error).lower()


def _sound_of(container: "InputContainer") -> "AudioStream":
    """Return the stream to hear, or say why there is none."""
    streams = container.streams.audio
    if not streams:
        kinds = sorted({stream.type for stream in container.streams})
        if not kinds:
            raise RefusedError("its index is empty")
        raise NoSoundError(f"it holds {' and '.join(kinds)} and no sound")
    locked = ""
    best = container.streams.best("audio")
    for stream in sorted(streams, key=lambda stream: stream is not best):
        context = getattr(stream, "codec_context", None)  # typed as always there, which it is not
        if context is None:
            locked = "its sound is in a format that FFmpeg does not know"
        elif context.codec_tag in _LOCKED_TAGS:
            locked = "its sound is encrypted"
        else:
            return stream
    raise LockedError(locked)

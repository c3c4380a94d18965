"""How much sound a file claims to hold, where the decoders do not tell, or only guess."""

import re
import struct
from typing import Any

from genrescope.audio._files import AudioInput

_OGG_PAGE_BYTES = 65307  # the longest page there is
_XING = re.compile(rb"(?:Xing|Info)\0\0\0[\x01\x03\x05\x07\x09\x0b\x0d\x0f]|VBRI\0\x01", re.S)


def missing_share(file: AudioInput) -> float | None:
    """Return how many times the bytes that are there a WAV or AIFF header claims.

    Returns
    -------
    float or None
        Above 1 where bytes are missing; None where the header leaves the length open, as streamed files do, or where
        the file is of another kind.
    """
    head = file.peek(0, 12)
    if head[:4] in {b"RIFF", b"RIFX", b"RF64"} and head[8:] == b"WAVE":
        size, start = _find_chunk(file, b"data", ">" if head[:4] == b"RIFX" else "<")
    elif head[:4] == b"FORM" and head[8:] in {b"AIFF", b"AIFC"}:
        size, start = _find_chunk(file, b"SSND", ">")
    else:
        return None
    present = file.size_bytes - start
    return size / present if size and present > 0 else None


def _find_chunk(file: AudioInput, wanted: bytes, order: str) -> tuple[int, int]:
    """Return the claimed size and the start of a chunk's body, in bytes; size 0 where it is open or not found."""
    place, long_size = 12, 0
    while len(header := file.peek(place, 36)) >= 8:
        name, (size,) = header[:4], struct.unpack(order + "I", header[4:8])
        if name == b"ds64" and len(header) >= 24:  # the real sizes of a WAV beyond 4 GB
            (long_size,) = struct.unpack("<Q", header[16:24])
        if name == wanted:
            size = long_size if long_size and size == 0xFFFFFFFF else size
            return (0 if _is_open(size) else size), place + 8
        place += 8 + size + size % 2
    return 0, place


def _is_open(size: int) -> bool:
    """Tell whether a chunk size is one of those that programs write while they do not know it yet."""
    return size == 0 or 0xFFFFF000 <= size <= 0xFFFFFFFF or 0x7FFFF000 <= size <= 0x7FFFFFFF


def ogg_ends_open(file: AudioInput) -> bool:
    """Tell whether an Ogg file breaks off: whether its last page does not say that it is the last."""
    tail = file.peek(max(0, file.size_bytes - 2 * _OGG_PAGE_BYTES), 2 * _OGG_PAGE_BYTES)
    page = tail[max(tail.rfind(b"OggS\0"), 0) :]
    if len(page) < 27 or not page[5] & 4:
        return True
    body_start = 27 + page[26]
    return len(page) < body_start + sum(page[27:body_start])


def mp3_frames(file: AudioInput) -> int | None:
    """Return how many frames an MP3 says that it has; None where it does not, and its length can only be guessed."""
    start = 0
    while (head := file.peek(start, 10))[:3] == b"ID3" and len(head) == 10:
        start += 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        start += 10 if head[5] & 0x10 else 0
    head = file.peek(start, 8192)
    found = _XING.search(head)
    if found is None:
        return None
    place = found.start() + (14 if found.group().startswith(b"VBRI") else 8)
    return int.from_bytes(head[place : place + 4], "big") or None


def asf_duration_s(file: AudioInput) -> float | None:
    """Return how long a WMA file's header says that it is, also where the file was cut; None where it does not say."""
    from mutagen import MutagenError
    from mutagen.asf import ASF

    place = file.tell()
    try:
        file.seek(0)
        header: Any = ASF
        length_s = float(header(file).info.length)
    except (
        MutagenError,
        OSError,
        struct.error,
        ValueError,
        AttributeError,
        IndexError,
        KeyError,
        UnicodeError,
        OverflowError,
    ):
        return None
    finally:
        file.seek(place)
    return length_s if length_s > 0 else None

"""Any bytes at all: an answer or an AudioError, never another exception, never a value that is no number."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Encode = Callable[..., Path]
Hear = Callable[[Path], Any]

MAGICS = [
    b"RIFF\x24\0\1\0WAVEfmt \x10\0\0\0\1\0\2\0\x44\xac\0\0\x10\xb1\2\0\4\0\x10\0data\0\0\1\0",
    b"FORM\0\1\0\0AIFFCOMM\0\0\0\x12\0\2\0\0\x40\0\0\x10\x40\x0e\xac\x44\0\0\0\0\0\0SSND",
    b"fLaC\0\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x0a\xc4\x42\xf0",
    b"OggS\0\2",
    b"ID3\4\0\0\0\0\0\1",
    b"\xff\xfb\x90\x00",
    b"\xff\xf1\x50\x80",
    b"\0\0\0\x20ftypM4A ",
    b"\x1a\x45\xdf\xa3",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c",
    b"MAC \x96\x0f\0\0",
    b"wvpk",
    b"caff\0\1\0\0desc",
    b".snd\0\0\0\x18",
    b"",
]
FORMATS = {
    "a.flac": ("flac",),
    "a.mp3": ("libmp3lame",),
    "a.ogg": ("libvorbis",),
    "a.m4a": ("aac", "-movflags", "+faststart"),
    "a.mka": ("flac",),
    "a.wma": ("wmav2",),
    "a.wv": ("wavpack",),
    "a.wav": ("pcm_s16le",),
    "a.caf": ("pcm_s16be",),
}
# tmp_path is the same for every example, and is overwritten by each.
many = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@settings(many, max_examples=300)
@given(magic=st.sampled_from(MAGICS), rest=st.binary(max_size=4000), times=st.integers(1, 20))
def test_any_bytes(hear: Hear, tmp_path: Path, magic: bytes, rest: bytes, times: int) -> None:
    path = tmp_path / "any"
    path.write_bytes((magic + rest) * times)
    hear(path)


@settings(many, max_examples=150)
@given(
    name=st.sampled_from(sorted(FORMATS)),
    start=st.integers(0, 300),
    patch=st.binary(min_size=1, max_size=24),
    length=st.floats(0.2, 1),
)
def test_headers_with_anything_in_them(
    encode: Encode, hear: Hear, tmp_path: Path, name: str, start: int, patch: bytes, length: float
) -> None:
    """Sizes, rates, counts and offsets in a header are the places where decoders fall."""
    song = bytearray(encode(f"fuzz_{name}", "-t", "2", "-c:a", *FORMATS[name]).read_bytes())
    song[start : start + len(patch)] = patch
    path = tmp_path / name
    path.write_bytes(song[: int(len(song) * length)])
    heard = hear(path)
    assert heard.kind != "" or heard.duration_s >= 1

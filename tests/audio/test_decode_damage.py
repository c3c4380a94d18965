"""Files that are cut, holed, overwritten or lying: what is left is heard, and what is missing is told."""

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

Encode = Callable[..., Path]
Hear = Callable[[Path], Any]

# What tells that something is missing: a length in the header, or a mark at the end.
TELLING = {
    "a.wav": ("pcm_s16le",),
    "s64.wav": ("pcm_s64le",),
    "a.aiff": ("pcm_s16be",),
    "a.flac": ("flac",),
    "a.mp3": ("libmp3lame",),
    "vbr.mp3": ("libmp3lame", "-q:a", "4"),
    "a.ogg": ("libvorbis",),
    "a.opus": ("libopus",),
    "front.m4a": ("aac", "-movflags", "+faststart"),
    "alac.m4a": ("alac", "-movflags", "+faststart"),
    "a.wma": ("wmav2",),
    "a.wv": ("wavpack",),
    "a.tta": ("tta",),
    "a.mka": ("libvorbis",),
    "a.webm": ("libopus",),
}
# These tell no length: what is there is all that anybody can know of.
SILENT_ABOUT_LENGTH = {
    "bare.mp3": ("libmp3lame", "-write_xing", "0", "-id3v2_version", "0"),
    "a.aac": ("aac",),
    "a.ac3": ("ac3",),
}
TENTHS = range(10)


def content(encode: Encode, name: str) -> bytes:
    arguments = {**TELLING, **SILENT_ABOUT_LENGTH}[name]
    return encode(f"whole_{name}", "-c:a", *arguments).read_bytes()


@pytest.mark.parametrize("tenth", TENTHS)
@pytest.mark.parametrize("name", TELLING)
def test_a_cut_is_noticed(encode: Encode, hear: Hear, tmp_path: Path, name: str, tenth: int) -> None:
    whole = content(encode, name)
    path = tmp_path / name
    path.write_bytes(whole[: int(len(whole) * (tenth + 0.5) / 10)])
    heard = hear(path)
    if heard.error is not None:
        assert heard.kind == "damaged"
        assert tenth < 4, "enough is left"
        return
    assert 1 <= heard.duration_s < 7.9
    decoded_s = float(re.findall(r"decoded ([\d.]+) s of", heard.notices["damaged"])[0])
    assert decoded_s == pytest.approx(heard.duration_s, abs=0.06)
    if claimed := re.findall(r"of ([\d.]+) s claimed", heard.notices["damaged"]):
        assert float(claimed[0]) == pytest.approx(8, abs=0.15)


@pytest.mark.parametrize("tenth", TENTHS)
@pytest.mark.parametrize("name", SILENT_ABOUT_LENGTH)
def test_a_cut_that_cannot_be_seen(encode: Encode, hear: Hear, tmp_path: Path, name: str, tenth: int) -> None:
    whole = content(encode, name)
    (tmp_path / name).write_bytes(whole[: int(len(whole) * (tenth + 0.5) / 10)])
    heard = hear(tmp_path / name)
    share = (tenth + 0.5) / 10
    assert heard.kind in {"too_short", "damaged"} or heard.duration_s == pytest.approx(8 * share, rel=0.2)
    assert heard.kind == "" or tenth < 2


@pytest.mark.parametrize("n_flips", [1, 10, 100, 1000])
@pytest.mark.parametrize("name", [*TELLING, *SILENT_ABOUT_LENGTH])
def test_flipped_bytes(encode: Encode, hear: Hear, tmp_path: Path, name: str, n_flips: int) -> None:
    whole = np.frombuffer(content(encode, name), dtype=np.uint8)
    for seed in range(3):
        rng = np.random.default_rng([seed, n_flips])
        flipped = whole.copy()
        flipped[rng.integers(0, len(whole), n_flips)] ^= rng.integers(1, 256, n_flips, dtype=np.uint8)
        (tmp_path / name).write_bytes(flipped.tobytes())
        heard = hear(tmp_path / name)
        assert heard.kind != "" or heard.duration_s < 120


@pytest.mark.parametrize("name", ["a.flac", "a.wv", "a.mp3", "a.ogg", "a.opus", "a.tta"])
def test_a_hole_is_told_and_what_follows_is_heard(encode: Encode, hear: Hear, tmp_path: Path, name: str) -> None:
    """A tenth of the file in its middle is overwritten by noise."""
    holed = bytearray(content(encode, name))
    middle, length = len(holed) // 2, len(holed) // 10
    holed[middle : middle + length] = np.random.default_rng(5).bytes(length)
    (tmp_path / name).write_bytes(holed)
    heard = hear(tmp_path / name)
    assert "damaged" in heard.notices
    least_s = 3.0 if name == "a.wv" else 5.0  # FFmpeg finds no way back into a WavPack file
    assert heard.duration_s > least_s


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.ogg", "a.wav", "a.wv", "front.m4a"])
def test_what_follows_the_sound_is_no_damage(encode: Encode, hear: Hear, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(content(encode, name) + b"TAG" + np.random.default_rng(5).bytes(5000))
    assert hear(tmp_path / name).notices == {}


def wav_with(content: bytes, data_size: int) -> bytes:
    place = content.index(b"data") + 4
    return content[:place] + struct.pack("<I", data_size) + content[place + 4 :]


def test_a_header_that_claims_a_gigabyte(encode: Encode, hear: Hear, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav_with(content(encode, "a.wav"), 2**30))
    heard = hear(tmp_path / "a.wav")
    assert heard.duration_s == 8
    assert "decoded 8.0 s of 6087.0 s claimed" in heard.notices["damaged"]


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFF000, 0xFFFFFFFF - 36])
def test_a_streamed_wav_is_whole(encode: Encode, hear: Hear, tmp_path: Path, size: int) -> None:
    """Programs that write into a pipe leave such sizes: they cannot go back to mend them."""
    (tmp_path / "a.wav").write_bytes(wav_with(content(encode, "a.wav"), size))
    heard = hear(tmp_path / "a.wav")
    assert heard.notices == {}
    assert heard.duration_s == pytest.approx(8, abs=0.01)


def test_a_flac_header_that_claims_days(encode: Encode, hear: Hear, tmp_path: Path) -> None:
    """36 bits of the header count the samples; the file is far too small for that many."""
    flac = bytearray(content(encode, "a.flac"))
    flac[21] |= 0x0F
    (tmp_path / "a.flac").write_bytes(flac)
    heard = hear(tmp_path / "a.flac")
    assert heard.duration_s == 8
    assert "damaged" in heard.notices


def test_a_flac_of_unknown_length(encode: Encode, hear: Hear, tmp_path: Path) -> None:
    flac = bytearray(content(encode, "a.flac"))
    flac[21:26] = bytes([flac[21] & 0xF0, 0, 0, 0, 0])
    (tmp_path / "a.flac").write_bytes(flac)
    heard = hear(tmp_path / "a.flac")
    assert (heard.duration_s, heard.notices) == (8, {})


def test_too_little_is_left(tmp_path: Path, hear: Hear) -> None:
    """A file half of which is no numbers has no answer."""
    samples = np.full(88200, 0.1, dtype=np.float32)
    samples[40000:] = np.nan
    soundfile.write(tmp_path / "a.wav", samples, 44100, subtype="FLOAT")
    assert hear(tmp_path / "a.wav").kind == "damaged"


def test_odd_files(odd_audio: Path, hear: Hear) -> None:
    """Mutagen's collection of odd and broken files: an answer or an error, none of them called what it is not."""
    kinds = {path.name: hear(path).kind for path in sorted(odd_audio.iterdir()) if path.is_file()}
    assert len(kinds) > 80
    expected = {
        "emptyfile.mp3": "empty",
        "image.jpg": "not_audio",
        "sample.mid": "unsupported",
        "empty.ofr": "unsupported",
        "sample.oggtheora": "no_audio_stream",
        "ooming-header.flac": "damaged",
        "truncated-64bit.mp4": "damaged",
        "vbri.mp3": "damaged",
        "silence-44-s.flac": "silent",
        "silence-3.wma": "silent",
        "click.mpc": "too_short",
        "ep7.m4b": "",
        "example.opus": "",
        "multipage-setup.ogg": "",
    }
    assert {name: kinds[name] for name in expected} == expected

"""Every way in which a file has no answer, each with its kind and with words that help."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from genrescope.audio.decode import open_audio
from genrescope.errors import ERROR_KINDS, AudioError

Encode = Callable[..., Path]
Hear = Callable[[Path], Any]

PICTURES = ("-f", "lavfi", "-i", "testsrc=size=64x64:duration=2")


def error_of(path: Path | str) -> AudioError:
    """Return the error; a file that cannot be opened says why, and what to do."""
    with pytest.raises(AudioError) as caught:
        open_audio(path).close()
    error = caught.value
    assert error.kind in ERROR_KINDS
    assert error.path == str(path)
    assert error.message.endswith(".")
    assert "Errno" not in error.message
    return error


def test_not_found(tmp_path: Path) -> None:
    assert error_of(tmp_path / "missing.mp3").kind == "not_found"
    assert error_of(tmp_path / ("x" * 300)).kind == "not_found"
    assert error_of("nul\0l").kind == "not_found"
    (tmp_path / "file").touch()
    assert error_of(tmp_path / "file" / "inside.mp3").kind == "not_found"


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "link.mp3").symlink_to("gone.mp3")
    (tmp_path / "loop").symlink_to("loop")
    error = error_of(tmp_path / "link.mp3")
    assert (error.kind, "'gone.mp3'" in error.message) == ("not_found", True)
    assert error_of(tmp_path / "loop").kind == "not_found"


@contextmanager
def another_user() -> Iterator[None]:
    """Give up root's rights for a while; without them a mode of 000 counts."""
    if not hasattr(os, "geteuid"):
        pytest.skip("this system knows no file modes")
    was_root = os.geteuid() == 0
    try:
        if was_root:
            os.seteuid(65534)
    except PermissionError:
        pytest.skip("root may not become another user here")
    try:
        yield
    finally:
        if was_root:
            os.seteuid(0)


def test_no_permission(tmp_path: Path, sound_file: Path) -> None:
    locked = tmp_path / "locked.wav"
    locked.write_bytes(sound_file.read_bytes())
    locked.chmod(0)
    with another_user():
        error = error_of(locked)
    assert (error.kind, "chmod" in error.message) == ("no_permission", True)


def test_is_folder(tmp_path: Path) -> None:
    assert error_of(tmp_path).kind == "is_folder"


def test_empty(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").touch()
    assert error_of(tmp_path / "a.mp3").kind == "empty"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_and_devices_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        place = os.getcwd()
        os.chdir(tmp_path)  # a socket's name is short
        try:
            server.bind("socket")
        finally:
            os.chdir(place)
        kinds = {path: error_of(path).kind for path in (tmp_path / "pipe", tmp_path / "socket", Path("/dev/zero"))}
    assert set(kinds.values()) == {"unsupported"}


NOT_AUDIO = {
    "text": b"These are the words of a song.\n" * 500,
    "text in UTF-16": ("A song of ice and words.\n" * 500).encode("utf-16"),
    "text in a single line": b"la " * 3,
    "zeros": bytes(100_000),
    "random bytes": np.random.default_rng(3).bytes(300_000),
    "a web page": b"<!DOCTYPE html><html><body>404 not found</body></html>",
    "a PDF": b"%PDF-1.7\n" + np.random.default_rng(3).bytes(20_000),
    "a ZIP archive": b"PK\x03\x04" + np.random.default_rng(3).bytes(20_000),
    "a list of songs": b"#EXTM3U\nsong.mp3\nhttp://example.org/live.m3u8\n",
    "a list for FFmpeg": b"ffconcat version 1.0\nfile sound.wav\n",
    "subtitles": b"1\n00:00:01,000 --> 00:00:02,000\nHello\n",
}


@pytest.mark.parametrize("what", NOT_AUDIO)
@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".aac", ""])
def test_not_audio(tmp_path: Path, what: str, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(NOT_AUDIO[what])
    error = error_of(path)
    assert error.kind == "not_audio"
    words = {"zeros": "zero bytes", "a web page": "web page", "a PDF": "PDF", "a ZIP archive": "ZIP", "text": "text"}
    assert words.get(what, "content") in error.message


def test_a_picture_is_not_audio(encode: Encode) -> None:
    for name in ("a.png", "a.jpg", "a.gif"):
        assert error_of(encode(name, "-frames:v", "1", source=PICTURES)).kind == "not_audio"


@pytest.mark.parametrize("name", ["mute.mp4", "mute.mkv", "mute.avi"])
def test_no_audio_stream(encode: Encode, name: str) -> None:
    error = error_of(encode(name, "-c:v", "mpeg4", source=PICTURES))
    assert (error.kind, "video" in error.message) == ("no_audio_stream", True)


def test_unsupported(encode: Encode, tmp_path: Path) -> None:
    encrypted = encode("plain.m4a").read_bytes().replace(b"mp4a", b"drms")
    unknown = encode("flac.mka", "-c:a", "flac").read_bytes().replace(b"A_FLAC", b"A_WHAT")
    contents = {"encrypted": encrypted, "does not know": unknown, "MIDI": b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk" + bytes(50)}
    for words, content in contents.items():
        (tmp_path / "a").write_bytes(content)
        error = error_of(tmp_path / "a")
        assert (error.kind, words in error.message) == ("unsupported", True)


@pytest.mark.parametrize(
    "magic", [b"fLaC", b"OggS", b"ID3\3\0\0\0\0\0\x7f", b"RIFF\xff\xff\xff\xffWAVEfmt ", b"wvpk", b"MAC "]
)
def test_damaged_beyond_hope(tmp_path: Path, magic: bytes) -> None:
    (tmp_path / "a.flac").write_bytes(magic + np.random.default_rng(2).bytes(5000))
    assert error_of(tmp_path / "a.flac").kind == "damaged"


def test_a_film_without_its_index(encode: Encode, tmp_path: Path) -> None:
    """An MP4 keeps its index at the end; what was cut off there cannot be made up for."""
    whole = encode("plain.m4a").read_bytes()
    (tmp_path / "cut.m4a").write_bytes(whole[: len(whole) // 2])
    assert error_of(tmp_path / "cut.m4a").kind == "damaged"


@pytest.mark.parametrize("header", [(0, 44100), (200, 44100), (2, 0), (2, 1)])
def test_headers_that_cannot_be_true(sound_file: Path, tmp_path: Path, header: tuple[int, int]) -> None:
    content = bytearray(sound_file.read_bytes())
    content[22:28] = header[0].to_bytes(2, "little") + header[1].to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(content)
    assert error_of(tmp_path / "a.wav").kind == "damaged"


def test_too_short(tmp_path: Path, hear: Hear) -> None:
    soundfile.write(tmp_path / "a.wav", np.full(44099, 0.1), 44100)
    error = hear(tmp_path / "a.wav").error
    assert (error.kind, "1.00 s" in error.message) == ("too_short", True)
    soundfile.write(tmp_path / "b.wav", np.full(44100, 0.1), 44100)
    assert hear(tmp_path / "b.wav").kind == ""


def test_header_without_sound_is_too_short(tmp_path: Path, hear: Hear) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((0, 2)), 44100)
    assert hear(tmp_path / "a.wav").kind == "too_short"


def test_silent(tmp_path: Path, hear: Hear) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, 88200)
    for name, samples in {
        "zeros": noise * 0,
        "faint": noise * 5e-5,
        "opposed": np.stack([noise, -noise], axis=1),
    }.items():
        soundfile.write(tmp_path / name, samples, 44100, format="WAV", subtype="FLOAT")
        assert hear(tmp_path / name).kind == "silent", name
    soundfile.write(tmp_path / "soft.wav", noise * 1e-3, 44100, subtype="FLOAT")
    assert hear(tmp_path / "soft.wav").kind == ""


def test_every_kind_is_tested_here_or_with_the_limits() -> None:
    own = {"not_found", "no_permission", "is_folder", "empty", "not_audio", "no_audio_stream", "damaged", "too_short"}
    assert own | {"silent", "unsupported", "timeout", "too_large"} == set(ERROR_KINDS)

"""Every format that ffmpeg writes, and some that it does not, recognised by content and decoded to the right values."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from genrescope.audio.decode import open_audio

Encode = Callable[..., Path]
Hear = Callable[[Path], Any]
VIDEO = ("-f", "lavfi", "-i", "testsrc=size=64x64:duration=8")
LOSSLESS = {
    "a.wav": "pcm_s16le",
    "rf64.wav": "pcm_s16le -rf64 always",
    "a.aiff": "pcm_s16be",
    "a.caf": "pcm_s16be",
    "a.au": "pcm_s16be",
    "a.w64": "pcm_s16le",
    "a.flac": "flac",
    "flac.ogg": "flac",
    "alac.m4a": "alac",
    "a.wv": "wavpack",
    "a.tta": "tta",
    "flac.mka": "flac",
    "pcm.mov": "pcm_s16le",
}
LOSSY = {
    "a.mp3": "libmp3lame",
    "vbr.mp3": "libmp3lame -q:a 2",
    "bare.mp3": "libmp3lame -write_xing 0 -id3v2_version 0",
    "a.mp2": "mp2",
    "a.ogg": "libvorbis",
    "a.opus": "libopus",
    "a.spx": "libspeex -ar 32000",
    "a.m4a": "aac",
    "fast.m4a": "aac -movflags +faststart",
    "pieces.mp4": "aac -movflags +frag_keyframe+empty_moov",
    "a.aac": "aac",
    "a.3gp": "aac",
    "a.wma": "wmav2",
    "v1.wma": "wmav1",
    "a.ac3": "ac3",
    "a.eac3": "eac3",
    "a.mka": "libvorbis",
    "a.webm": "libopus",
    "adpcm.wav": "adpcm_ms",
    "ulaw.au": "pcm_mulaw",
    "a.ts": "aac",
}


def written(encode: Encode, name: str) -> Path:
    return encode(f"format_{name}", "-c:a", *{**LOSSLESS, **LOSSY}[name].split())


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless(encode: Encode, sound: NDArray[np.float32], name: str) -> None:
    with open_audio(written(encode, name)) as audio:
        samples = np.concatenate(list(audio.blocks()))
        assert (audio.sample_rate_hz, audio.channels, audio.damage) == (44100, 2, None)
        assert audio.claimed_s == pytest.approx(audio.decoded_s, abs=0.05)
    np.testing.assert_allclose(samples, sound, atol=2**-15)


@pytest.mark.parametrize("name", LOSSY)
def test_lossy(encode: Encode, ffmpeg: str, hear: Hear, name: str) -> None:
    """The values are those of another build of FFmpeg, which decodes by itself."""
    path = written(encode, name)
    with open_audio(path) as audio:
        samples = np.concatenate(list(audio.blocks()))
        assert audio.damage is None
    command = [ffmpeg, "-v", "error", "-i", str(path), "-f", "f32le", "-c:a", "pcm_f32le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    expected = np.frombuffer(raw, dtype="<f4").reshape(-1, samples.shape[1])
    n_common = min(len(samples), len(expected))
    assert abs(len(samples) - len(expected)) <= 0.06 * audio.sample_rate_hz  # padding at the end
    difference = samples[:n_common] - expected[:n_common]
    assert np.sqrt((difference**2).mean()) < 1e-3
    assert hear(path).duration_s == pytest.approx(8, abs=0.15)
    assert hear(path).notices == {}


@pytest.mark.parametrize(
    ("name", "codecs"),
    [
        ("a.mp4", "-c:v mpeg4 -c:a aac"),
        ("a.mkv", "-c:v mpeg4 -c:a ac3"),
        ("a.webm", "-c:v libvpx -c:a libvorbis"),
        ("a.avi", "-c:v mpeg4 -c:a libmp3lame"),
        ("a.mov", "-c:v mpeg4 -c:a alac"),
        ("a.flv", "-c:v flv1 -c:a aac"),
        ("a.mpg", "-c:v mpeg1video -c:a mp2"),
    ],
)
def test_the_sound_of_a_film(encode: Encode, hear: Hear, sound_file: Path, name: str, codecs: str) -> None:
    heard = hear(encode(f"film_{name}", *codecs.split(), source=(*VIDEO, "-i", str(sound_file))))
    assert (heard.kind, heard.notices) == ("", {})
    assert heard.duration_s == pytest.approx(8, abs=0.15)


def test_sound_that_ends_before_the_film(encode: Encode, hear: Hear, sound_file: Path) -> None:
    source = (*VIDEO, "-t", "3", "-i", str(sound_file))
    for name, codecs in {"short.mp4": "-c:v mpeg4 -c:a aac", "short.mkv": "-c:v mpeg4 -c:a flac"}.items():
        heard = hear(encode(name, *codecs.split(), source=source))
        assert heard.notices == {}
        assert heard.duration_s == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("version", ["396", "399"])
def test_ape(odd_audio: Path, version: str) -> None:
    with open_audio(odd_audio / f"mac-{version}.ape") as audio:
        frames = sum(len(block) for block in audio.blocks())
        assert (audio.sample_rate_hz, audio.channels, audio.damage) == (44100, 2, None)
        assert audio.claimed_s == pytest.approx(frames / 44100)


@pytest.mark.parametrize("name", [*LOSSLESS, *LOSSY])
def test_the_name_does_not_matter(encode: Encode, hear: Hear, tmp_path: Path, name: str) -> None:
    path = written(encode, name)
    expected = hear(path)
    for suffix in (".txt", ".mp3", ".wav", ""):
        other = tmp_path / f"other{suffix}"
        other.write_bytes(path.read_bytes())
        assert hear(other) == expected


def test_names_of_any_letters_and_links(hear: Hear, sound_file: Path, tmp_path: Path) -> None:
    names = [
        "Ünï cödé 音楽.wav",
        "-v.wav",
        "http:song.wav",
        "a%20b'\"$.wav",
        b"latin-\xe9.wav".decode(errors="surrogateescape"),
    ]
    for name in names:
        (tmp_path / name).write_bytes(sound_file.read_bytes())
        assert hear(tmp_path / name).duration_s == 8
    (tmp_path / "link").symlink_to(tmp_path / names[0])
    assert hear(tmp_path / "link").duration_s == 8


def synchsafe(number: int) -> bytes:
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))


def test_a_tag_with_a_large_picture(encode: Encode, hear: Hear, tmp_path: Path) -> None:
    picture = b"\0image/jpeg\0\3\0\xff\xd8" + np.random.default_rng(0).bytes(3_000_000)
    tag = b"APIC" + len(picture).to_bytes(4, "big") + b"\0\0" + picture
    song = encode("bare_tag.mp3", "-id3v2_version", "0").read_bytes()
    (tmp_path / "picture.mp3").write_bytes(b"ID3\3\0\0" + synchsafe(len(tag)) + tag + song)
    with open_audio(tmp_path / "picture.mp3") as audio:
        assert audio.claimed_s == pytest.approx(8, abs=0.1)  # the count of frames is found behind the tag
    assert hear(tmp_path / "picture.mp3").notices == {}


def test_real_clips_are_whole(shared_data: Path, hear: Hear) -> None:
    """None of them is called damaged; they were cut out of longer files, and lack a bit of their beginning."""
    paths = [*shared_data.glob("fma/audio/*.mp3"), *shared_data.glob("gtzan_mini/*/*.ogg")]
    assert {path.name: hear(path).notices for path in paths} == {path.name: {} for path in paths}

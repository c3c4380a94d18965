"""Depths, channels, rates, limits: what the decoder hands over, whatever the file is like."""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from genrescope.audio._limits import Stopwatch
from genrescope.audio.decode import Limits, open_audio
from genrescope.audio.stream import load
from genrescope.errors import AudioError, UsageError

RATE_HZ = 44100
Encode = Callable[..., Path]


def decode(path: Path) -> NDArray[np.float32]:
    with open_audio(path) as audio:
        blocks = list(audio.blocks())
        assert audio.damage is None
        assert sum(map(len, blocks)) == round(audio.decoded_s * audio.sample_rate_hz)
        assert all(block.dtype == np.float32 and block.shape[1] == audio.channels for block in blocks)
    return np.concatenate(blocks)


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8, 16])
@pytest.mark.parametrize(
    ("subtype", "step"),
    [("PCM_U8", 2**-7), ("PCM_16", 2**-15), ("PCM_24", 2**-23), ("PCM_32", 2**-23), ("FLOAT", 0.0), ("DOUBLE", 2**-23)],
)
def test_wav_of_every_depth(tmp_path: Path, subtype: str, step: float, channels: int) -> None:
    samples = np.random.default_rng(1).uniform(-0.9, 0.9, (20000, channels))
    soundfile.write(tmp_path / "a.wav", samples, RATE_HZ, subtype=subtype)
    np.testing.assert_allclose(decode(tmp_path / "a.wav"), samples.astype(np.float32), atol=step, rtol=0)


def test_wav_of_64_bit_integers(encode: Encode, sound_file: Path) -> None:
    """libsndfile does not read these; FFmpeg does."""
    np.testing.assert_array_equal(decode(encode("s64.wav", "-c:a", "pcm_s64le")), decode(sound_file))


@pytest.mark.parametrize("name", ["16.flac", "16.wv", "16.mka"])
def test_many_planar_channels(encode: Encode, name: str) -> None:
    """Eight channels, each of its own loudness, none mistaken for another."""
    pan = "pan=7.1|" + "|".join(f"c{i}={0.1 * (i + 1):.1f}*c0" for i in range(8))
    codec = {"16.flac": "flac", "16.wv": "wavpack", "16.mka": "vorbis"}[name]
    strict = ("-strict", "experimental") if codec == "vorbis" else ()
    samples = decode(encode(name, "-af", pan, "-c:a", "libvorbis" if codec == "vorbis" else codec, *strict))
    loudness = np.sqrt((samples**2).mean(axis=0))
    np.testing.assert_allclose(sorted(loudness / loudness.max()), np.arange(1, 9) / 8, atol=0.03)


@pytest.mark.parametrize("rate_hz", [8000, 11025, 22050, 32000, 48000, 96000, 192000])
def test_a_tone_stays_a_tone(tmp_path: Path, rate_hz: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(rate_hz * 2) / rate_hz)
    soundfile.write(tmp_path / "tone.wav", tone, rate_hz)
    assert pitches(tmp_path / "tone.wav") == [1000, 1000]


@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "libmp3lame"), ("a.aac", "aac"), ("a.flac", "flac")])
def test_a_rate_that_changes_on_the_way(encode: Encode, tmp_path: Path, name: str, codec: str) -> None:
    """Files of two rates glued together: the pitch stays where it was."""
    tone = ("-f", "lavfi", "-i", "sine=1000:duration=4")
    first = encode(f"high_{name}", "-c:a", codec, "-ar", "44100", "-ac", "2", source=tone)
    second = encode(f"low_{name}", "-c:a", codec, "-ar", "22050", "-ac", "1", source=tone)
    (tmp_path / name).write_bytes(first.read_bytes() + second.read_bytes())
    assert pitches(tmp_path / name) == [1000] * 8


def pitches(path: Path) -> list[int]:
    """Return the strongest frequency of every second, in hertz."""
    samples = load(path, 16000).samples
    seconds = samples[: len(samples) // 16000 * 16000].reshape(-1, 16000)
    return [int(np.abs(np.fft.rfft(second)).argmax()) for second in seconds]


def test_floats_beyond_full_scale_stay(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).normal(0, 3, (44100, 2)).astype(np.float32)
    soundfile.write(tmp_path / "loud.wav", samples, RATE_HZ, subtype="FLOAT")
    np.testing.assert_array_equal(decode(tmp_path / "loud.wav"), samples)


def test_samples_that_are_no_numbers_count_as_damage(tmp_path: Path) -> None:
    samples = np.full((88200, 2), 0.1, dtype=np.float32)
    samples[1000:1441, 0] = [np.nan, np.inf, -np.inf, 1e30] * 110 + [np.nan]
    soundfile.write(tmp_path / "nan.wav", samples, RATE_HZ, subtype="FLOAT")
    with open_audio(tmp_path / "nan.wav") as audio:
        heard = np.concatenate(list(audio.blocks()))
        assert audio.damage is not None
        assert "0.010 s of samples were no numbers" in audio.damage
    assert not heard[1000:1441, 0].any()
    assert (heard[1000:1441, 1] == np.float32(0.1)).all()


def test_too_long_by_its_header(sound_file: Path) -> None:
    with pytest.raises(AudioError, match="limit") as caught:
        open_audio(sound_file, Limits(max_duration_s=5))
    assert caught.value.kind == "too_large"


def test_too_long_without_a_header(encode: Encode) -> None:
    with open_audio(encode("plain.aac"), Limits(max_duration_s=5)) as audio:
        assert audio.claimed_s is None
        with pytest.raises(AudioError) as caught:
            list(audio.blocks())
    assert caught.value.kind == "too_large"


def test_time_runs_out(sound_file: Path) -> None:
    with pytest.raises(AudioError, match="max_wall_s") as caught:
        open_audio(sound_file, Limits(max_wall_s=1e-9))
    assert caught.value.kind == "timeout"


def test_time_runs_out_inside_ffmpeg(encode: Encode) -> None:
    """The clock is looked at whenever FFmpeg asks for bytes, so that it cannot search a file for ever."""
    with open_audio(encode("plain.mp3")) as audio:
        audio._file.clock._limit_s = 0.0
        with pytest.raises(AudioError) as caught:
            list(audio.blocks())
    assert caught.value.kind == "timeout"


def test_only_reading_costs_time() -> None:
    clock = Stopwatch("a.wav", 0.05)
    time.sleep(0.06)
    clock.check()
    with clock:
        time.sleep(0.06)
    with pytest.raises(AudioError):
        clock.check()


def test_limits_that_allow_nothing() -> None:
    with pytest.raises(UsageError):
        Limits(max_duration_s=0)


WITHOUT_AV = """
import sys
sys.modules["av"] = None
from genrescope.audio.stream import stream_mono
from genrescope.errors import AudioError
for path in sys.argv[1:]:
    stream = stream_mono(path, 16000, block_samples=16000)
    try:
        list(stream)
        print(round(stream.duration_s), len(stream.notices))
    except AudioError as error:
        print(error.kind, "av" in error.message)
"""


def test_without_ffmpeg_there_are_fewer_formats(encode: Encode, sound_file: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.mp3"
    text.write_text("not a song")
    names = ["plain.flac", "plain.ogg", "plain.mp3", "plain.m4a"]
    paths = [str(path) for path in (sound_file, *map(encode, names), text)]
    done = subprocess.run([sys.executable, "-c", WITHOUT_AV, *paths], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["8 0"] * 4 + ["unsupported True", "not_audio False"]


def _numbered(page: bytes, number: int) -> bytes:
    """Return an Ogg page under another number, not the first of its stream, with the checksum that it needs."""
    changed = bytearray(page)
    changed[5] = changed[5] & ~2 if number else changed[5]
    changed[18:22], changed[22:26] = number.to_bytes(4, "little"), bytes(4)
    found = 0
    for byte in changed:
        found ^= byte << 24
        for _ in range(8):
            found = (found << 1 ^ 0x104C11DB7) if found & 0x80000000 else found << 1
    changed[22:26] = found.to_bytes(4, "little")
    return bytes(changed)


def test_vorbis_that_tells_its_headers_twice(tmp_path: Path) -> None:
    """Some programs that change tags leave the old headers behind the new ones; FFmpeg refuses such files."""
    soundfile.write(tmp_path / "once.ogg", 0.1 * np.random.default_rng(3).normal(size=40000), RATE_HZ)
    whole = (tmp_path / "once.ogg").read_bytes()
    starts = [match.start() for match in re.finditer(b"OggS", whole)]
    pages = [whole[begin:end] for begin, end in pairwise([*starts, len(whole)])]
    twice = [*pages[:2], *pages[:2], *pages[2:]]
    (tmp_path / "twice.ogg").write_bytes(b"".join(_numbered(page, number) for number, page in enumerate(twice)))
    np.testing.assert_allclose(decode(tmp_path / "twice.ogg"), decode(tmp_path / "once.ogg"), atol=1e-5)

"""Blocks at the model's rate: the values are librosa's, whatever the blocks."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from genrescope.audio.stream import Limits, load, stream_mono
from genrescope.errors import AudioError, UsageError
from genrescope.records import FloatArray

Encode = Callable[..., Path]
Hear = Callable[[Path], Any]

RATE_HZ = 16000


def reference(path: Path, rate_hz: int = RATE_HZ) -> FloatArray:
    librosa = pytest.importorskip("librosa")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on its way librosa imports modules that Python gives up
        return np.asarray(librosa.load(path, sr=rate_hz)[0])


def assert_near(path: Path, atol: float, rms: float = 1e-6, skip_s: float = 0.0, rate_hz: int = RATE_HZ) -> None:
    ours, theirs = load(path, rate_hz).samples, reference(path, rate_hz)
    assert abs(len(ours) - len(theirs)) <= 1
    n_common, skip = min(len(ours), len(theirs)), int(skip_s * rate_hz)
    difference = ours[skip:n_common] - theirs[skip:n_common]
    assert np.abs(difference).max() <= atol
    assert np.sqrt((difference**2).mean()) <= rms


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 44100, 48000])
def test_wav_as_librosa_has_it(sound_file: Path, rate_hz: int) -> None:
    assert_near(sound_file, atol=1e-6, rate_hz=rate_hz)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.flac", "flac"), ("a.aiff", "pcm_s16be"), ("six.wav", "pcm_s16le -ac 6")]
)
def test_lossless_as_librosa_has_it(encode: Encode, name: str, codec: str) -> None:
    assert_near(encode(f"stream_{name}", "-c:a", *codec.split()), atol=1e-6)


@pytest.mark.parametrize("arguments", [(), ("-q:a", "2"), ("-ar", "22050"), ("-write_xing", "0")])
def test_mp3_as_librosa_has_it(encode: Encode, arguments: tuple[str, ...]) -> None:
    assert_near(encode("plain.mp3", *arguments), atol=1e-5)


def test_vorbis_as_librosa_has_it(encode: Encode) -> None:
    assert_near(encode("plain.ogg", "-c:a", "libvorbis"), atol=1e-5)


def test_opus_as_librosa_has_it(encode: Encode) -> None:
    assert_near(encode("plain.opus", "-c:a", "libopus"), atol=5e-3, rms=1e-4)


def test_real_songs_as_librosa_has_them(shared_data: Path) -> None:
    """The clips were cut out of whole songs: their first frames lean on bits that are gone."""
    for path in sorted(shared_data.glob("fma/audio/*.mp3")):
        assert_near(path, atol=1e-5, skip_s=0.1)
    for path in sorted(shared_data.glob("gtzan_mini/*/*.ogg"))[::20]:
        assert_near(path, atol=1e-5)


@pytest.mark.parametrize("overlap", [0, 1, 1000, 4000, 15999])
@pytest.mark.parametrize("block", [16000, 17001, 48000, 1_000_000])
def test_blocks_follow_from_the_whole(sound_file: Path, block: int, overlap: int) -> None:
    whole = load(sound_file, RATE_HZ).samples
    stream = stream_mono(sound_file, RATE_HZ, block_samples=block, overlap_samples=overlap)
    n_blocks = 0
    for k, samples in enumerate(stream):
        start = k * (block - overlap)
        np.testing.assert_array_equal(samples, whole[start : start + block])
        assert len(samples) == block or start + len(samples) == len(whole)
        assert k == 0 or len(samples) > overlap
        n_blocks += 1
        if n_blocks > 100:
            return
    assert (n_blocks - 1) * (block - overlap) + len(samples) == len(whole)
    assert stream.duration_s == 8


@pytest.mark.parametrize("n_samples", [16000, 16001, 20000, 31999, 32000, 32001, 48000])
def test_the_last_block_holds_something_new(tmp_path: Path, n_samples: int) -> None:
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, n_samples).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", samples, RATE_HZ, subtype="FLOAT")
    blocks = list(stream_mono(tmp_path / "a.wav", RATE_HZ, block_samples=16000, overlap_samples=4000))
    joined = np.concatenate([blocks[0], *(block[4000:] for block in blocks[1:])])
    np.testing.assert_array_equal(joined, samples)
    assert all(len(block) > 4000 for block in blocks)


def test_channels_are_mixed_by_their_mean(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (20000, 5)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", samples, RATE_HZ, subtype="FLOAT")
    np.testing.assert_allclose(load(tmp_path / "a.wav", RATE_HZ).samples, samples.mean(axis=1), atol=1e-7)


def test_a_stream_can_be_heard_twice(sound_file: Path) -> None:
    stream = stream_mono(sound_file, RATE_HZ, block_samples=50000)
    first, second = np.concatenate(list(stream)), np.concatenate(list(stream))
    np.testing.assert_array_equal(first, second)


def test_a_stream_left_early_closes_its_file(sound_file: Path, tmp_path: Path) -> None:
    blocks = iter(stream_mono(sound_file, RATE_HZ, block_samples=16000))
    next(blocks)
    blocks.close()  # type: ignore[attr-defined]  # a generator; an open file would be a ResourceWarning


def test_clipped(tmp_path: Path, hear: Hear, sound: NDArray[np.float32]) -> None:
    soundfile.write(tmp_path / "loud.wav", np.clip(sound * 6, -1, 1), 44100)
    soundfile.write(tmp_path / "normal.wav", sound, 44100)
    loud = hear(tmp_path / "loud.wav")
    share = float((np.abs(np.clip(sound * 6, -1, 1)) >= 0.999).mean())
    assert list(loud.notices) == ["clipped"]
    assert f"{share:.1%}" in loud.notices["clipped"]
    assert hear(tmp_path / "normal.wav").notices == {}


def test_limits_reach_the_decoder(sound_file: Path) -> None:
    for limits, kind in {Limits(max_duration_s=4): "too_large", Limits(max_wall_s=1e-9): "timeout"}.items():
        with pytest.raises(AudioError) as caught:
            load(sound_file, RATE_HZ, limits=limits)
        assert caught.value.kind == kind


@pytest.mark.parametrize(("rate_hz", "block", "overlap"), [(0, 10, 0), (16000, 10, 10), (16000, 10, -1), (16000, 0, 0)])
def test_wrong_use(rate_hz: int, block: int, overlap: int) -> None:
    with pytest.raises(UsageError):
        stream_mono("a.wav", rate_hz, block_samples=block, overlap_samples=overlap)

"""A piece of sound, and files of it in every format."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from genrescope.audio.stream import MonoStream, stream_mono
from genrescope.errors import AudioError

RATE_HZ = 44100
DURATION_S = 8.0

Encode = Callable[..., Path]


@dataclass(frozen=True)
class Heard:
    """What became of a file: the seconds heard and the cautions, or the error."""

    duration_s: float
    notices: dict[str, str]
    error: AudioError | None

    @property
    def kind(self) -> str:
        return "" if self.error is None else self.error.kind


Hear = Callable[[Path], Heard]


def _hear(path: Path) -> Heard:
    stream: MonoStream = stream_mono(path, 16000, block_samples=48000, overlap_samples=16000)
    try:
        for block in stream:
            assert block.dtype == np.float32
            assert np.isfinite(block).all()
    except AudioError as error:
        return Heard(0.0, {}, error)
    return Heard(stream.duration_s, {notice.kind: notice.message for notice in stream.notices}, None)


@pytest.fixture(scope="session")
def hear() -> Hear:
    """Return a function that streams a file to its end; anything but an answer or an AudioError fails the test."""
    return _hear


@pytest.fixture(scope="session")
def sound() -> NDArray[np.float32]:
    """Return 8 s of stereo at 44.1 kHz, shape (n_frames, 2): a chord that never repeats, with some noise."""
    rng = np.random.default_rng(7)
    seconds = np.arange(int(DURATION_S * RATE_HZ)) / RATE_HZ
    sweep = np.sin(2 * np.pi * (220 + 40 * seconds) * seconds) + np.sin(2 * np.pi * (1000 + 90 * seconds) * seconds)
    noise = rng.normal(size=(len(seconds), 2))
    return np.asarray(0.2 * sweep[:, None] + 0.03 * noise, dtype=np.float32)


@pytest.fixture(scope="session")
def sound_file(sound: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the sound as a 16 bit WAV file."""
    path = tmp_path_factory.mktemp("sound") / "sound.wav"
    soundfile.write(path, sound, RATE_HZ, subtype="PCM_16")
    return path


@pytest.fixture(scope="session")
def encode(ffmpeg: str, sound_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Encode:
    """Return a function that writes the sound as NAME with ffmpeg's further arguments, once a session."""
    made: dict[tuple[str, ...], Path] = {}

    def run(name: str, *arguments: str, source: tuple[str, ...] = ()) -> Path:
        wish = (*(source or ("-i", str(sound_file))), *arguments, name)
        if wish not in made:
            path = tmp_path_factory.mktemp("encoded") / name
            command = [ffmpeg, "-v", "error", "-nostdin", *wish[:-1], str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"this ffmpeg does not write {name}: {done.stderr.strip().splitlines()[-1]}")
            made[wish] = path
        return made[wish]

    return run

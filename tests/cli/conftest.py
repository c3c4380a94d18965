"""What the command line's tests stand on: answers with a known course, small real files, and the real command."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

import genrescope.cli
from genrescope.records import GenreScore, Notice, Prediction, Timeline

LABELS = ("blues", "classical", "hip-hop", "house", "jazz", "rock")

Command = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def make_prediction() -> Callable[..., Prediction]:
    """Return a maker of answers: rock, then (from `change` on) jazz, with a window a second."""

    def make(path: str = "song.mp3", *, n_windows: int = 60, change: int = 40, timeline: bool = True) -> Prediction:
        probabilities = np.full((n_windows, len(LABELS)), 0.05, dtype=np.float32)
        probabilities[:change, LABELS.index("rock")] = 0.75
        probabilities[change:, LABELS.index("jazz")] = 0.75
        means = probabilities.mean(axis=0)
        scores = tuple(GenreScore(LABELS[i], float(means[i])) for i in np.argsort(-means))
        course = Timeline(0.0, 3.0, 1.0, LABELS, probabilities) if timeline else None
        notices = (Notice("clipped", "5 % of the samples are at full scale."),)
        return Prediction(path, n_windows + 2.5, "toy", "native", scores, False, 0.25, course, notices)

    return make


def write_song(path: Path, seconds: float = 6.0, seed: int = 0) -> Path:
    """Write a few seconds of a noisy chord as a WAV file (whatever the suffix says)."""
    time_s = np.arange(int(seconds * 16000)) / 16000
    chord = sum(np.sin(2 * np.pi * hz * time_s) for hz in (220.0, 277.2, 329.6))
    noise = np.random.default_rng(seed).normal(size=len(time_s))
    with open(path, "wb") as file:  # soundfile itself opens no name that is not UTF-8
        soundfile.write(file, (0.1 * chord + 0.02 * noise).astype(np.float32), 16000, format="WAV", subtype="PCM_16")
    return path


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Return a WAV file of six seconds."""
    return write_song(tmp_path / "song.wav")


@pytest.fixture
def make_song() -> Callable[..., Path]:
    """Return the maker of small songs."""
    return write_song


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Return a folder with two songs (one without a suffix), a broken one, an empty one, and files that are none."""
    folder = tmp_path / "library"
    (folder / "inner").mkdir(parents=True)
    write_song(folder / "a good song.wav")
    write_song(folder / "no suffix", seed=1)
    write_song(folder / "inner" / "deep.wav", seed=2)
    write_song(folder / "._a good song.wav")
    (folder / "broken.mp3").write_bytes(b"ID3\x04" + bytes(range(256)) * 8)
    (folder / "empty.flac").write_bytes(b"")
    (folder / "notes.txt").write_text("Nothing to hear here.\n", encoding="utf-8")
    (folder / "cover.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(500))
    return folder


def command_environment() -> dict[str, str]:
    """Return the environment of the real command: our source first, and one thread to share the machine fairly."""
    source = str(Path(genrescope.cli.__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": source, "PYTHONUNBUFFERED": "1", "COLUMNS": "100", "NO_COLOR": "1"}


@pytest.fixture
def command() -> list[str]:
    """Return how the real command is begun."""
    return [sys.executable, "-m", "genrescope.cli"]


@pytest.fixture
def made(tmp_path: Path) -> Callable[[], list[str]]:
    """Return a lister of what was made in `tmp_path`, without the caches of libraries."""
    return lambda: sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("xdg_"))


@pytest.fixture
def environment() -> dict[str, str]:
    """Return the environment of the real command."""
    return command_environment()


@pytest.fixture
def genrescope_command(command: list[str], tmp_path: Path) -> Command:
    """Return a runner of the real command in `tmp_path`; gives what subprocess.run gives."""

    def run(*arguments: str | bytes, given: bytes = b"", **more: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*command, *arguments],
            input=given,
            capture_output=True,
            cwd=tmp_path,
            env=command_environment() | more,
            timeout=300,
            check=False,
        )

    return run

"""Music of our own that no two seeds share, in any container, to plant faults among."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from genrescope.audit.hear import Heard
from genrescope.records import Track

Write = Callable[..., Path]


def music(seed: int, seconds: float = 6.0, rate: int = 22050, channels: int = 2) -> NDArray[np.float32]:
    """Return chords of decaying partials over coloured noise, shape (n_frames, channels), other for every seed."""
    draw = np.random.default_rng(seed)
    times = np.arange(round(seconds * rate)) / rate
    beat_s = draw.uniform(0.3, 0.7)
    envelope = np.exp(-(times % beat_s) * draw.uniform(2, 9))
    sound = np.zeros((len(times), channels))
    for hz in draw.uniform(110, 2500, size=14):
        where = draw.uniform(0.2, 1.0, size=channels)
        sound += np.outer(draw.uniform(0.02, 0.2) * envelope * np.sin(2 * np.pi * hz * times), where)
    noise = np.convolve(draw.normal(size=len(times)), np.ones(draw.integers(1, 12)), mode="same")
    sound += 0.02 * noise[:, np.newaxis]
    return np.asarray(0.5 * sound / np.abs(sound).max(), dtype=np.float32)


def write(path: Path, sound: NDArray[np.float32], rate: int = 22050) -> Path:
    """Write sound in the container that the suffix names; rounded here, because writers round in ways of their own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.round(sound * 32767).astype(np.int16), rate)
    return path


@pytest.fixture
def make_music() -> Callable[..., NDArray[np.float32]]:
    """Return the maker of music."""
    return music


@pytest.fixture
def write_sound() -> Write:
    """Return what writes a file."""
    return write


@pytest.fixture
def heard() -> Callable[..., Heard]:
    """Return a maker of things heard: half a minute of sound without a fault, but for what is named."""

    def make(**changes: object) -> Heard:
        sound: dict[str, object] = {
            "sample_rate_hz": 44100,
            "channels": 2,
            "duration_s": 30.0,
            "claimed_s": 30.0,
            "damage": None,
            "peak": 0.9,
            "silent_share": 0.0,
            "clipped_share": 0.0,
            "pcm": "",
            "sketch": (),
        }
        if "pcm" not in changes:
            make.n += 1  # type: ignore[attr-defined]
            sound["pcm"] = f"pcm {make.n}"  # type: ignore[attr-defined]
        return Heard(**sound | changes)  # type: ignore[arg-type]

    make.n = 0  # type: ignore[attr-defined]
    return make


@pytest.fixture
def tracks() -> Callable[..., list[Track]]:
    """Return a maker of tracks named a, b, c …, all rock but where `changes` by id say otherwise."""

    def make(n: int, **changes: dict[str, str]) -> list[Track]:
        ids = "abcdefghijklmnopqrstuvwxyz"[:n]
        return [Track(i, Path(f"{i}.mp3"), **{"genre": "rock"} | changes.get(i, {})) for i in ids]  # type: ignore[arg-type]

    return make

"""Small sound files, and the toy features that worker processes import."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

MakeSound = Callable[..., Path]


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the module `store_toys`; worker processes get its folder on their path, too."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return importlib.import_module("store_toys")


@pytest.fixture
def make_sound() -> MakeSound:
    """Return a writer of noise at 8 kHz."""

    def make(path: Path, seconds: float = 2.0, seed: int = 0, level: float = 0.1) -> Path:
        noise = level * np.random.default_rng(seed).normal(size=int(seconds * 8000))
        soundfile.write(path, noise.astype(np.float32), 8000, format="WAV", subtype="PCM_16")
        return path

    return make


@pytest.fixture
def sounds(tmp_path: Path, make_sound: MakeSound) -> Path:
    """Return a folder of eight sounds of 1.5 to 2.2 s."""
    folder = tmp_path / "sounds"
    folder.mkdir()
    for number in range(8):
        make_sound(folder / f"{number:03}.wav", 1.5 + number / 10, seed=number)
    return folder

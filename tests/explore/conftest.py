"""Small songs to draw."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("librosa", reason="librosa is in the extra 'explore'")

RATE_HZ = 22_050


@pytest.fixture(scope="session")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of two genres with three songs of 6 s each, and a file that is no sound."""
    root = tmp_path_factory.mktemp("songs")
    rng = np.random.default_rng(0)
    times = np.arange(6 * RATE_HZ) / RATE_HZ
    for genre, base_hz in (("low", 110.0), ("high", 880.0)):
        (root / genre).mkdir()
        for number in range(3):
            tone = sum(np.sin(2 * np.pi * base_hz * (1 + 0.1 * number) * harmonic * times) for harmonic in (1, 2, 3))
            beat = (np.modf(times * 2)[0] < 0.1) * rng.normal(0, 0.5, len(times))
            soundfile.write(root / genre / f"{number}.wav", 0.1 * tone + 0.2 * beat, RATE_HZ)
    (root / "low" / "broken.mp3").write_bytes(b"no sound at all")
    return root

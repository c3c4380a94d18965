"""Sound for the browser."""

from pathlib import Path

import numpy as np

from genrescope.audio.encode import to_ogg
from genrescope.audio.stream import load
from genrescope.records import Clip


def test_what_is_encoded_sounds_alike(tmp_path: Path) -> None:
    rate_hz = 22_050
    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(4 * rate_hz) / rate_hz)).astype(np.float32)
    (tmp_path / "a.ogg").write_bytes(to_ogg(Clip(tone, rate_hz)))
    heard = load(tmp_path / "a.ogg", rate_hz)
    assert abs(heard.duration_s - 4) < 0.01
    assert np.abs(heard.samples[: len(tone)] - tone[: len(heard.samples)]).max() < 0.05

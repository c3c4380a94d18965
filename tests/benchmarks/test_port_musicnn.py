import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

import port_musicnn
from genrescope.records import FloatArray


def noise(path: Path, level: float) -> Path:
    samples = level * np.random.default_rng(0).standard_normal(7 * port_musicnn.RATE_HZ)
    soundfile.write(path, samples.clip(-1, 1), port_musicnn.RATE_HZ)
    return path


def test_the_published_cast_loses_loud_sound_only(tmp_path: Path) -> None:
    files = [noise(tmp_path / "loud.wav", 0.9), noise(tmp_path / "soft.wav", 0.001)]
    row = port_musicnn.overflow_row(files)
    assert row["files with overflow"] == "1/2"
    assert row["windows with overflow"] == "2/4"


def test_a_difference_is_found(tmp_path: Path) -> None:
    def original(windows: FloatArray) -> FloatArray:
        return np.asarray(windows.mean(axis=1), dtype=np.float32)

    def ours(windows: FloatArray) -> FloatArray:
        return original(windows) + np.float32(0.25)

    row = port_musicnn.row("shifted", ours, original, [noise(tmp_path / "song.wav", 0.1)])
    assert row["windows"] == 2
    assert row["largest difference"] == pytest.approx(0.25, abs=1e-5)


def test_without_tensorflow_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    if importlib.util.find_spec("tensorflow") is not None:
        pytest.skip("TensorFlow is installed here")
    monkeypatch.setattr(sys, "argv", ["port_musicnn.py"])
    port_musicnn.main()
    assert "TensorFlow is not installed" in capsys.readouterr().out

"""Ten hours of sound in a process of its own that may hold 400 MB."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

LIMIT_MB = 400
RATE_HZ = 22050
PROGRAM = """
import json, sys
from pathlib import Path
import genrescope
answer = genrescope.predict(sys.argv[1])
peak_kb = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
print(json.dumps([answer.duration_s, len(answer.timeline.probabilities), answer.timeline.hop_s, peak_kb / 1000]))
"""


def write_song(path: Path, duration_s: int) -> None:
    """Write seeded chords in stereo, a minute at a time; FLAC, because ten hours are written in seconds."""
    rng = np.random.default_rng(0)
    times = np.arange(60 * RATE_HZ) / RATE_HZ
    with soundfile.SoundFile(path, "w", RATE_HZ, 2, format="FLAC", subtype="PCM_16", compression_level=0.0) as file:
        pitches_hz = 110 * 2 ** (rng.integers(0, 24, size=3) / 12)
        minute = sum(np.sin(2 * np.pi * pitch_hz * times) for pitch_hz in pitches_hz) / 4
        stereo = np.stack([minute, minute[::-1]], axis=1).astype(np.float32)
        for _ in range(duration_s // 60):
            for start in range(0, len(stereo), 10 * RATE_HZ):
                file.write(stereo[start : start + 10 * RATE_HZ])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads a process's peak of memory from /proc")
@pytest.mark.parametrize("hours", [pytest.param(1, marks=pytest.mark.long), pytest.param(10, marks=pytest.mark.long)])
def test_memory_does_not_grow_with_length(tmp_path: Path, hours: int) -> None:
    path = tmp_path / "long.flac"
    write_song(path, hours * 3600)
    done = subprocess.run([sys.executable, "-c", PROGRAM, path], capture_output=True, text=True, check=True)
    duration_s, n_windows, hop_s, peak_mb = json.loads(done.stdout)
    assert duration_s == pytest.approx(hours * 3600, abs=1)
    assert n_windows == pytest.approx(hours * 3600 / hop_s, abs=4)
    assert peak_mb < LIMIT_MB

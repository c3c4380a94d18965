"""Ten hours in flat memory."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Encode = Callable[..., Path]

HOURS = 10
MINUTE_S = 60

STREAM = """
import json, re, sys
from pathlib import Path
from genrescope.audio.stream import stream_mono
stream = stream_mono(sys.argv[1], 16000, block_samples=96000, overlap_samples=32000)
n_blocks = sum(1 for block in stream)
# Not ru_maxrss: that begins with what the parent held when it forked.
peak_mib = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"duration_s": stream.duration_s, "n_blocks": n_blocks, "peak_mib": peak_mib}))
"""


def heard_alone(path: Path) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", STREAM, str(path)], capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


@pytest.mark.long
@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "libmp3lame -b:a 32k"), ("a.ogg", "libvorbis -q:a 0")])
def test_ten_hours(encode: Encode, tmp_path: Path, name: str, codec: str) -> None:
    """A minute, repeated: MP3 frames and chained Ogg streams may follow each other without end."""
    source = ("-f", "lavfi", "-i", f"anoisesrc=duration={MINUTE_S}:color=pink:seed=1")
    arguments = ["-c:a", *codec.split(), "-ar", "22050", "-ac", "2"]
    if name == "a.mp3":
        arguments += ["-write_xing", "0", "-id3v2_version", "0"]
    minute = encode(f"minute_{name}", *arguments, source=source).read_bytes()
    path = tmp_path / name
    with path.open("wb") as file:
        for _ in range(HOURS * 60):
            file.write(minute)
    result = heard_alone(path)
    path.unlink()
    assert result["duration_s"] == pytest.approx(HOURS * 3600, rel=0.005)
    assert result["n_blocks"] == pytest.approx(HOURS * 3600 * 16000 / 64000, rel=0.005)
    assert result["peak_mib"] < 200

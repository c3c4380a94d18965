"""A real service on a loopback port, and sounds to send to it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import soundfile

RATE_HZ = 8000
GENRESCOPE = [sys.executable, "-m", "genrescope.cli"]


@dataclass(frozen=True)
class Service:
    """A service that runs in a process of its own."""

    process: subprocess.Popen[str]
    address: str
    uploads: Path

    def post(self, content: bytes, **options: Any) -> httpx.Response:
        """Send the bytes of a file."""
        return httpx.post(f"{self.address}/v1/predict", content=content, timeout=60, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(f"{self.address}{path}", timeout=60, **options)

    def wait_for(self, **facts: object) -> dict[str, object]:
        """Wait until the service's health says so; return all that it says."""
        for _ in range(300):
            found: dict[str, object] = self.get("/v1/health").json()
            if facts.items() <= found.items():
                return found
            time.sleep(0.1)
        raise AssertionError(f"the service never came to {facts}; it says {found}")

    def workers(self) -> list[int]:
        """Return the ids of its worker processes."""
        return children(self.process.pid)


def children(parent: int) -> list[int]:
    """Return the worker processes of a service."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent and b"spawn_main" in (path / "cmdline").read_bytes():
                found.append(int(path.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return sorted(found)


def peak_bytes(process: int) -> int:
    """Return the most memory that a process has had."""
    status = Path(f"/proc/{process}/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def open_files(process: int) -> list[str]:
    """Return what a process has open."""
    return [os.readlink(link) for link in Path(f"/proc/{process}/fd").iterdir() if link.is_symlink()]


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Service]:
    """Run ``genrescope serve`` with uploads below `folder`, and end it."""
    uploads = folder / "uploads"
    uploads.mkdir()
    environment = os.environ | {"TMPDIR": str(uploads), "OMP_NUM_THREADS": "1"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*GENRESCOPE, "serve", "--port", "0", *options],
            stdout=subprocess.PIPE, stderr=log, text=True, env=environment,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            words = process.stdout.readline()
            assert "http://127.0.0.1:" in words, (folder / "log").read_text()
            yield Service(process, words.split()[1], uploads)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            process.stdout.close()


def tone(duration_s: float, form: str = "WAV", level: float = 0.3) -> bytes:
    """Return a sound file: a rich tone that swells, 8 kHz mono."""
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    samples = sum(np.sin(2 * np.pi * 220 * k * time_s) / k for k in range(1, 6)) * (0.5 + 0.5 * np.sin(time_s))
    return sound_file((level * samples / 2).astype(np.float32), RATE_HZ, form)


def sound_file(samples: np.ndarray[Any, Any], rate_hz: int, form: str = "WAV") -> bytes:
    """Return samples as the bytes of a file."""
    file = BytesIO()
    soundfile.write(file, samples, rate_hz, format=form, subtype="PCM_16")
    return file.getvalue()

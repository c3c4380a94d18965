"""Let many clients ask one worker at once, and see that nothing is lost and how long answers take.

Every client sends a real clip, waits for its answer, and sends the next. One that is told to come back (429) does so
after the seconds that it is told; its song counts as answered once it is. Whatever else than an answer or a 429 comes
back is lost.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np

from _common import data_folder, write_result

Clips = list[tuple[str, bytes]]

QUEUES = (64, 16)
"""Requests that may wait: the default, and fewer than there are clients."""

NOTES = (
    "Clients and service share the machine's cores, with whatever else it does.",
    "Clips of 30 s, sent whole each time; their course over time is part of the answer.",
    "A client that is told to come back sleeps for the whole seconds that Retry-After says; who stays takes its place.",
)


@dataclass
class Seen:
    """What the clients saw."""

    answers_s: list[float] = field(default_factory=list)  # one request that was taken in
    songs_s: list[float] = field(default_factory=list)  # with all times that it was told to come back
    n_busy: int = 0
    lost: list[str] = field(default_factory=list)


async def client(http: httpx.AsyncClient, clips: Clips, until_s: float, seen: Seen, seed: int) -> None:
    """Send clip after clip until the time is over; what was begun is brought to its end."""
    draw = random.Random(seed)  # noqa: S311 - which clip is no secret
    while time.monotonic() < until_s:
        await song(http, *draw.choice(clips), seen)


async def song(http: httpx.AsyncClient, name: str, content: bytes, seen: Seen) -> None:
    begun_s = time.monotonic()
    while True:
        asked_s = time.monotonic()
        try:
            response = await http.post("/v1/predict", content=content, headers={"x-filename": name})
        except httpx.HTTPError as error:
            seen.lost.append(repr(error))
            return
        if response.status_code == 429:
            seen.n_busy += 1
            await asyncio.sleep(int(response.headers["retry-after"]))
            continue
        if response.status_code == 200 and response.json()["path"] == name:
            seen.answers_s.append(time.monotonic() - asked_s)
            seen.songs_s.append(time.monotonic() - begun_s)
        else:
            seen.lost.append(f"{response.status_code} {response.text[:200]}")
        return


async def load(address: str, clips: Clips, clients: int, seconds: float) -> tuple[Seen, float]:
    """Return what the clients saw, and for how many seconds."""
    seen, begun_s = Seen(), time.monotonic()
    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits) as http:
        until_s = begun_s + seconds
        await asyncio.gather(*(client(http, clips, until_s, seen, seed) for seed in range(clients)))
    return seen, time.monotonic() - begun_s


def measure(queue: int, clips: Clips, options: argparse.Namespace) -> tuple[Seen, dict[str, object]]:
    """Run a service with so many places to wait, and return what the clients saw, with the figures."""
    command = [sys.executable, "-m", "genrescope.cli", "serve", "--port", "0", "--workers", "1", "--queue", str(queue)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        address = service.stdout.readline().split()[1]
        try:
            seen, took_s = asyncio.run(load(address, clips, options.clients, options.seconds))
            memory = memory_mb(service.pid)
        finally:
            service.send_signal(signal.SIGTERM)
    figures: dict[str, object] = {
        "clients": options.clients,
        "seconds": took_s,
        "answered": len(seen.songs_s),
        "told to come back": seen.n_busy,
        "lost": len(seen.lost),
        "songs a second": len(seen.songs_s) / took_s,
        **times("a request that was taken in", seen.answers_s),
        **times("a song, with coming back", seen.songs_s),
        **{f"memory of the {name}, in MB": size for name, size in memory.items()},
        "load of the machine at the end": os.getloadavg()[0],
    }
    return seen, figures


def times(what: str, took_s: list[float]) -> dict[str, float]:
    p50, p95, p99 = np.percentile(took_s, [50, 95, 99])
    return {
        f"{what}: p50, in s": float(p50),
        f"{what}: p95, in s": float(p95),
        f"{what}: p99, in s": float(p99),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    files = sorted((data_folder() / "fma" / "audio").glob("*.mp3"))
    clips = [(path.name, path.read_bytes()) for path in files]
    found = {queue: measure(queue, clips, options) for queue in QUEUES}
    rows = [
        {"what": name} | {f"{queue} may wait": figures[name] for queue, (_, figures) in found.items()}
        for name in found[QUEUES[0]][1]
    ]
    write_result(
        "serve_load",
        f"{options.clients} clients at once against one worker",
        {"Places for all, and too few": rows},
        notes=NOTES,
        data=files,
        packages=("fastapi", "uvicorn", "starlette"),
    )
    lost = [words for seen, _ in found.values() for words in seen.lost]
    if lost:
        raise SystemExit(f"{len(lost)} lost, such as {lost[0]}")


def memory_mb(process: int) -> dict[str, float]:
    """Return the most memory that the service and its worker have had, in MB."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            words, line = path.read_text(), (path.parent / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        own, parent = int(path.parent.name), int(words.partition("PPid:")[2].split()[0])
        name = "service" if own == process else "worker" if parent == process and b"spawn_main" in line else None
        if name:
            found[name] = int(words.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    return found


if __name__ == "__main__":
    main()

"""A small feature for the tests of the store, in a module that worker processes can import; it can misbehave."""

import os
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from genrescope.features._base import Feature
from genrescope.records import Clip, FloatArray, Track

RATE_HZ = 8000
FRAME = 800


@dataclass(frozen=True)
class ToySettings:
    n_bins: int = 8
    n_frames: int | None = None


def toy(n_bins: int = 8, n_frames: int | None = None, version: int = 1, wait_s: float = 0.0) -> Feature:
    """Return magnitudes of frames of 0.1 s, shape (frame, bin); all of them, or the first `n_frames`."""

    def compute(clip: Clip) -> FloatArray:
        time.sleep(wait_s)
        frames = clip.samples[: len(clip.samples) // FRAME * FRAME].reshape(-1, FRAME)[:n_frames]
        return np.abs(np.fft.rfft(frames, axis=1))[:, :n_bins].astype(np.float32)

    return Feature("toy", version, ToySettings(n_bins, n_frames), RATE_HZ, ("frame", "bin"), compute)


def naughty(hang_s: float = 1000.0) -> Feature:
    """Return a feature that does what the length of a clip in whole seconds tells it."""
    good = toy(n_frames=10)

    def compute(clip: Clip) -> FloatArray:
        seconds = round(clip.duration_s)
        if seconds == 3:
            time.sleep(hang_s)
        if seconds == 4:
            os._exit(3)
        if seconds == 5:
            raise ValueError("five is right out")
        if seconds == 6:
            return np.full((2, 2), np.nan, dtype=np.float32)
        if seconds == 7:
            return np.zeros(3, dtype=np.float32)
        if seconds == 8:
            raise MemoryError
        return good.compute(clip)

    return Feature("naughty", 1, ToySettings(), RATE_HZ, ("frame", "bin"), compute)


def fail_in_workers(parent: int) -> Feature:
    """Return a feature in the process `parent` alone; end any other."""
    if os.getpid() != parent:
        os._exit(1)
    return toy()


def tracks_in(folder: Path) -> list[Track]:
    return [Track(path.stem, path) for path in sorted(folder.iterdir())]


def main() -> None:
    """Extract as a program: FOLDER OUT WORKERS WAIT_S [SHARD_ENTRIES]."""
    from genrescope.errors import GenrescopeError
    from genrescope.features._store_writer import ShardSize
    from genrescope.features.store import ExtractSettings, extract

    folder, out, workers, wait_s, *more = sys.argv[1:]
    size = ShardSize(max_entries=int(more[0])) if more else ShardSize()
    make = partial(toy, wait_s=float(wait_s))
    try:
        summary = extract(
            tracks_in(Path(folder)), make, out, workers=int(workers) or None, settings=ExtractSettings(shard=size)
        )
    except GenrescopeError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(2)
    sys.stdout.write(f"{summary.computed} {summary.kept} {len(summary.failures)}\n")

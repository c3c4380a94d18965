"""The feature store: opening 100,000 entries, random batches against a bare memory map, and what writing costs.

Contenders take turns in one run, so that whatever else the machine does falls on all of them; times are medians.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from _common import data_folder, write_result
from genrescope.audio.stream import Limits, load
from genrescope.features._base import Feature
from genrescope.features._store_entry import Entry, Stamp, Task, array_digest, file_sum, make_entry
from genrescope.features._store_files import write_shard
from genrescope.features._store_pack import DType, pack
from genrescope.features._store_writer import ShardSize, writing
from genrescope.features.store import DTYPES, FeatureStore, check_dtype
from genrescope.records import Clip, FloatArray

N_ENTRIES = 100_000
BATCH = 64
ROUNDS = 15
RATE_HZ = 22_050
FRAMES, BANDS = 400, 128

OPEN = """
import sys, time
began = time.perf_counter()
import pyarrow.ipc
from genrescope.features.store import FeatureStore
loaded = time.perf_counter()
store = FeatureStore.open(sys.argv[1])
opened = time.perf_counter()
store[len(store) // 2].sum()
print(loaded - began, opened - loaded, time.perf_counter() - opened, len(store))
"""

NPY_OPEN = """
import pathlib, sys, time
import numpy as np
began = time.perf_counter()
arrays = [np.load(path, mmap_mode="r") for path in sorted(pathlib.Path(sys.argv[1]).glob("*.npy"))]
opened = time.perf_counter()
print(0, opened - began, 0, sum(map(len, arrays)))
"""


@dataclass(frozen=True)
class Settings:
    """None: the numbers are drawn."""


def spectrogram() -> Feature:
    """Return a plain log-spectrogram of 400 frames and 128 bands: cheap, so that the store's share is not flattered."""

    def compute(clip: Clip) -> FloatArray:
        hop = max(1, (len(clip.samples) - 2048) // FRAMES)
        frames = np.lib.stride_tricks.sliding_window_view(clip.samples, 2048)[::hop][:FRAMES]
        power = np.abs(np.fft.rfft(frames * np.hanning(2048).astype(np.float32), axis=1)[:, 1:]) ** 2
        bands = power.reshape(FRAMES, BANDS, -1).mean(axis=2)
        return np.asarray(np.log(bands + 1e-6), dtype=np.float32)

    return Feature("spectrogram", 1, Settings(), RATE_HZ, ("frame", "band"), compute)


def make_store(path: Path, shape: tuple[int, ...], n_entries: int, size: ShardSize, dtype: DType = "float32") -> None:
    """Write a store of drawn numbers, and the same numbers as one bare file, ``PATH.bin``."""
    rng, feature = np.random.default_rng(0), spectrogram()
    ids = [f"{number:06d}" for number in range(n_entries)]
    with writing(path, feature, dtype, size) as writer, path.with_suffix(".bin").open("wb") as bare:
        for track_id in ids:
            numbers = rng.random(shape, dtype=np.float32)
            bare.write(numbers.tobytes())
            packed = pack(numbers, dtype)
            writer.add(
                Entry(track_id, f"{track_id}.mp3", Stamp(1, 1), "0" * 64, packed=packed, digest=array_digest(numbers))
            )
        writer.finish(ids, is_whole=True)


def open_in_new_process(code: str, path: Path) -> list[float]:
    """Return the seconds of loading the code, opening, and the first read, and how many entries there were."""
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def opening(folder: Path, n_shards: tuple[int, ...], rounds: int) -> list[dict[str, object]]:
    """Open stores of 100,000 entries of 160 numbers, each time in a new process."""
    for number in n_shards:
        make_store(folder / f"{number}", (160,), N_ENTRIES, ShardSize(max_entries=-(-N_ENTRIES // number), max_s=1e9))
    (folder / "npy").mkdir()
    for number in range(n_shards[-1]):
        np.save(folder / "npy" / f"{number}.npy", np.zeros((N_ENTRIES // n_shards[-1], 160), np.float32))
    contenders = {f"store, {number:,} shards": (OPEN, folder / f"{number}") for number in n_shards}
    contenders[f"{n_shards[-1]:,} bare .npy, no index"] = (NPY_OPEN, folder / "npy")
    found: dict[str, list[list[float]]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, (code, path) in contenders.items():
            found[name].append(open_in_new_process(code, path))
    rows = []
    for name, runs in found.items():
        loaded, opened, first, n_entries = (statistics.median(column) for column in zip(*runs, strict=True))
        slowest = max(run[1] for run in runs)
        rows.append(
            {
                "what": name,
                "entries": int(n_entries),
                "open, ms": round(1000 * opened, 1),
                "slowest, ms": round(1000 * slowest, 1),
                "first entry, ms": round(1000 * first, 2),
                "loading the code, ms": round(1000 * loaded, 1),
            }
        )
    return rows


def take_turns(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median seconds of each contender; a first round only warms up."""
    took: dict[str, list[float]] = {name: [] for name in contenders}
    for index in range(rounds + 1):
        for name, job in contenders.items():
            began = time.perf_counter()
            job()
            if index:
                took[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in took.items()}


def batches(folder: Path, shape: tuple[int, ...], n_entries: int, rounds: int) -> list[dict[str, object]]:
    """Read random batches of 64 from stores and from one bare memory map of the same numbers."""
    name = "x".join(map(str, shape))
    for dtype in DTYPES:
        make_store(folder / f"{name}-{dtype}", shape, n_entries, ShardSize(), check_dtype(dtype))
    bare = np.memmap(folder / f"{name}-float32.bin", np.float32, "r", shape=(n_entries, *shape))
    stores = {dtype: FeatureStore.open(folder / f"{name}-{dtype}") for dtype in DTYPES}
    wanted = np.random.default_rng(1).integers(0, n_entries, (20, BATCH))
    assert all(np.array_equal(stores["float32"].batch(some), bare[some]) for some in wanted)

    def reader(read: Callable[[np.ndarray[tuple[int], np.dtype[np.int64]]], object]) -> Callable[[], None]:
        def job() -> None:
            for some in wanted:
                read(some)

        return job

    contenders = {"numpy memory map, one file": reader(lambda some: np.asarray(bare[some]))}
    contenders |= {f"store, {dtype}": reader(store.batch) for dtype, store in stores.items()}
    took = take_turns(contenders, rounds)
    floor = took["numpy memory map, one file"]
    size_mb = BATCH * int(np.prod(shape)) * 4 / 1e6
    return [
        {
            "what": what,
            "array": " × ".join(map(str, shape)),
            "batch of 64, ms": round(1000 * took_s / len(wanted), 3),
            "float32 MB/s": round(size_mb * len(wanted) / took_s),
            "times the memory map": round(took_s / floor, 2),
        }
        for what, took_s in took.items()
    ]


def writing_costs(folder: Path, files: list[Path], rounds: int) -> list[dict[str, object]]:
    """Return the milliseconds a file of the parts of an extraction, on one core."""
    feature, limits = spectrogram(), Limits()
    clips = {path: load(path, RATE_HZ) for path in files}
    arrays = [feature.compute(clip) for clip in clips.values()]
    entries = [make_entry(feature, "float32", limits, Task(path.stem, path)) for path in files] * 16
    shard = [entry for entry in entries if isinstance(entry, Entry)]
    contenders: dict[str, Callable[[], object]] = {
        "decode and resample": lambda: [load(path, RATE_HZ) for path in files],
        "compute (a bare spectrogram)": lambda: [feature.compute(clip) for clip in clips.values()],
        "sum of the file": lambda: [file_sum(path) for path in files],
        "digest of the numbers": lambda: [array_digest(array) for array in arrays],
    }
    for dtype in DTYPES:
        contenders[f"pack as {dtype}"] = lambda dtype=dtype: [pack(array, dtype) for array in arrays]  # type: ignore[misc]
    took = {name: took_s / len(files) for name, took_s in take_turns(contenders, rounds).items()}
    written = {"shard to the disk, fsync": lambda: write_shard(folder / "shard.arrow", shard, "float32")}
    took |= {name: took_s / len(shard) for name, took_s in take_turns(written, rounds).items()}
    whole = took["decode and resample"] + took["compute (a bare spectrogram)"]
    return [
        {"part": name, "ms a file": round(1000 * took_s, 2), "of decode and compute": f"{took_s / whole:.1%}"}
        for name, took_s in took.items()
    ]


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds, after one to warm up")
    rounds = max(1, parser.parse_args().rounds)
    os.environ.update({"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).resolve().parent.parent / "src")})
    files = sorted((data_folder() / "fma" / "audio").glob("*.mp3"))
    if not files:
        raise SystemExit("The real data is not complete: fma/audio/*.mp3 are needed.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables = {
            "Opening 100,000 entries of 160 numbers, in a new process": opening(folder, (25, 1600), rounds),
            "Random batches": [
                *batches(folder, (160,), N_ENTRIES, rounds),
                *batches(folder, (FRAMES, BANDS), 1000, rounds),
            ],
            "Writing": writing_costs(folder, files, rounds),
        }
    notes = [
        f"Medians of {rounds} rounds in turns; pages are in the system's cache (a cold disk is slower for all alike).",
        "Opening is reading the index; loading pyarrow and our code comes before it. The slowest counts, too.",
        "Beside its bytes, a batch costs half a microsecond an array: seen where an array is a few hundred bytes.",
        "Packing happens in the workers; the shard is written by the process that collects, while they work.",
    ]
    write_result("store", "The feature store", tables, notes=notes, data=files, packages=["pyarrow"])


if __name__ == "__main__":
    main()

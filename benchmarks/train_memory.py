"""The memory that training needs at the size of FMA-small: 8,000 tracks as log-mel of 400 × 128, one epoch.

    python benchmarks/train_memory.py [--networks A,B] [--tracks N]

The tracks are a second of noise each, in eight genres; the recipes pad them to their 400 frames, so that the store and
the batches are as large as with real songs of 30 s. Each network is trained in a process of its own, from the store on
the disk. The numbers of all tracks together would take 1,562 MiB as float32; the reports' programs took 25 to 35 GB.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import soundfile

import _common

RATE_HZ, GENRES = 22_050, 8
NETWORKS = ("fma-cnn", "scope-net")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--networks", default=",".join(NETWORKS), help="recipes, with commas between them")
    arguments.add_argument("--tracks", type=int, default=8_000)
    arguments.add_argument("--worker", nargs=2, metavar=("RECIPE", "FOLDER"), help=argparse.SUPPRESS)
    said = arguments.parse_args()
    if said.worker:
        sys.stdout.write(json.dumps(worker(said.worker[0], Path(said.worker[1]))) + "\n")
        return
    with tempfile.TemporaryDirectory(prefix="train-memory-") as folder:
        lay_noise(Path(folder) / "tracks", said.tracks)
        rows = [_run(name, Path(folder)) for name in said.networks.split(",")]
    _common.write_result(
        "train_memory",
        "Memory of training at the size of FMA-small",
        {f"{said.tracks:,} tracks, 400 × 128, one epoch": rows},
        notes=[
            "own, MiB: the most that the process held itself, its libraries and the network with it.",
            "with mapped files, MiB: also pages of libraries and of the store, which the system may drop at any time.",
            "One thread; the store is made before, and not counted.",
        ],
        packages=("torch", "lightning", "pyarrow"),
    )


def lay_noise(folder: Path, n_tracks: int) -> None:
    """Write a second of noise for each track, in a folder a genre."""
    rng = np.random.default_rng(0)
    for index in range(n_tracks):
        path = folder / f"genre{index % GENRES}" / f"{index:05}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, rng.normal(0, 0.1, RATE_HZ), RATE_HZ, subtype="PCM_16")


def worker(name: str, folder: Path) -> dict[str, object]:
    """Train a recipe in this process for an epoch; its store is filled by the one before, or now."""
    from genrescope.recipes._base import changed, read_recipe
    from genrescope.recipes.networks import Trained
    from genrescope.recipes.train import Asked, prepare, train

    asked = Asked("folder", folder / "tracks", "balanced", work=folder / "work")
    recipe = changed(read_recipe(name), ["training.epochs=1", "training.batch_size=32"])
    parts = prepare(recipe, asked).parts
    with Watch() as watch:
        trained = train(recipe, asked, folder / "runs" / name)
    assert isinstance(trained, Trained)
    return {
        "network": name,
        "training tracks": len(parts["training"]),
        "own, MiB": round(watch.own_mib),
        "with mapped files, MiB": round(watch.all_mib),
        "seconds": round(float(str(trained.facts["seconds"])), 1),
    }


class Watch:
    """The most memory that this process held, looked at ten times a second."""

    def __init__(self) -> None:
        self.own_mib = self.all_mib = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
            kib = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith("Rss")}
            file_mib = kib["RssFile"] / 1024
            own_mib = (kib["RssAnon"] + kib["RssShmem"]) / 1024
            self.own_mib, self.all_mib = max(self.own_mib, own_mib), max(self.all_mib, own_mib + file_mib)
            time.sleep(0.1)


def _run(name: str, folder: Path) -> dict[str, object]:
    command = [sys.executable, __file__, "--worker", name, str(folder)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=True)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()

"""How much memory an epoch takes at FMA-small's size: 8,000 log-mel spectrograms, 400 × 128, out of the store.

    python benchmarks/train_memory.py

The numbers are noise: memory does not depend on them. The reports needed 25 to 35 GB.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import soundfile

import _common
from genrescope.features._base import Feature
from genrescope.features.logmel import LogMelSettings
from genrescope.features.store import DType, FeatureStore, extract
from genrescope.records import Clip, FloatArray, Track

N_TRACKS, SHAPE, RATE_HZ = 8_000, (400, 128), 8_000
NETWORKS = {"mfcc-dense3": 6_400, "fma-cnn": 1_600}
"""How many tracks an epoch of each learns from: the whole training part, or a quarter where a track takes long."""


def noise() -> Feature:
    """Return a feature that is noise of a spectrogram's shape, whatever it hears."""
    return Feature("logmel", 1, LogMelSettings(), RATE_HZ, ("frame", "band"), _compute)


def _compute(clip: Clip) -> FloatArray:
    seed = int(abs(float(clip.samples[0])) * 1e9)
    return np.random.default_rng(seed).standard_normal(SHAPE, dtype=np.float32)


def main() -> None:
    if sys.argv[1:2] == ["--worker"]:
        sys.stdout.write(json.dumps(worker(sys.argv[2], Path(sys.argv[3]))) + "\n")
        return
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for dtype in ("float32", "uint8"):
            store = made(Path(folder), dtype)
            size = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
            for network in NETWORKS:
                command = [sys.executable, __file__, "--worker", network, str(store)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                found = json.loads(done.stdout.splitlines()[-1])
                rows.append({"network": network, "store": dtype, "store, MB": round(size / 1e6), **found})
    _common.write_result(
        "train_memory",
        "Memory of an epoch at FMA-small's size",
        {"8,000 tracks of 400 × 128": rows},
        notes=[
            "peak, MiB: all that the process had in memory, its libraries and read pages of the store too.",
            "own, MiB: the same without files, whose pages are given back as soon as another program needs them.",
        ],
        packages=("torch", "lightning"),
    )


def made(folder: Path, dtype: DType) -> Path:
    """Return a store of noise."""
    rng, tracks = np.random.default_rng(0), []
    sounds = folder / "sounds"
    sounds.mkdir(exist_ok=True)
    for number in range(N_TRACKS):
        path = sounds / f"{number:05}.wav"
        if not path.exists():
            soundfile.write(path, rng.uniform(-0.5, 0.5, RATE_HZ // 2).astype(np.float32), RATE_HZ, subtype="FLOAT")
        tracks.append(Track(path.stem, path))
    store = folder / dtype
    summary = extract(tracks, noise, store, dtype=dtype)
    if summary.computed != N_TRACKS:
        raise SystemExit(f"{len(summary.failures)} entries could not be made: {summary.failures[:1]}")
    return store


def worker(name: str, path: Path) -> dict[str, object]:
    """Train one epoch in this process."""
    import torch

    from genrescope.models.catalogue import make_network
    from genrescope.training._memory import peak_mib
    from genrescope.training.examples import Examples
    from genrescope.training.fit import fit
    from genrescope.training.fit_settings import fit_settings

    store = FeatureStore.open(path)
    targets = np.arange(len(store)) % 8
    labels = tuple("abcdefgh")
    whole = Examples(store.ids, store, targets, labels, store.ids, {"feature": "logmel"}, "noise")
    training, validation = whole.take(range(NETWORKS[name])), whole.take(range(6_400, 7_200))
    watch = _Watch()
    with tempfile.TemporaryDirectory() as folder, watch:
        network = make_network(name, 8, SHAPE)
        fitted = fit(network, training, validation, fit_settings({"epochs": 1}), Path(folder), seed=0)
    return {
        "tracks an epoch": len(training),
        "peak, MiB": round(peak_mib()),
        "own, MiB": round(watch.own_mib),
        "epoch, s": round(fitted.seconds, 1),
        "waiting": f"{fitted.waiting:.1%}",
        "threads": torch.get_num_threads(),
    }


class _Watch:
    """Looks every 20 ms at how much memory of this process is no file's."""

    def __init__(self) -> None:
        self.own_mib, self._over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
                if line.startswith("RssAnon:"):
                    self.own_mib = max(self.own_mib, int(line.split()[1]) / 1024)
            time.sleep(0.02)


if __name__ == "__main__":
    main()

"""How fast networks train on this processor, with how much memory, and how long they wait for data.

    python benchmarks/train_speed.py [--keras-python PYTHON] [--rounds N] [--networks A,B]

Each figure is of a process of its own on one thread. Report A0's CNN is trained in turns by us and by the same network
in Keras, where an interpreter that has TensorFlow is named.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import _common

KERAS = Path(__file__).with_name("_train_speed_keras.py")
N_EXAMPLES, BATCH, EPOCHS = 128, 32, 3
SHAPES = {"fma-dense-mfcc": (140,), "gtzan-inception": (299, 299, 3), "fma-vgg16": (128, 400, 3),
          "fma-vgg16-progressive": (84, 100, 3), "gtzan-cnn": (128, 400), "crnn-over-time": (640, 128),
          "musicnn-finetune": (1870, 96), "yamnet-finetune": (2976, 64), "vggish-finetune": (2976, 64),
          "mfcc-dense3": (2580, 20), "mfcc-cnn": (2580, 20), "mfcc-lstm": (2580, 20),
          "mfcc-td-cnn": (2580, 20), "scope-vgg16": (128, 400, 3)}  # fmt: skip
"""Of one example; those that are not named take log-mel, 400 × 128."""
FEWER = {"fma-vgg16": 8, "gtzan-inception": 16, "musicnn-finetune": 4, "yamnet-finetune": 4, "vggish-finetune": 8,
         "mfcc-lstm": 32, "fma-vgg16-progressive": 32, "scope-vgg16": 32}  # fmt: skip
"""Examples an epoch of networks that take long for one, or much memory: one batch, where its recipe's is small."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--keras-python", help="an interpreter that has TensorFlow")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--networks", help="only these, with commas between them")
    arguments.add_argument("--worker", nargs=2, metavar=("NETWORK", "PRECISION"), help=argparse.SUPPRESS)
    said = arguments.parse_args()
    if said.worker:
        sys.stdout.write(json.dumps(worker(*said.worker)) + "\n")
        return
    from genrescope.models.catalogue import NETWORKS

    names = said.networks.split(",") if said.networks else list(NETWORKS)
    _common.write_result(
        "train_speed",
        "Training on one thread: milliseconds an example, memory, waiting for data",
        {"report A0's CNN, in turns": against_keras(said.keras_python, said.rounds), "networks": each(names)},
        notes=[
            f"Noise of each network's input, batches of {BATCH}, the fastest of {EPOCHS} epochs after the first.",
            f"One smaller batch an epoch: {', '.join(f'{name} {n}' for name, n in FEWER.items() if n < BATCH)}.",
            "Milliseconds are processor time: other work on the machine does not count, but slows caches.",
            "Memory is that of the whole process; of it, libraries: what it held before the first batch.",
            "Networks that begin with published weights are timed with fresh ones: the work is the same.",
            "Frozen trunks are run in each epoch here; training runs them once, where augmentation lets it.",
        ],
        packages=("torch", "lightning"),
    )


def against_keras(python: str | None, rounds: int) -> list[dict[str, object]]:
    """Train A0's CNN in turns; the median of the rounds."""
    sides = {"genrescope, auto": _own("fma-cnn", "auto"), "genrescope, float32": _own("fma-cnn", "32")}
    if python:
        sides["Keras, float32"] = [python, str(KERAS), str(N_EXAMPLES), str(BATCH), str(EPOCHS)]
    found: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, command in sides.items():
            found[side].append(_run(command))
    rows: list[dict[str, object]] = []
    for side, results in found.items():
        ms = float(np.median([one["ms"] for one in results]))
        rows.append({"side": side, "ms an example": round(ms, 2), **_memory(max(results, key=_peak))})
    if not python:
        rows.append({"side": "Keras, float32", "ms an example": "not installed"})
        return rows
    keras_ms = float(str(rows[-1]["ms an example"]))
    return [row | {"Keras' time / its time": round(keras_ms / float(str(row["ms an example"])), 2)} for row in rows]


def _memory(result: dict[str, float]) -> dict[str, object]:
    return {"peak MiB": round(_peak(result)), "of it libraries": round(result["libraries_mib"])}


def _peak(result: dict[str, float]) -> float:
    return result["peak_mib"]


def each(names: list[str]) -> list[dict[str, object]]:
    """Train each network once."""
    rows: list[dict[str, object]] = []
    for name in names:
        result = _run(_own(name, "auto"))
        rows.append({
            "network": name,
            "weights": int(result["weights"]),
            "ms an example": round(result["ms"], 2),
            "min an epoch of 6,400": round(result["ms"] * 6_400 / 60_000, 1),
            **_memory(result),
            "waiting": f"{result['waiting']:.2%}",
        })  # fmt: skip
        sys.stderr.write(f"{rows[-1]}\n")
    return rows


def worker(name: str, precision: str) -> dict[str, float]:
    """Train a network on noise, in this process."""
    import torch

    from genrescope.models._network import count_weights
    from genrescope.models.catalogue import make_network
    from genrescope.recipes._base import read_recipe
    from genrescope.training._memory import peak_mib
    from genrescope.training.examples import ArrayInputs, Examples
    from genrescope.training.fit import Progress, fit
    from genrescope.training.fit_settings import fit_settings

    torch.set_num_threads(1)
    shape, n = SHAPES.get(name, (400, 128)), FEWER.get(name, N_EXAMPLES)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, *shape)).astype(np.float32)
    ids = tuple(map(str, range(n)))
    examples = Examples(ids, ArrayInputs(x), np.arange(n) % 8, tuple("abcdefgh"), ids, {"kind": "noise"}, "noise")
    values = {"epochs": EPOCHS + 2, "batch_size": min(BATCH, n), "keep": "last", "precision": precision, "l2": 1e-3}
    network = make_network(name, 8, shape)
    ends_s: list[float] = []  # of each epoch, a batch later; the last has no batch after it

    def tell(progress: Progress) -> None:
        if len(progress.history) > len(ends_s):
            ends_s.append(time.process_time())

    layout = {"channels_last": read_recipe(name).training.get("channels_last", True)}
    settings = fit_settings(values | layout | {"learning_rate": 1e-4})
    libraries_mib = peak_mib()
    with tempfile.TemporaryDirectory() as folder:
        fitted = fit(network, examples, None, settings, Path(folder), seed=0, tell=tell)
    after = fitted.history[1:]
    seconds = float(np.diff(ends_s[:-1]).min())
    waiting = sum(epoch.waited_s for epoch in after) / sum(epoch.seconds for epoch in after)
    weights = count_weights(fitted.network)
    return {
        "ms": seconds / n * 1e3,
        "peak_mib": peak_mib(),
        "libraries_mib": libraries_mib,
        "waiting": waiting,
        "weights": weights,
    }


def _own(name: str, precision: str) -> list[str]:
    return [sys.executable, __file__, "--worker", name, precision]


def _run(command: list[str]) -> dict[str, float]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()

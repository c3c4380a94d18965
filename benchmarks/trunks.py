"""What other trunks would cost in the bundled model: the same windows, the same 30 genres, through the same path.

    python benchmarks/trunks.py

Its weights are fresh ones: the work is the same as that of trained ones. Both take turns on real MP3s, on one thread.
A trunk that replaces the shipped one may not be slower, whatever it hears. scope-net hears each window anew;
scope-windows is scope-net with what overlapping windows share computed once.
"""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

import _common
from genrescope.audio.stream import load
from genrescope.card import IN_GRAPH, ModelCard
from genrescope.features.logmel import MUSICNN
from genrescope.models._bundle import GenreGraph, export
from genrescope.models._logmel_trunk import LogMelTrunk
from genrescope.models._net_export import export_network
from genrescope.models.catalogue import make_network
from genrescope.models.musicnn import HOP_SAMPLES, N_EMBEDDING, N_FRAMES, WINDOW_SAMPLES
from genrescope.models.scope_windows import ScopeWindows
from genrescope.records import Clip
from genrescope.runtime.model import Model, load_model
from genrescope.vocabulary import LABELS

ROUNDS = 9
RATE_HZ = MUSICNN.sample_rate_hz
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "scope-net": {},
    "scope-net, textures alone": {"modulations": False},
    "scope-net, modulations alone": {"textures": False},
    "scope-net, convolutions alone": {"textures": False, "modulations": False, "width": 16},
}


def main() -> None:
    songs = sorted(_common.data_folder().glob("fma/audio/*.mp3"))
    clips = [load(path, RATE_HZ) for path in songs]
    with tempfile.TemporaryDirectory() as folder:
        files = {"bundled": Path(str(resources.files("genrescope") / "assets" / "bundled.onnx"))}
        files["scope-windows"] = fresh_windows(Path(folder) / "scope-windows.onnx")
        files |= {name: fresh(settings, Path(folder) / f"{name}.onnx") for name, settings in VARIANTS.items()}
        sizes_mb = {name: path.stat().st_size / 1e6 for name, path in files.items()}
        models = {name: load_model(path, threads=1) for name, path in files.items()}
        best = dict.fromkeys(models, [np.inf] * len(clips))
        for _ in range(ROUNDS):
            for name, model in models.items():
                best[name] = [
                    min(pair) for pair in zip(best[name], (spent_ms(model, clip) for clip in clips), strict=True)
                ]
    rows = [
        {
            "trunk": name,
            "file, MB": round(sizes_mb[name], 2),
            "ms for 30 s": round(float(np.median(found)), 1),
            "times bundled": round(float(np.median(np.divide(found, best["bundled"]))), 2),
        }
        for name, found in best.items()
    ]
    notes = ["From 16 kHz samples in memory to the answer; the best of the rounds, the median of the songs."]
    _common.write_result(
        "trunks",
        "Trunks of the bundled model",
        {"One thread, processor time": rows},
        notes=notes,
        data=songs,
        packages=("torch",),
    )


def fresh(settings: Mapping[str, Any], path: Path) -> Path:
    """Write scope-net under musicnn's front end, with the bundled model's windows and genres."""
    torch.manual_seed(0)
    network = make_network("scope-net", len(LABELS), (N_FRAMES, MUSICNN.n_mels), **settings).eval()
    export_network(network, card_of(path.stem), path, MUSICNN)
    return path


def fresh_windows(path: Path) -> Path:
    """Write scope-windows with the bundled model's heads."""
    torch.manual_seed(0)
    trunk = LogMelTrunk(ScopeWindows())
    export(
        GenreGraph(trunk, nn.Linear(N_EMBEDDING, len(LABELS)), nn.Linear(N_EMBEDDING, 2)),
        replace(card_of(path.stem), embedding_size=N_EMBEDDING),
        path,
    )
    return path


def card_of(name: str) -> ModelCard:
    """Return a card of the bundled model's windows and genres."""
    return ModelCard(
        name=name,
        labels=list(LABELS),
        sample_rate_hz=RATE_HZ,
        window_s=WINDOW_SAMPLES / RATE_HZ,
        hop_s=HOP_SAMPLES / RATE_HZ,
        unsure_below=0.3,
        licence="Apache-2.0",
        front_end=IN_GRAPH,
    )


def spent_ms(model: Model, clip: Clip) -> float:
    begun_s = time.process_time()
    model.predict(clip)
    return (time.process_time() - begun_s) * 1e3


if __name__ == "__main__":
    main()

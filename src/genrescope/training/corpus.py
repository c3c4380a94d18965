"""What the two teachers hear in a folder of music, kept on disk for the student to learn from.

Nothing here reads a label. Each audio file becomes one ``.npz`` with its log-mel frames and, for every window, the
answers of musicnn and YAMNet; a file that is there already is not computed again, and one that fails is listed and
passed over.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from genrescope.audio.stream import load
from genrescope.errors import AudioError
from genrescope.features.logmel import MUSICNN
from genrescope.features.logmel_layer import LogMel
from genrescope.models.musicnn import HOP_FRAMES, HOP_SAMPLES, N_FRAMES, WINDOW_SAMPLES, Musicnn
from genrescope.models.yamnet import Yamnet, YamnetTrunk
from genrescope.records import FloatArray

BATCH_WINDOWS = 32


@dataclass(frozen=True, eq=False)
class Heard:
    """One file as the teachers heard it.

    Attributes
    ----------
    name : str
        File name without suffix; with its folder it identifies the recording.
    mel : ndarray of float16, shape (n_frames, 96)
        Log-mel frames, musicnn's settings.
    embedding, tags : ndarray of float32, shape (n_windows, 200) and (n_windows, 50)
        musicnn's embedding and tag logits of each window of 187 frames, one every 62 frames.
    classes : ndarray of float32, shape (n_windows, 521)
        YAMNet's class probabilities, the mean over the patches inside each window.
    """

    name: str
    mel: NDArray[np.float16]
    embedding: FloatArray
    tags: FloatArray
    classes: FloatArray


@dataclass(frozen=True)
class Teachers:
    """The two published networks."""

    musicnn: Musicnn
    yamnet: Yamnet

    @torch.inference_mode()
    def hear(self, name: str, samples: FloatArray) -> Heard:
        """Run both over a mono waveform at 16 kHz of at least one window."""
        mel = LogMel(MUSICNN)(torch.from_numpy(samples)[None])[0]
        windows = mel.unfold(0, N_FRAMES, HOP_FRAMES).transpose(1, 2)
        answers = [self.musicnn(batch) for batch in windows.split(BATCH_WINDOWS)]
        embedding = torch.cat([embedding for embedding, _ in answers]).numpy()
        tags = torch.cat([logits for _, logits in answers]).numpy()
        return Heard(name, mel.numpy().astype(np.float16), embedding, tags, self._classes(samples, len(windows)))

    def _classes(self, samples: FloatArray, n_windows: int) -> FloatArray:
        trunk = YamnetTrunk(self.yamnet)
        starts = range(0, n_windows * HOP_SAMPLES, HOP_SAMPLES)
        windows = torch.from_numpy(np.stack([samples[start : start + WINDOW_SAMPLES] for start in starts]))
        parts = [trunk(batch)[1].mean(dim=1) for batch in windows.split(BATCH_WINDOWS)]
        return np.asarray(torch.cat(parts).numpy(), dtype=np.float32)


def hear_files(paths: Iterable[Path], store: Path, teachers: Teachers, max_s: float) -> Iterator[str]:
    """Let the teachers hear every file, `max_s` seconds from its middle, and keep what they said in `store`.

    Yields
    ------
    str
        One line a file: what became of it.
    """
    store.mkdir(parents=True, exist_ok=True)
    for path in paths:
        target = store / f"{path.parent.name}--{path.stem}.npz"
        if target.exists():
            yield f"{path.name}: there already"
            continue
        try:
            samples = _middle(load(path, MUSICNN.sample_rate_hz).samples, max_s)
        except AudioError as error:
            yield f"passed over: {error}"
            continue
        if len(samples) < WINDOW_SAMPLES:
            yield f"passed over: {path.name}: shorter than a window"
            continue
        _save(target, teachers.hear(target.stem, samples))
        yield f"{path.name}: {len(samples) / MUSICNN.sample_rate_hz:.0f} s"


def read_store(store: Path) -> list[Heard]:
    """Read all that was heard, in the order of the names."""
    found = []
    for path in sorted(store.glob("*.npz")):
        with np.load(path) as arrays:
            found.append(Heard(path.stem, arrays["mel"], arrays["embedding"], arrays["tags"], arrays["classes"]))
    return found


def _middle(samples: FloatArray, max_s: float) -> FloatArray:
    wanted = int(max_s * MUSICNN.sample_rate_hz)
    start = max(0, (len(samples) - wanted) // 2)
    return samples[start : start + wanted]


def _save(target: Path, heard: Heard) -> None:
    partial = target.with_suffix(".part")
    with partial.open("wb") as file:
        np.savez(file, mel=heard.mel, embedding=heard.embedding, tags=heard.tags, classes=heard.classes)
    partial.replace(target)

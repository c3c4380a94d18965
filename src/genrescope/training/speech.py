"""Teach a model's trunk to tell speech from music: a logistic regression on its embedding.

What is speech is known by the folder it lies in; no teacher is asked, and no genre. Whether that holds for voices and
recordings that it never met is measured by leaving out each folder in turn.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from genrescope.audio.stream import stream_mono
from genrescope.card import Score
from genrescope.errors import AudioError, GenrescopeError
from genrescope.features.logmel import MUSICNN
from genrescope.models.musicnn import WINDOW_SAMPLES
from genrescope.records import FloatArray
from genrescope.training.head import Linear

AUDIO = {".mp3", ".ogg", ".opus", ".flac", ".wav", ".m4a"}
LONGEST_S = 45
"""Of each recording so much is heard, from its start."""
SPEECH_WEIGHT = 0.2
"""What all the speech weighs, all the music weighing the rest: a song called speech is the worse mistake."""
PENALTY = 1e-4
MAX_STEPS = 100
SPEECH_ABOVE = 0.5


@dataclass(frozen=True, eq=False)
class Sample:
    """A recording as the trunk hears it.

    Attributes
    ----------
    folder : str
        Where it lies; what lies together is held out together.
    embedding : ndarray of float32, shape (n_windows, n_embedding)
    is_speech : bool
    """

    folder: str
    embedding: FloatArray
    is_speech: bool


@torch.inference_mode()
def hear_folders(trunk: nn.Module, folders: Iterable[Path], *, is_speech: bool) -> list[Sample]:
    """Let a trunk hear every recording below `folders`; what cannot be heard is passed over.

    Raises
    ------
    GenrescopeError
        Where there is nothing to hear.
    """
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.suffix.lower() in AUDIO)
    found = []
    for file in files:
        samples = _start(file)
        if samples is not None:
            embedding = trunk(torch.from_numpy(samples)[None])[0].numpy()
            found.append(Sample(file.parent.name, embedding, is_speech))
    if not found:
        raise GenrescopeError(f"no {'speech' if is_speech else 'music'} could be heard; name folders of recordings.")
    return found


def _start(file: Path) -> FloatArray | None:
    rate_hz = MUSICNN.sample_rate_hz
    try:
        samples = next(iter(stream_mono(file, rate_hz, block_samples=LONGEST_S * rate_hz)))
    except AudioError:
        return None
    return samples if len(samples) >= WINDOW_SAMPLES else None


def fit_speech(samples: Sequence[Sample]) -> Linear:
    """Return the map from an embedding to the logit that it is speech.

    Raises
    ------
    GenrescopeError
        Where one kind is missing.
    """
    x = torch.tensor(np.concatenate([sample.embedding for sample in samples]), dtype=torch.float64)
    wanted = torch.tensor(np.concatenate([np.full(len(s.embedding), float(s.is_speech)) for s in samples]))
    n_speech = float(wanted.sum())
    if not 0 < n_speech < len(wanted):
        raise GenrescopeError("telling speech from music takes recordings of both.")
    weight = torch.where(wanted > 0, SPEECH_WEIGHT / n_speech, (1 - SPEECH_WEIGHT) / (len(wanted) - n_speech))
    mean, deviation = x.mean(dim=0), x.std(dim=0) + 1e-3
    change = _descend((x - mean) / deviation, wanted, weight)
    slope = change[:-1] / deviation
    return Linear(slope.numpy()[None], (change[-1:] - slope @ mean).numpy())


def _descend(x: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    found = torch.zeros(x.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([found], max_iter=MAX_STEPS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        surprise = nn.functional.binary_cross_entropy_with_logits(
            x @ found[:-1] + found[-1], wanted, weight, reduction="sum"
        )
        loss = surprise + PENALTY * found[:-1].square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return found.detach()


def speech_share(head: Linear, sample: Sample) -> float:
    """Return the mean over a recording's windows of the chance that it is speech."""
    return float((1 / (1 + np.exp(-head(sample.embedding)))).mean())


def held_out(samples: Sequence[Sample]) -> list[float]:
    """Return each recording's share of speech by a head that never met its folder."""
    folders = sorted({sample.folder for sample in samples})
    heads = {folder: fit_speech([sample for sample in samples if sample.folder != folder]) for folder in folders}
    return [speech_share(heads[sample.folder], sample) for sample in samples]


def scores_of(samples: Sequence[Sample], shares: Sequence[float]) -> list[Score]:
    """Say how often speech and music are taken for what they are."""
    right = {True: list[bool](), False: list[bool]()}
    for sample, share in zip(samples, shares, strict=True):
        right[sample.is_speech].append((share > SPEECH_ABOVE) == sample.is_speech)
    note = "each folder of recordings held out in turn"
    names = {True: "speech called speech", False: "music not called speech"}
    return [Score.of_share(names[kind], sum(hits), len(hits), note) for kind, hits in right.items()]

"""Make the bundled model again: ``python -m genrescope.training.bundled --help``.

Two steps. ``hear`` lets the teachers hear folders of music and keeps what they said; no label is read. ``learn`` fits
the head, teaches the student, calibrates on a few labelled clips and writes the model file, its float reference
(musicnn's own trunk under the same head) and what YAMNet's ensemble needs. docs/bundled-model.md tells the whole way.
"""

import argparse
import csv
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from genrescope.card import ModelCard, Score
from genrescope.errors import GenrescopeError
from genrescope.models._bundle import GenreGraph, export
from genrescope.models.musicnn import HOP_SAMPLES, N_EMBEDDING, WINDOW_SAMPLES, Musicnn, MusicnnTrunk
from genrescope.models.scope_lite import ScopeLite, ScopeLiteTrunk
from genrescope.pretrained import musicnn, yamnet
from genrescope.records import FloatArray
from genrescope.training import head as heads
from genrescope.training.calibrate import Labelled, by_fold, calibrate, out_of_fold, track_probabilities
from genrescope.training.carry import Pair, carry
from genrescope.training.corpus import Heard, Teachers, hear_files, read_store
from genrescope.training.head import Linear
from genrescope.training.student import ROUNDS, RUN_WINDOWS, Runs, train_student
from genrescope.vocabulary import GENRES, LABELS, membership, vocabulary_maps

AUDIO = {".mp3", ".ogg", ".opus", ".flac", ".wav", ".m4a"}
SONG_WEIGHT = 30.0
"""What a window of a song weighs for the head against one of game music, of which there is ten times as much."""
SEED = 0
FEWEST = 4
WRONG_SHARE = 0.4
"""Of the answers that are called unsure, at least so many are wrong; half is more than 74 clips can tell."""
LOWEST_UNSURE = 0.15
"""Where no threshold parts right from wrong: five times what chance gives one of 30 genres."""
Probabilities = NDArray[np.float64]
LICENCE = "Apache-2.0 AND ISC"
RECIPE = "python -m genrescope.training.bundled learn"


@dataclass(frozen=True)
class Truth:
    """A labelled clip: a name in the store, its genre in a vocabulary, and the fold that it is held out with."""

    name: str
    vocabulary: str
    genre: str
    fold: int


def read_truth(path: Path) -> list[Truth]:
    """Read a table with the columns name, vocabulary, genre, fold."""
    with path.open(newline="", encoding="utf-8") as file:
        return [Truth(row["name"], row["vocabulary"], row["genre"], int(row["fold"])) for row in csv.DictReader(file)]


def read_classes(path: Path) -> list[str]:
    """Read YAMNet's class names from its published class map."""
    with path.open(newline="", encoding="utf-8") as file:
        return [row["display_name"] for row in csv.DictReader(file)]


def hear(folders: Iterable[Path], store: Path, wheel: Path, tflite: Path) -> None:
    """Let the teachers hear every audio file below `folders`."""
    teachers = Teachers(musicnn.load_wheel(wheel), yamnet.load_tflite(tflite))
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.suffix.lower() in AUDIO)
    started = time.monotonic()
    for index, line in enumerate(hear_files(files, store, teachers), 1):
        left_s = (time.monotonic() - started) / index * (len(files) - index)
        print(f"[{index}/{len(files)}, {left_s:.0f} s left] {line}", flush=True)  # noqa: T201 - a command's progress


@dataclass(frozen=True, eq=False)
class Learned:
    """All that the model file is made of; `reference` is the calibrated head as musicnn's embedding wants it."""

    student: ScopeLite
    prior: Linear
    calibrated: Linear
    folds: dict[int, Linear]
    reference: Linear
    sound: Linear


def fit_prior(heard: list[Heard], classes: list[str], is_song: list[bool]) -> Linear:
    """Return the head learned without labels; songs count more than game music."""
    of_song = _per_window(heard, is_song)
    targets = heads.genre_targets(heard, classes, of_song)
    embeddings = _embeddings(heard)
    head = heads.fit_ridge(embeddings, targets, np.where(of_song, SONG_WEIGHT, 1.0))
    return heads.spread_evenly(head, embeddings[of_song])


def teach(heard: list[Heard], is_song: list[bool], prior: Linear, student: ScopeLite) -> None:
    """Train `student` in place, round by round, telling how it goes."""
    long_enough = [(file, song) for file, song in zip(heard, is_song, strict=True) if len(file.tags) >= RUN_WINDOWS]
    for number, settings in enumerate(ROUNDS, 1):
        print(f"round {number} of {len(ROUNDS)}")  # noqa: T201
        runs = Runs([file for file, _ in long_enough], [song for _, song in long_enough], settings)
        student.load_state_dict(_one_round(student, runs, prior).state_dict())


def _one_round(student: ScopeLite, runs: Runs, prior: Linear) -> nn.Module:
    started, steps = time.monotonic(), runs.settings.steps
    averaged: nn.Module = student
    for step, loss, latest in train_student(student, runs, prior):
        averaged = latest
        left_s = (time.monotonic() - started) / step * (steps - step)
        print(f"step {step}/{steps} loss {loss:.4f}, {left_s:.0f} s left", flush=True)  # noqa: T201
    return averaged


def student_hears(student: ScopeLite, heard: list[Heard]) -> list[Heard]:
    """Return what was heard with the student's embeddings in place of musicnn's."""
    student.eval()
    with torch.inference_mode():
        answers = [student(torch.from_numpy(file.mel.astype(np.float32))[None])[0].numpy() for file in heard]
    return [
        replace(file, embedding=answer, tags=file.tags[: len(answer)], classes=file.classes[: len(answer)])
        for file, answer in zip(heard, answers, strict=True)
    ]


def labelled_clips(heard: list[Heard], truth: list[Truth]) -> list[Labelled]:
    """Join the labels to what was heard; a label without its recording is an error."""
    by_name = {file.name: file for file in heard}
    missing = [clip.name for clip in truth if clip.name not in by_name]
    if missing:
        raise GenrescopeError(f"labels name {len(missing)} recordings that were not heard, the first {missing[0]!r}")
    return [Labelled(by_name[clip.name].embedding, clip.vocabulary, clip.genre, clip.fold) for clip in truth]


def judge(clips: list[Labelled], answers: list[Probabilities], note: str) -> list[Score]:
    """Score answers: GTZAN's genre first, FMA's among the first three."""
    maps = vocabulary_maps()
    ranks: dict[str, list[int]] = {"gtzan": [], "fma": []}
    for clip, answer in zip(clips, answers, strict=True):
        mapped = maps[clip.vocabulary].apply(_single(answer))
        ranks[clip.vocabulary].append(int((mapped > mapped[maps[clip.vocabulary].labels.index(clip.genre)]).sum()))
    names = {"gtzan": ("GTZAN genre, first", 1), "fma": ("FMA genre, among the first three", 3)}
    return [
        Score.of_share(names[v][0], sum(rank < names[v][1] for rank in found), len(found), note)
        for v, found in ranks.items()
        if found
    ]


def unsure_threshold(clips: list[Labelled], answers: list[Probabilities]) -> float:
    """Return the highest confidence below which at least `WRONG_SHARE` of the out-of-fold answers are wrong."""
    maps = vocabulary_maps()
    pairs = []
    for clip, answer in zip(clips, answers, strict=True):
        best = maps[clip.vocabulary].labels[int(np.argmax(maps[clip.vocabulary].apply(_single(answer))))]
        pairs.append((float(answer.max()), best == clip.genre))
    for threshold in np.arange(0.6, 0.1, -0.01):
        doubtful = [right for confidence, right in pairs if confidence < threshold]
        if len(doubtful) >= FEWEST and 1 - np.mean(doubtful) >= WRONG_SHARE:
            return round(float(threshold), 2)
    return LOWEST_UNSURE


def write(learned: Learned, card: ModelCard, out: Path, reference: Path | None, network: Musicnn | None) -> None:
    """Write the model file and, where asked for, musicnn's trunk under the same heads."""
    sound = _layer(learned.sound)
    export(GenreGraph(ScopeLiteTrunk(learned.student), _layer(learned.calibrated), sound), card, out)
    if reference is not None and network is not None:
        named = replace(card, name="musicnn-float32", scores=[])
        export(GenreGraph(MusicnnTrunk(network), _layer(learned.reference), sound), named, reference)


def card_of(heard: list[Heard], clips: list[Labelled], learned: Learned) -> ModelCard:
    """Return the card, its figures measured on the clips."""
    maps = vocabulary_maps()
    held_out = out_of_fold(learned.folds, clips)
    untouched = [track_probabilities(learned.prior, clip.embedding) for clip in clips]
    scores = [
        *judge(clips, untouched, "no genre label used"),
        *judge(clips, held_out, "calibrated, out of fold; the clips share artists, which flatters"),
    ]
    rate_hz = 16_000
    return ModelCard(
        name="bundled",
        labels=LABELS,
        sample_rate_hz=rate_hz,
        window_s=WINDOW_SAMPLES / rate_hz,
        hop_s=HOP_SAMPLES / rate_hz,
        unsure_below=unsure_threshold(clips, held_out),
        speech_above=0.5,
        licence=LICENCE,
        notices=musicnn.NOTICE,
        embedding_size=N_EMBEDDING,
        vocabularies=maps,
        calibration={"method": "MAP change of the head", "clips": len(clips), "folds": len({c.fold for c in clips})},
        data={
            "student": f"{len(heard)} recordings heard by musicnn and YAMNet, no label read",
            "windows": int(sum(len(file.tags) for file in heard)),
        },
        recipe=RECIPE,
        scores=scores,
    )


def yamnet_reference(heard: list[Heard], classes: list[str], is_song: list[bool]) -> dict[str, object]:
    """Return what `pretrained.yamnet.install` needs to say YAMNet's scores in our genres."""
    scores = np.concatenate([file.classes for file in heard])[_per_window(heard, is_song)]
    genres = []
    for row in membership(classes, "audioset"):
        indices = [int(index) for index in np.flatnonzero(row)]
        odds = heads.log_odds(scores[:, indices].max(axis=1)) if indices else np.zeros(1)
        genres.append({"classes": indices, "mean": float(odds.mean()), "deviation": float(odds.std() + 1e-6)})
    named = {"voice": heads.VOICE, "speech": heads.SPEECH, "music": heads.MUSIC}
    indices_of = {key: [classes.index(name) for name in names] for key, names in named.items()}
    voice = {"voice_middle": heads.VOICE_MIDDLE, "voice_sharpness": heads.VOICE_SHARPNESS}
    return {**voice, "spread": heads.SPREAD, "labels": [g.label for g in GENRES], "genres": genres, **indices_of}


def fit_heads(
    student: ScopeLite, prior: Linear, clips: list[Labelled], twins: list[Labelled], sound: Linear
) -> Learned:
    """Calibrate on `twins` (the clips as musicnn hears them), and carry every head over to the student's `clips`."""
    maps = vocabulary_maps()
    pairs = [Pair(twin.embedding, clip.embedding) for clip, twin in zip(clips, twins, strict=True)]
    reference = calibrate(prior, twins, maps)
    folds = {fold: carry(head, pairs) for fold, head in by_fold(prior, twins, maps).items()}
    return Learned(student, carry(prior, pairs), carry(reference, pairs), folds, reference, sound)


def learn(options: argparse.Namespace) -> None:
    """Fit, teach, calibrate and write."""
    heard, classes, truth = read_store(options.store), read_classes(options.classes), read_truth(options.labels)
    songs = {clip.name for clip in truth}
    is_song = [file.name in songs for file in heard]
    prior = fit_prior(heard, classes, is_song)
    torch.manual_seed(SEED)
    student = ScopeLite()
    if options.student.exists():
        student.load_state_dict(torch.load(options.student, weights_only=True))
    else:
        teach(heard, is_song, prior, student)
        torch.save(student.state_dict(), options.student)
    ours = student_hears(student, heard)
    clips = labelled_clips(ours, truth)
    sound = heads.fit_ridge(_embeddings(ours), heads.sound_targets(ours, classes), np.ones(len(_embeddings(ours))))
    learned = fit_heads(student, prior, clips, labelled_clips(heard, truth), sound)
    card = card_of(heard, clips, learned)
    network = musicnn.load_wheel(options.musicnn) if options.reference else None
    write(learned, card, options.out, options.reference, network)
    options.out.with_name(yamnet.REFERENCE).write_text(json.dumps(yamnet_reference(heard, classes, is_song)) + "\n")
    for score in card.scores:
        figures = f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}], n = {score.n}"
        print(f"{score.name} ({score.note}): {figures}")  # noqa: T201


def _embeddings(heard: list[Heard]) -> FloatArray:
    return np.concatenate([file.embedding for file in heard])


def _per_window(heard: list[Heard], is_song: list[bool]) -> NDArray[np.bool_]:
    return np.concatenate([np.full(len(file.tags), song) for file, song in zip(heard, is_song, strict=True)])


def _single(answer: Probabilities) -> FloatArray:
    return answer.astype(np.float32)


def _layer(head: Linear) -> nn.Linear:
    layer = nn.Linear(head.weight.shape[1], head.weight.shape[0])
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(head.weight, dtype=torch.float32))
        layer.bias.copy_(torch.tensor(head.bias, dtype=torch.float32))
    return layer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=RECIPE.rsplit(" ", 1)[0], description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    hearing = steps.add_parser("hear", help="let the teachers hear folders of music")
    hearing.add_argument("folders", nargs="+", type=Path)
    hearing.add_argument("--musicnn", type=Path, required=True, help="the wheel of musicnn 0.1.0")
    hearing.add_argument("--yamnet", type=Path, required=True, help="YAMNet's TensorFlow Lite file")
    learning = steps.add_parser("learn", help="fit, teach, calibrate, export")
    learning.add_argument("--labels", type=Path, required=True, help="table: name, vocabulary, genre, fold")
    learning.add_argument("--classes", type=Path, required=True, help="YAMNet's class map")
    learning.add_argument("--student", type=Path, default=Path("student.pt"), help="weights to keep, or to go on from")
    learning.add_argument("--out", type=Path, default=Path("bundled.onnx"))
    learning.add_argument("--musicnn", type=Path, help="the wheel of musicnn 0.1.0, for --reference")
    learning.add_argument("--reference", type=Path, help="also write musicnn's own trunk under the same heads")
    for step in (hearing, learning):
        step.add_argument("--store", type=Path, required=True, help="folder of what was heard")
    return parser


def main() -> None:
    """Run the command."""
    options = _parser().parse_args()
    if options.step == "hear":
        hear(options.folders, options.store, options.musicnn, options.yamnet)
    else:
        learn(options)


if __name__ == "__main__":
    main()

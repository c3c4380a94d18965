"""Make the bundled model again: ``python -m genrescope.training.bundled --help``.

Three steps. ``hear`` lets the teachers hear folders of music and keeps what they said; no label is read. ``learn`` fits
the head, teaches the student, calibrates on a few labelled clips and writes the model file, its float reference
(musicnn's own trunk under the same head) and what YAMNet's ensemble needs. ``speech`` teaches that file to tell speech
from music. docs/bundled-model.md tells the whole way.
"""

import argparse
import csv
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from genrescope.card import ModelCard, Score
from genrescope.models._bundle import GenreGraph, export, read_graph, replace_sound
from genrescope.models._logmel_trunk import LogMelTrunk
from genrescope.models.musicnn import HOP_SAMPLES, N_EMBEDDING, WINDOW_SAMPLES, MusicnnTrunk
from genrescope.models.scope_lite import ScopeLite, read_network
from genrescope.models.scope_windows import ScopeWindows
from genrescope.pretrained import musicnn, yamnet
from genrescope.records import FloatArray
from genrescope.training import head as heads
from genrescope.training.bundled_heads import Heads, carried, fit_teachers, heard_by_both
from genrescope.training.calibrate import Labelled, out_of_fold, track_probabilities
from genrescope.training.corpus import Heard, Teachers, hear_files, read_store
from genrescope.training.head import Linear
from genrescope.training.judging import Sureness, judge, labelled_clips, read_truth
from genrescope.training.speech import AUDIO, SPEECH_ABOVE, fit_speech, hear_folders, held_out, scores_of
from genrescope.training.student import ROUNDS, RUN_WINDOWS, Runs, train_student
from genrescope.vocabulary import GENRES, LABELS, membership, vocabulary_maps

SEED = 0
N_SOUND = 2
NEVER = -20.0
"""The logit of what is never heard."""
LICENCE = "Apache-2.0 AND ISC"
STUDENTS: Mapping[str, Callable[[], nn.Module]] = {"scope-lite": ScopeLite, "scope-windows": ScopeWindows}
RECIPE = "python -m genrescope.training.bundled learn"


def read_classes(path: Path) -> list[str]:
    """Read YAMNet's class names from its published class map."""
    with path.open(newline="", encoding="utf-8") as file:
        return [row["display_name"] for row in csv.DictReader(file)]


def hear(folders: Iterable[Path], store: Path, wheel: Path, tflite: Path, longest_s: float) -> None:
    """Let the teachers hear every audio file below `folders`, at most `longest_s` seconds of each."""
    teachers = Teachers(musicnn.load_wheel(wheel), yamnet.load_tflite(tflite))
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.suffix.lower() in AUDIO)
    started = time.monotonic()
    for index, line in enumerate(hear_files(files, store, teachers, longest_s), 1):
        left_s = (time.monotonic() - started) / index * (len(files) - index)
        print(f"[{index}/{len(files)}, {left_s:.0f} s left] {line}", flush=True)  # noqa: T201 - a command's progress


def teach(heard: list[Heard], is_song: list[bool], told: Heads, student: nn.Module) -> None:
    """Train `student` in place, round by round, telling how it goes."""
    long_enough = [(file, song) for file, song in zip(heard, is_song, strict=True) if len(file.tags) >= RUN_WINDOWS]
    for number, settings in enumerate(ROUNDS, 1):
        print(f"round {number} of {len(ROUNDS)}")  # noqa: T201
        runs = Runs([file for file, _ in long_enough], [song for _, song in long_enough], settings)
        head = told.calibrated if settings.under_calibrated else told.prior
        student.load_state_dict(_one_round(student, runs, head).state_dict())


def _one_round(student: nn.Module, runs: Runs, head: Linear) -> nn.Module:
    started, steps = time.monotonic(), runs.settings.steps
    averaged: nn.Module = student
    for step, loss, latest in train_student(student, runs, head):
        averaged = latest
        left_s = (time.monotonic() - started) / step * (steps - step)
        print(f"step {step}/{steps} loss {loss:.4f}, {left_s:.0f} s left", flush=True)  # noqa: T201
    return averaged


def student_hears(student: nn.Module, heard: list[Heard]) -> list[Heard]:
    """Return what was heard with the student's embeddings in place of musicnn's."""
    student.eval()
    with torch.inference_mode():
        answers = [student(torch.from_numpy(file.mel.astype(np.float32))[None])[0].numpy() for file in heard]
    return [
        replace(file, embedding=answer, tags=file.tags[: len(answer)], classes=file.classes[: len(answer)])
        for file, answer in zip(heard, answers, strict=True)
    ]


def write_reference(head: Linear, voice: Linear, card: ModelCard, options: argparse.Namespace) -> None:
    """Write musicnn's own trunk under the head that the student's was carried over from."""
    trunk = MusicnnTrunk(musicnn.load_wheel(options.musicnn))
    named = replace(card, name="musicnn-float32", scores=[])
    export(GenreGraph(trunk, _layer(head), _layer(voice)), named, options.reference)


def fit_voice(heard: list[Heard], classes: list[str]) -> Linear:
    """Return the head for voice and speech; speech is learned by a step of its own, and until then never heard."""
    embedding = _embeddings(heard)
    voice = heads.fit_ridge(embedding, heads.voice_target(heard, classes)[:, None], np.ones(len(embedding)))
    return Linear(np.pad(voice.weight, ((0, 1), (0, 0))), np.append(voice.bias, NEVER))


def learn_speech(options: argparse.Namespace) -> None:
    """Teach a model file to tell speech from music, and give its reference the same head."""
    trunk = LogMelTrunk(_known_student(options.student or options.model, options.trunk)).eval()
    samples = hear_folders(trunk, options.speech, is_speech=True)
    samples += hear_folders(trunk, options.music, is_speech=False)
    head, measured = fit_speech(samples), scores_of(samples, held_out(samples))
    for path in [options.model, *([options.reference] if options.reference else [])]:
        _with_speech(path, head, measured if path == options.model else [])
    _tell(measured)


def _with_speech(path: Path, head: Linear, measured: list[Score]) -> None:
    file = read_graph(path)
    old = next(factor for factor in file.factors if factor.shape[1] == N_SOUND)
    weight = np.stack([old[:, 0], head.weight[0]])
    bias = np.array([file.named["sound.bias"][0], head.bias[0]])
    kept = [score for score in file.card.scores if score.name not in {new.name for new in measured}]
    replace_sound(path, weight, bias, replace(file.card, speech_above=SPEECH_ABOVE, scores=[*kept, *measured]))


def card_of(name: str, heard: list[Heard], clips: list[Labelled], said: Heads) -> ModelCard:
    """Return the card, its figures measured on the clips."""
    maps = vocabulary_maps()
    answers = out_of_fold(said.folds, clips)
    sureness = Sureness.of(clips, answers)
    untouched = [track_probabilities(said.prior, clip.embedding) for clip in clips]
    scores = [
        *judge(clips, untouched, "no genre label used"),
        *judge(clips, answers, "calibrated, out of fold; the clips share artists, which flatters"),
        *sureness.scores(),
    ]
    rate_hz = 16_000
    return ModelCard(
        name=name,
        labels=LABELS,
        sample_rate_hz=rate_hz,
        window_s=WINDOW_SAMPLES / rate_hz,
        hop_s=HOP_SAMPLES / rate_hz,
        unsure_below=sureness.threshold(),
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
    scores = np.concatenate([file.classes for file in heard])[heads.of_windows(heard, is_song)]
    genres = []
    for row in membership(classes, "audioset"):
        indices = [int(index) for index in np.flatnonzero(row)]
        odds = heads.log_odds(scores[:, indices].max(axis=1)) if indices else np.zeros(1)
        genres.append({"classes": indices, "mean": float(odds.mean()), "deviation": float(odds.std() + 1e-6)})
    named = {"voice": heads.VOICE, "speech": heads.SPEECH, "music": heads.MUSIC}
    indices_of = {key: [classes.index(name) for name in names] for key, names in named.items()}
    voice = {"voice_middle": heads.VOICE_MIDDLE, "voice_sharpness": heads.VOICE_SHARPNESS}
    return {**voice, "spread": heads.SPREAD, "labels": [g.label for g in GENRES], "genres": genres, **indices_of}


def learn(options: argparse.Namespace) -> None:
    """Fit, teach, calibrate and write."""
    heard, classes, truth = read_store(options.store), read_classes(options.classes), read_truth(options.labels)
    songs = {clip.name for clip in truth}
    is_song = [file.name in songs for file in heard]
    told = fit_teachers(heard, classes, truth)
    student = _student(options.student, options.trunk, lambda student: teach(heard, is_song, told, student))
    ours = student_hears(student, heard)
    said, voice = carried(told, heard_by_both(heard, ours, songs)), fit_voice(ours, classes)
    card = card_of(options.out.stem, heard, labelled_clips(ours, truth), said)
    export(GenreGraph(LogMelTrunk(student), _layer(said.calibrated), _layer(voice)), card, options.out)
    if options.reference:
        write_reference(told.calibrated, voice, card, options)
    options.out.with_name(yamnet.REFERENCE).write_text(json.dumps(yamnet_reference(heard, classes, is_song)) + "\n")
    _tell(card.scores)


def _student(path: Path, trunk: str, train: Callable[[nn.Module], None]) -> nn.Module:
    """Return the trunk in a file, a model's or bare weights, or train one and keep it there."""
    if path.exists():
        return _known_student(path, trunk)
    torch.manual_seed(SEED)
    student = STUDENTS[trunk]()
    train(student)
    torch.save(student.state_dict(), path)
    return student


def _known_student(path: Path, trunk: str) -> nn.Module:
    if path.suffix == ".onnx":
        return read_network(path)
    student = STUDENTS[trunk]()
    student.load_state_dict(torch.load(path, weights_only=True))
    return student


def _tell(scores: Iterable[Score]) -> None:
    for score in scores:
        figures = f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}], n = {score.n}"
        print(f"{score.name} ({score.note}): {figures}")  # noqa: T201 - a command's result


def _embeddings(heard: list[Heard]) -> FloatArray:
    return np.concatenate([file.embedding for file in heard])


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
    hearing.add_argument("--longest", type=float, default=240.0, metavar="SECONDS", help="of a file, from its middle")
    learning = steps.add_parser("learn", help="fit, teach, calibrate, export")
    learning.add_argument("--labels", type=Path, required=True, help="table: name, vocabulary, genre, fold")
    learning.add_argument("--classes", type=Path, required=True, help="YAMNet's class map")
    learning.add_argument(
        "--student", type=Path, default=Path("student.pt"), help="weights to keep or take; a scope-lite file's too"
    )
    learning.add_argument("--out", type=Path, default=Path("bundled.onnx"))
    learning.add_argument("--musicnn", type=Path, help="the wheel of musicnn 0.1.0, for --reference")
    learning.add_argument("--reference", type=Path, help="also write musicnn's own trunk under the same heads")
    speaking = steps.add_parser("speech", help="teach a model file to tell speech from music")
    speaking.add_argument("--model", type=Path, required=True, help="the model file, which is written anew")
    speaking.add_argument("--reference", type=Path, help="a second file to give the same head")
    speaking.add_argument("--speech", nargs="+", type=Path, required=True, help="folders of speech, one a voice")
    speaking.add_argument("--music", nargs="+", type=Path, required=True, help="folders of music")
    speaking.add_argument("--student", type=Path, help="weights of its trunk, where that is not scope-lite")
    for step in (learning, speaking):
        step.add_argument("--trunk", choices=STUDENTS, default="scope-lite", help="what the student is")
    for step in (hearing, learning):
        step.add_argument("--store", type=Path, required=True, help="folder of what was heard")
    return parser


def main() -> None:
    """Run the command."""
    options = _parser().parse_args()
    if options.step == "hear":
        hear(options.folders, options.store, options.musicnn, options.yamnet, options.longest)
    else:
        {"learn": learn, "speech": learn_speech}[options.step](options)


if __name__ == "__main__":
    main()

"""Judge the bundled model on clips whose genres are known, through the same path that predicts for a user.

The shipped calibration saw the labels of these very clips: figures of a calibrated model flatter here, and every row
says so. The card's own figures (no label used; calibrated out of fold) stand beside them.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from _clips import KnownClip, fma_files, known_clips, missing_songs
from _common import Rows, data_folder, write_result
from genrescope.audio.stream import stream_mono
from genrescope.card import Score
from genrescope.records import Clip, FloatArray, Prediction
from genrescope.runtime.model import Model, load_model
from genrescope.vocabulary import GTZAN

SEEN, NOT_SEEN = "seen by the calibration: flatters", "none, says the card"
FLOOR = 1e-9
N_BINS = 10
RATE_HZ, START_S = 16_000, 12
CLEAR_MARGIN = 0.05
SOUND = {".wav", ".mp3", ".ogg", ".opus", ".flac", ".m4a"}


@dataclass(frozen=True, eq=False)
class Judged:
    """A clip and what a model said of it, in the clip's vocabulary."""

    clip: KnownClip
    answer: Prediction

    @property
    def rank(self) -> int:
        """How many genres stand before the right one."""
        return list(self.answer.confidences).index(self.clip.genre)


def judge(model: Model, clips: Sequence[KnownClip]) -> list[Judged]:
    return [Judged(c, model.predict(c.path, vocabulary=c.vocabulary, timeline=False)) for c in clips]


def of(vocabulary: str, judged: Sequence[Judged]) -> list[Judged]:
    return [one for one in judged if one.clip.vocabulary == vocabulary]


def labels_seen(model: Model) -> str:
    return SEEN if model.card.calibration else NOT_SEEN


def share(name: str, hits: Sequence[bool]) -> dict[str, object]:
    """Return columns for a share: itself, its Wilson interval, and the count."""
    score = Score.of_share(name, sum(hits), len(hits), "")
    return {name: score.value, f"{name}, 95 %": f"{score.low:.3f}–{score.high:.3f}", f"{name}, n": score_count(hits)}


def score_count(hits: Sequence[bool]) -> str:
    return f"{sum(hits)}/{len(hits)}"


def log_loss(judged: Sequence[Judged]) -> float:
    """Return the mean of -ln(confidence of the right genre)."""
    return float(np.mean([-np.log(max(one.answer.confidences[one.clip.genre], FLOOR)) for one in judged]))


def calibration_error(confidences: Sequence[float], right: Sequence[bool], n_bins: int = N_BINS) -> float:
    """Return the expected calibration error over bins of equal width: mean of |accuracy - confidence| by count."""
    sure, hit = np.asarray(confidences), np.asarray(right, dtype=float)
    bins = np.minimum((sure * n_bins).astype(int), n_bins - 1)
    gaps = [abs(float((hit[bins == index] - sure[bins == index]).sum())) for index in range(n_bins)]
    return sum(gaps) / len(sure)


def gtzan_row(model: Model, judged: Sequence[Judged]) -> dict[str, object]:
    clips = of("gtzan", judged)
    first = [one.rank == 0 for one in clips]
    return {
        "model": model.name,
        "labels": labels_seen(model),
        **share("first", first),
        **share("first two", [one.rank < 2 for one in clips]),
        "log loss": round(log_loss(clips), 3),
        "ECE": round(calibration_error([one.answer.genres[0].confidence for one in clips], first), 3),
        "unsure": score_count([one.answer.unsure for one in clips]),
    }


def chance_row() -> dict[str, object]:
    """Say what guessing gives."""
    return {"model": "chance", "labels": "", "first": 0.1, "first two": 0.2, "log loss": round(float(np.log(10)), 3)}


def fma_rows(model: Model, judged: Sequence[Judged], twice: set[str]) -> list[dict[str, object]]:
    """Count the clips once each, and as they come: four plus twelve, of which two are the same."""
    once = of("fma", judged)
    counted = {"each once": once, "as they come": [*once, *(one for one in once if one.clip.path.stem in twice)]}
    return [
        {
            "model": model.name,
            "labels": labels_seen(model),
            "clips": how,
            **share("among three", [one.rank < 3 for one in clips]),
            **share("first", [one.rank == 0 for one in clips]),
            "unsure": score_count([one.answer.unsure for one in clips]),
        }
        for how, clips in counted.items()
    ]


def genre_row(model: Model, judged: Sequence[Judged]) -> dict[str, object]:
    """Count the right answers of each genre of GTZAN."""
    by_genre = {genre: [one.rank == 0 for one in of("gtzan", judged) if one.clip.genre == genre] for genre in GTZAN}
    counts = {genre: score_count(hits) for genre, hits in by_genre.items()}
    return {"model": model.name, "labels": labels_seen(model), **counts}


def confusion(judged: Sequence[Judged]) -> list[dict[str, object]]:
    """Return a row a true genre, a column an answered one."""
    pairs = [(one.clip.genre, one.answer.genre) for one in of("gtzan", judged)]
    return [{"is \\ heard as": true, **{heard: pairs.count((true, heard)) for heard in GTZAN}} for true in GTZAN]


def card_rows(model: Model) -> list[dict[str, object]]:
    """Quote what the card holds; nothing is measured here."""
    return [
        {
            "model": model.name,
            "figure": s.name,
            "value": s.value,
            "95 %": f"{s.low:.3f}–{s.high:.3f}",
            "n": s.n,
            "how": s.note,
        }
        for s in model.card.scores
    ]


def native(model: Model, sound: Path | Clip) -> FloatArray:
    """Return a track's confidences in the order of the model's labels."""
    found = model.predict(sound, timeline=False).confidences
    return np.asarray([found[label] for label in model.card.labels], dtype=np.float32)


def start_of(path: Path) -> Clip:
    """Return the first seconds of a long recording: a reference is slow."""
    return Clip(next(iter(stream_mono(path, RATE_HZ, block_samples=START_S * RATE_HZ))), RATE_HZ)


def compare(model: Model, other: Model, what: str, clips: Mapping[str, Path | Clip]) -> tuple[Rows, Rows]:
    """Return how far a model's confidences are from a reference's, and the clear clips whose first genre differs."""
    labels = other.card.labels
    if model.card.labels != labels:
        raise SystemExit(f"{model.name} and {other.name} have different genres and cannot be compared.")
    ours, theirs = (np.stack([native(one, clip) for clip in clips.values()]) for one in (model, other))
    ordered = np.sort(theirs, axis=1)
    clear = ordered[:, -1] - ordered[:, -2] > CLEAR_MARGIN
    differs = clear & (ours.argmax(axis=1) != theirs.argmax(axis=1))
    summary = {
        "model": model.name,
        "reference": other.name,
        "of": what,
        "clips": len(clips),
        "mean change": round(float(np.abs(ours - theirs).mean()), 5),
        "largest change": round(float(np.abs(ours - theirs).max()), 4),
        f"clear (margin over {CLEAR_MARGIN})": int(clear.sum()),
        "of them another first genre": int(differs.sum()),
    }
    changed = [
        {
            "model": model.name,
            "clip": list(clips)[int(index)],
            "heard as": labels[int(ours[index].argmax())],
            f"by {other.name} as": labels[int(theirs[index].argmax())],
            "margin": round(float(ordered[index, -1] - ordered[index, -2]), 3),
        }
        for index in np.flatnonzero(differs)
    ]
    return [summary], changed


def speech_row(model: Model, what: str, files: Sequence[Path]) -> dict[str, object]:
    """Say how often a model takes files of one kind for speech."""
    if not files:
        raise SystemExit(f"There is no {what} in the folder given to --unheard; see benchmarks/_music.py.")
    heard = [model.predict(start_of(path), timeline=False) for path in files]
    flagged = [any(notice.kind == "speech" for notice in answer.warnings) for answer in heard]
    hip_hop = [answer.genre == "Hip-Hop" for answer in heard]
    return {
        "model": model.name,
        "recordings of": what,
        **share("flagged as speech", flagged),
        "unsure": score_count([answer.unsure for answer in heard]),
        "answered hip-hop, unflagged": score_count(
            [rap and not flag for rap, flag in zip(hip_hop, flagged, strict=True)]
        ),
    }


def notes(clips: Sequence[KnownClip], chosen: argparse.Namespace) -> list[str]:
    named = [*(f"--model {Path(name).name}" for name in chosen.model)]
    named += [f"--against {Path(chosen.against).name}"] * bool(chosen.against)
    named += ["--unheard FOLDER (what benchmarks/_music.py lays there)"] * bool(chosen.unheard)
    return [
        f"Run with: {' '.join(named) or 'no options'}.",
        f"Labels '{SEEN}': the genres of these clips were used to calibrate the model.",
        "Figures of such a model (shares, log loss, ECE, confusion) are too good here; its card is nearer the truth.",
        "Even out of fold, as on the card, the clips share artists: that flatters too.",
        "Intervals are Wilson's. ECE: expected calibration error of the first genre's confidence, 10 bins.",
        "Unsure is said in the model's own genres.",
        "Changes of confidence are absolute, over all native genres and clips.",
        "Unheard: the voices and the music of these packages were in no step of the model's training.",
        f"Of what was never heard the first {START_S} s are judged.",
        *missing_songs(clips),
    ]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append", default=[], metavar="NAME", help="one more model; may be repeated")
    parser.add_argument("--against", metavar="FILE", help="compare the models' confidences with this model's")
    parser.add_argument(
        "--unheard", type=Path, metavar="FOLDER", help="recordings that no training heard, in two folders"
    )
    return parser.parse_args()


def sound_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUND)


def measured(models: Sequence[Model], clips: Sequence[KnownClip]) -> dict[str, Rows]:
    """Return the tables of what the models say of the clips."""
    judged: Mapping[int, list[Judged]] = {index: judge(model, clips) for index, model in enumerate(models)}
    stems = [path.stem for path in fma_files(data_folder())]
    twice = {stem for stem in stems if stems.count(stem) > 1}
    return {
        "GTZAN: genre first, and among the first two": [
            *(gtzan_row(model, judged[index]) for index, model in enumerate(models)),
            chance_row(),
        ],
        "FMA: genre among the first three of 16 (chance .19)": [
            row for index, model in enumerate(models) for row in fma_rows(model, judged[index], twice)
        ],
        "GTZAN: right answers by genre": [genre_row(model, judged[index]) for index, model in enumerate(models)],
        f"GTZAN: confusion of {models[0].name} (labels {labels_seen(models[0])})": confusion(judged[0]),
        "What the cards say (measured when the models were made)": [row for m in models for row in card_rows(m)],
    }


def main() -> None:
    """Judge, print, keep."""
    chosen, clips = options(), known_clips()
    models = [load_model(name) for name in ("bundled", *chosen.model)]
    tables, data = measured(models, clips), [clip.path for clip in clips]
    if chosen.against:
        other = load_model(chosen.against)
        sets: dict[str, dict[str, Path | Clip]] = {"the clips": {clip.name: clip.path for clip in clips}}
        if chosen.unheard:
            music = sound_files(chosen.unheard / "music")
            sets["music never heard"] = {path.name: start_of(path) for path in music}
        found = [compare(model, other, what, sounds) for model in models for what, sounds in sets.items()]
        tables["Against a reference, native genres"] = [row for summary, _ in found for row in summary]
        tables["Clear clips with another first genre"] = [row for _, changed in found for row in changed]
    if chosen.unheard:
        kinds = {what: sound_files(chosen.unheard / what) for what in ("speech", "music")}
        rows = [speech_row(model, what, files) for model in models for what, files in kinds.items()]
        tables["Speech and music that were never heard before"] = rows
        data += [file for files in kinds.values() for file in files]
    write_result("accuracy", "Accuracy on clips of known genre", tables, notes=notes(clips, chosen), data=data)


if __name__ == "__main__":
    main()

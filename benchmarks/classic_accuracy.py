"""How well GTZAN's genres are told from ready numbers, where artists and repeats do not cross the split.

    python benchmarks/classic_accuracy.py

Everything is chosen on the training and validation parts of the fault-filtered split; the labels of the test part are
read after that, once, for the candidate that was chosen and for the reference's. All that was tried is in the result.
"""

import csv
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from _classic_candidates import SEED, candidates
from _common import data_folder, write_result
from genrescope.card import Score
from genrescope.features.tables import open_table

RUN = 10
"""Clips with so many neighbouring numbers are taken for one artist's, where it is not known."""

FOLDS = 5
TABLES = {
    "convnet embedding (160)": ("convnet_embeddings.npz", "embedding", 0.84, 0.87),
    "its MFCC baseline (120)": ("convnet_embeddings.npz", "mfcc", 0.534, None),
    "librosa statistics (57)": ("features_30_sec.csv", None, 0.48, 0.58),
}
"""The file, its array, the reference's accuracy, and what we aim at."""


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of one part of the split; genres are read where they are asked for, so that test's are read last."""

    ids: tuple[str, ...]
    rows: NDArray[Any]

    def genres(self, labels: dict[str, str]) -> NDArray[Any]:
        """Return the genre of each row."""
        return np.array([labels[track_id] for track_id in self.ids])


def main() -> None:
    """Choose, then test once, for each table; print and keep the result."""
    warnings.simplefilter("ignore")  # of quantiles in small folds
    folder = data_folder() / "gtzan"
    summary: list[dict[str, object]] = []
    logs: dict[str, list[dict[str, object]]] = {}
    for name, (file, array, reference, aim) in TABLES.items():
        parts = read_parts(folder, folder / file, array)
        log = choose(parts["training"], parts["validation"], genres_of(folder, ("training", "validation")))
        logs[f"Tried on {name}, on training and validation alone"] = log
        summary += test_once(name, parts, folder, log, (reference, aim))
    files = [folder / "splits.csv", *{folder / file for file, *_ in TABLES.values()}]
    notes = (
        "Fault-filtered split: 443 training, 197 validation and 290 test clips; every artist is in one part.",
        (
            "Chosen by the mean of two accuracies over training and validation: `grouped folds`, five folds in which "
            f"runs of {RUN} clips stay together (GTZAN numbers clips by artist); and `other part`, each part "
            "answered by what the other taught, where no artist can be on both sides."
        ),
        "The chosen candidate then learned from training and validation together; the test part was answered once.",
        "`reference` is what others measured there with standardised columns and a radial SVM.",
    )
    tables = {"The test part, answered once": summary, **logs}
    write_result(
        "classic_accuracy",
        "Genres from ready numbers: GTZAN, fault-filtered split",
        tables,
        notes=notes,
        data=files,
        packages=("scikit-learn", "scipy"),
    )


def read_parts(folder: Path, file: Path, array: str | None) -> dict[str, Part]:
    """Return the rows of each part; no genre is read."""
    table = open_table(file, array=array)
    parts = {row["track_id"]: row["filtered"] for row in _splits(folder)}
    found = {}
    for part in ("training", "validation", "test"):
        ids = tuple(track_id for track_id in table.track_ids if parts.get(track_id) == part)
        found[part] = Part(ids, table.rows(ids).astype(np.float64))
    return found


def genres_of(folder: Path, wanted: tuple[str, ...]) -> dict[str, str]:
    """Return the genres of the tracks of some parts, and of no others."""
    return {row["track_id"]: row["genre"] for row in _splits(folder) if row["filtered"] in wanted}


def _splits(folder: Path) -> list[dict[str, str]]:
    with open(folder / "splits.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def choose(training: Part, validation: Part, labels: dict[str, str]) -> list[dict[str, object]]:
    """Return every candidate with its scores on training and validation, best first."""
    rows = np.concatenate([training.rows, validation.rows])
    genres = np.concatenate([training.genres(labels), validation.genres(labels)])
    first = np.arange(len(rows)) < len(training.ids)
    runs = [f"{track_id[: track_id.rindex('.')]}{int(track_id[-5:]) // RUN}" for track_id in training.ids]
    runs += [f"{track_id[: track_id.rindex('.')]}{int(track_id[-5:]) // RUN}b" for track_id in validation.ids]
    log: list[dict[str, object]] = []
    for name, candidate in candidates(rows.shape[1]).items():
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
        answers = cross_val_predict(candidate, rows, genres, groups=runs, cv=folds)
        apart = np.empty_like(genres)
        for side in (first, ~first):
            apart[~side] = clone(candidate).fit(rows[side], genres[side]).predict(rows[~side])
        scores = {"grouped folds": float((answers == genres).mean()), "other part": float((apart == genres).mean())}
        on_validation = float((apart == genres)[~first].mean())
        log.append({"candidate": name, "mean": sum(scores.values()) / 2, **scores, "validation alone": on_validation})
        print(f"{name}: {log[-1]['mean']:.4f}", file=sys.stderr, flush=True)
    return sorted(log, key=lambda entry: -float(str(entry["mean"])))


def test_once(
    name: str, parts: dict[str, Part], folder: Path, log: list[dict[str, object]], known: tuple[float, float | None]
) -> list[dict[str, object]]:
    """Answer the test part with the reference's classifier and with what was chosen."""
    labels = genres_of(folder, ("training", "validation"))
    learned = [parts["training"], parts["validation"]]
    rows = np.concatenate([part.rows for part in learned])
    genres = np.concatenate([part.genres(labels) for part in learned])
    made = candidates(rows.shape[1])
    reference, chosen = next(iter(made)), str(log[0]["candidate"])
    answers = {one: made[one].fit(rows, genres).predict(parts["test"].rows) for one in (reference, chosen)}
    truth = parts["test"].genres(genres_of(folder, ("test",)))  # from here on nothing is chosen any more
    found: list[dict[str, object]] = []
    for what, candidate in (("the reference's, measured here", reference), ("chosen", chosen)):
        score = Score.of_share("accuracy", int((answers[candidate] == truth).sum()), len(truth), name)
        found.append(
            {
                "numbers": name, "what": what, "candidate": candidate, "accuracy": score.value,
                "95 % from": score.low, "to": score.high, "clips": score.n, "reference": known[0],
                "aim": "" if known[1] is None else known[1], "chance": 0.1,
            }
        )  # fmt: skip
    return found


if __name__ == "__main__":
    main()

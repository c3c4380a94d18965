"""A recipe trained on real data, exported, and scored through its file: one row of a benchmark.

Finished rows are kept in the work folder, so that a benchmark that was stopped goes on where it was.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from genrescope.datasets.catalogue import open_dataset
from genrescope.datasets.splits import make_split
from genrescope.evaluation.intervals import wilson
from genrescope.recipes._base import changed, read_recipe
from genrescope.recipes.evaluate import evaluate
from genrescope.recipes.export import export_run, trained_network
from genrescope.recipes.networks import Trained
from genrescope.recipes.train import Asked, prepare, train
from genrescope.runtime.features import FeatureSession

MODEL = "model.onnx"
PLAIN = ("training.rotation_deg=0", "training.shift=0", "training.flip=false")
"""Without the augmentation of its report, for which a frozen trunk would have to be computed in each epoch."""


@dataclass(frozen=True)
class Case:
    """A recipe with changes, on a data set under a way to split it."""

    name: str
    recipe: str
    data: str
    root: Path
    split: str
    changes: tuple[str, ...] = ()
    seed: int = 0

    def asked(self, work: Path) -> Asked:
        """What the recipe is trained on."""
        return Asked(self.data, self.root, self.split, work=work / "data", seed=self.seed)


def declare_pictures(data: Path, path: Path) -> Path:
    """Write the lines that declare GTZAN's pictures as a table, with the fault-filtered split as the official one."""
    gtzan = data / "gtzan"
    lines = [
        f'file = "{gtzan / "spectrogram_images.npz"}"',
        'kind = "linear-spectrogram-image"',
        'array = "image"',
        f'labels = "{gtzan / "splits.csv"}"',
        'label_column = "genre"',
        'part_column = "filtered"',
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def learn_validation_too(root: Path, path: Path) -> Path:
    """Write the official split of a table with the validation part in the training part; the test part is the same."""
    official = make_split(open_dataset("table", root), "official")
    parts = {"training": official.parts["training"] + official.parts["validation"], "test": official.parts["test"]}
    replace(official, name="official-validation-learned", parts=parts).write(path, renew=True)
    return path


def folds_beside_test(root: Path, folder: Path, n_folds: int) -> list[Path]:
    """Write splits of all but an official split's test part, each with another fold as its validation part.

    A fold is a run of track ids of each genre: artists of GTZAN mostly stand beside each other.
    """
    dataset = open_dataset("table", root)
    official = make_split(dataset, "official")
    genres = {track.track_id: str(track.genre) for track in dataset.tracks}
    ids = sorted(official.parts["training"] + official.parts["validation"])
    of_genre = {genre: [one for one in ids if genres[one] == genre] for genre in set(genres.values())}
    fold_of = {one: n_folds * at // len(same) for same in of_genre.values() for at, one in enumerate(same)}
    found = []
    for fold in range(n_folds):
        parts = {
            "training": tuple(one for one in ids if fold_of[one] != fold),
            "validation": tuple(one for one in ids if fold_of[one] == fold),
        }
        found.append(folder / f"fold{fold}.json")
        replace(official, name=f"beside-test-{fold}-of-{n_folds}", parts=parts).write(found[-1], renew=True)
    return found


def measured(case: Case, work: Path, *, test: bool = True) -> Mapping[str, object]:
    """Return what became of a case; it is trained where its row is not kept already.

    Parameters
    ----------
    case : Case
        What is trained.
    work : Path
        Folder of runs and rows.
    test : bool
        Whether the test part is answered, once; without it validation alone is looked at.
    """
    return kept_or(case, work, lambda: _measure(case, work, test=test))


def kept_or(case: Case, work: Path, measure: Callable[[], dict[str, object]]) -> Mapping[str, object]:
    """Return a case's row where it is kept; else measure it, and keep it."""
    kept = _kept(case, work)
    if kept is not None:
        return kept
    found = measure()
    path = _row_file(case, work)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"case": _said(case), **found}), encoding="utf-8")
    return found


def _measure(case: Case, work: Path, *, test: bool) -> dict[str, object]:
    recipe = changed(read_recipe(case.recipe), list(case.changes))
    trained = train(recipe, case.asked(work), work / "runs" / case.name, resume=True)
    assert isinstance(trained, Trained)
    return row(case, trained) | (_tested(case, work, trained) if test else {})


def is_kept(case: Case, work: Path) -> bool:
    """Whether a case's row is finished."""
    return _kept(case, work) is not None


def _kept(case: Case, work: Path) -> dict[str, object] | None:
    path = _row_file(case, work)
    if not path.exists():
        return None
    kept: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return kept if kept.pop("case") == _said(case) else None


def _row_file(case: Case, work: Path) -> Path:
    return work / "rows" / f"{case.name}.json"


def _said(case: Case) -> dict[str, object]:
    return {"recipe": case.recipe, "split": case.split, "changes": list(case.changes), "seed": case.seed}


def row(case: Case, trained: Trained) -> dict[str, object]:
    """Return what a run's folder says of its training."""
    facts, last = trained.facts, trained.fitted.history[-1]
    return {
        "network": case.name,
        "weights": facts["n_weights"],
        "learning": facts["n_trainable"],
        "epoch": f"{facts['best_epoch']} of {facts['epochs']}",
        "training accuracy": facts["metrics"]["training_accuracy"],
        "validation accuracy": facts["metrics"]["validation_accuracy"],
        "last validation accuracy": last.validation_accuracy,
        "last validation loss": last.validation_loss,
        "validation clips": facts["parts"].get("validation"),
        "training, s": facts["seconds"],
        "peak, MiB": round(facts["peak_mib"]),
    }


def _tested(case: Case, work: Path, trained: Trained) -> dict[str, object]:
    export_run(trained.path, trained.path / MODEL)
    answers = evaluate(str(trained.path), case.asked(work)).answers
    right = int(np.sum(answers.predicted == answers.truth))
    interval = wilson(right, len(answers))
    return {
        "test accuracy": right / len(answers),
        "95 % from": interval.low,
        "to": interval.high,
        "clips": len(answers),
        "chance": 1 / len(set(answers.truth.tolist())),
        **file_facts(case, work, trained),
    }


def file_facts(case: Case, work: Path, trained: Trained) -> dict[str, object]:
    """Return the file's size, its speed on one thread, and its largest difference from the network on real input."""
    from genrescope.training.answer import answer
    from genrescope.training.temperature import with_temperature

    part = prepare(trained.recipe, case.asked(work)).parts["test"]
    some = part.take(range(min(len(part), 32)))
    session = FeatureSession(trained.path / MODEL, threads=1)
    network = trained_network(trained.path)
    x = some.inputs.batch(np.arange(len(some)))
    session.answer(x[:1])
    begun_s = time.process_time()
    found = session.answer(x)
    milliseconds = (time.process_time() - begun_s) / len(some) * 1e3
    expected = with_temperature(answer(network, some), float(trained.facts.get("temperature") or 1.0))
    return {
        "file, MB": round((trained.path / MODEL).stat().st_size / 1e6, 2),
        "answer, ms": round(milliseconds, 2),
        "file - network": float(np.abs(found - expected).max()),
    }


def rounded(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> list[dict[str, object]]:
    """Return rows with some columns, their figures short."""
    return [{name: _short(row.get(name, "")) for name in columns} for row in rows]


def _short(value: object) -> object:
    if not isinstance(value, float):
        return "–" if value is None else value
    return f"{value:.1e}" if 0 < abs(value) < 1e-4 else round(value, 4)

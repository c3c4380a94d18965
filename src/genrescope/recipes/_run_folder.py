"""A run's folder: what was trained, on what, by which versions, and how it went.

::

    recipe.toml                  the recipe with every setting, defaults too
    run.json                     data, split, seed, versions, machine, figures
    split.json                   the split, where it came from a data set
    metrics.csv, curves.png      epoch by epoch
    tensorboard/                 the same for TensorBoard
    checkpoints/                 best.pt (the result), last.ckpt (to resume from)
    predictions_validation.csv   for `genrescope evaluate --predictions`
    card.md                      the same for people
    model.onnx                   the model file: of a classifier at once, of a network by `genrescope export`
"""

import csv
import io
import json
import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from genrescope.errors import UsageError
from genrescope.evaluation.answers import Answers
from genrescope.recipes._base import Recipe
from genrescope.training._whole import write_whole

RECIPE, RUN, SPLIT = "recipe.toml", "run.json", "split.json"
METRICS, CURVES, CARD = "metrics.csv", "curves.png", "card.md"
CHECKPOINTS, PREDICTIONS, MODEL = "checkpoints", "predictions_validation.csv", "model.onnx"
FORMAT = "genrescope run 1"
_PACKAGES = ("genrescope", "torch", "lightning", "torchvision", "numpy")


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    write_whole(path, lambda partial: partial.write_text(text, encoding="utf-8"))


def write_recipe(recipe: Recipe, folder: Path) -> None:
    """Write a recipe so that `read_recipe` reads it again; the folder is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = {key: getattr(recipe, key) for key in ("kind", "report", "line", "input", "model", "split", "note")}
    lines = [f"{key} = {_toml(value)}" for key, value in plain.items()]
    lines.append(f"genres = {_toml(list(recipe.genres))}")
    for table in ("input_settings", "model_settings", "training", "reported"):
        values = {key: value for key, value in getattr(recipe, table).items() if value is not None}
        lines += [f"\n[{table}]", *(f"{key} = {_toml(value)}" for key, value in values.items())]
    write_text(folder / RECIPE, "\n".join(lines) + "\n")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(one) for one in value)}]"
    if isinstance(value, int | float):
        return repr(value)
    # JSON's text in quotes is TOML's basic string; only DEL must be escaped as well.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def write_run(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write what is to be known of a run, with versions and machine."""
    said = {"format": FORMAT, **facts, "versions": _versions(), "machine": _machine()}
    write_text(folder / RUN, json.dumps(said, indent=1, ensure_ascii=False) + "\n")


def read_run(folder: Path) -> dict[str, Any]:
    """Read what is known of a run.

    Raises
    ------
    UsageError
        The folder is no run's, or its run has not come to its end.
    """
    path = folder / RUN
    try:
        said: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as cause:
        begun = (folder / CHECKPOINTS).is_dir()
        hint = "its training has not come to its end: the same train command with --resume goes on" if begun else ""
        raise UsageError(f"{folder}: this is no folder of a finished run ({hint or f'it has no {RUN}'}).") from cause
    except (OSError, ValueError) as cause:
        raise UsageError(f"{path}: it cannot be read ({cause}).") from cause
    written = said.get("format") if isinstance(said, dict) else None
    if written != FORMAT:
        raise UsageError(f"{path}: its format is {written!r}; this version reads {FORMAT!r}.")
    return dict(said)


def write_predictions(answers: Answers, path: Path) -> None:
    """Write answers as ``genrescope evaluate --predictions`` reads them."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["id", "group", "truth", "predicted", *(f"prob_{label}" for label in answers.labels)])
    probabilities = [] if answers.probabilities is None else answers.probabilities.tolist()
    # Where each row is its own group, nothing is known of artists: an empty cell says so.
    known = answers.groups if len(set(answers.groups)) < len(answers.groups) else ("",) * len(answers)
    for row, (truth, predicted) in enumerate(zip(answers.truth.tolist(), answers.predicted.tolist(), strict=True)):
        shares = [f"{share:.6f}" for share in probabilities[row]] if probabilities else []
        named = (answers.ids[row], known[row], answers.labels[truth], answers.labels[predicted])
        table.writerow([*named, *shares])
    write_text(path, text.getvalue())


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _machine() -> dict[str, object]:
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"processor": platform.machine(), "cores": cpus, "threads": torch.get_num_threads(), "gpu": gpu}

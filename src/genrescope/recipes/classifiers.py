"""A classifier's run: fitted at once on the training part, and kept as a model file; no pickle is written or read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genrescope.card import ModelCard, Score
from genrescope.errors import UsageError
from genrescope.evaluation.answers import Answers
from genrescope.recipes._base import Recipe
from genrescope.recipes._run_folder import MODEL, PREDICTIONS, write_predictions, write_recipe, write_run
from genrescope.training.examples import Examples

if TYPE_CHECKING:
    from genrescope.training.classic import Fitted

UNSURE_SHARE = 0.2
"""A model calls itself unsure of so many of the tracks that it was calibrated on."""


@dataclass(frozen=True, eq=False)
class ClassifierRun:
    """A run of a classifier.

    Attributes
    ----------
    path : Path
        Its folder.
    fitted : Fitted
        What has learned.
    facts : mapping
        What ``run.json`` says.
    validation : Answers or None
        What it says of the validation part.
    """

    path: Path
    fitted: "Fitted"
    facts: Mapping[str, Any]
    validation: Answers | None


def train_classifier(
    recipe: Recipe,
    parts: Mapping[str, Examples],
    out: Path,
    *,
    seed: int = 0,
    facts: Mapping[str, Any] | None = None,
) -> ClassifierRun:
    """Fit a recipe of kind ``classifier`` on ``parts["training"]``; the test part, if there is one, is not looked at.

    Parameters
    ----------
    recipe : Recipe
        What is fitted; its ``model_settings`` may say ``pca``.
    parts : mapping of str to Examples
        ``validation``, where it is there, chooses settings and is answered.
    out : Path
        The run's folder.
    seed : int
        Of whatever is drawn.
    facts : mapping, optional
        What else ``run.json`` is to say, such as the data's and the split's fingerprints.

    Raises
    ------
    UsageError
        Classifier and data do not fit each other; the message says why.
    """
    from genrescope.models.classic_export import export_classic
    from genrescope.training.classic import usable

    training, left_out = usable(_part(parts, "training"))
    held, more = usable(parts["validation"]) if len(parts.get("validation", ())) else (None, ())
    fitted = fitted_on(recipe, training, held, seed)
    said = None if held is None else answers_of(held, fitted.answer(held).probabilities)
    known = _facts(recipe, fitted, training, said, (*left_out, *more)) | {"seed": seed} | dict(facts or {})
    known["parts"] = {name: len(part) for name, part in parts.items()}
    write_recipe(recipe, out)
    export_classic(fitted, _card(recipe, fitted, training, said, known), out / MODEL)
    if said is not None:
        write_predictions(said, out / PREDICTIONS)
    write_run(out, known)
    return ClassifierRun(out, fitted, known, said)


def fitted_on(recipe: Recipe, training: Examples, validation: Examples | None, seed: int) -> "Fitted":
    """Fit a recipe's classifier with the recipe's settings; see `genrescope.training.classic.fit_classic`."""
    from genrescope.training.classic import fit_classic

    settings = dict(recipe.model_settings)
    return fit_classic(recipe.model, training, validation, pca=settings.pop("pca", None), seed=seed, settings=settings)


def answers_of(examples: Examples, probabilities: Any) -> Answers:
    """Return what a classifier says of examples, one genre a track."""
    said = np.clip(np.asarray(probabilities, dtype=np.float32), 0, 1)  # a sum of trees' shares may be 1.0000001
    predicted = said.argmax(axis=1).astype(np.int64)
    return Answers(examples.labels, examples.targets, predicted, said, examples.groups, examples.ids)


def _part(parts: Mapping[str, Examples], name: str) -> Examples:
    if not len(parts.get(name, ())):
        raise UsageError(f"there is no track of the part '{name}'; the split has: {', '.join(parts)}.")
    if parts[name].multi_label:
        raise UsageError(
            "a classifier recipe answers with one genre a track: leave out --multi-label, take a network, or fit "
            "classifiers of several genres in Python with genrescope.training.multilabel."
        )
    return parts[name]


def _facts(
    recipe: Recipe, fitted: "Fitted", training: Examples, said: Answers | None, left_out: tuple[str, ...]
) -> dict[str, Any]:
    shape = training.inputs.shape
    return {
        "recipe": recipe.name,
        "kind": recipe.kind,
        "report": recipe.report,
        "model": recipe.model,
        "input": dict(training.input),
        "columns": list(training.columns),
        "shape": list(shape) if shape is not None else None,
        "labels": list(training.labels),
        "data": training.data,
        "multi_label": False,
        "seconds": fitted.seconds,
        "peak_mib": fitted.peak_mib,
        "selection": [dict(tried) for tried in fitted.selection_log],
        "metrics": {"validation_accuracy": None if said is None else float((said.predicted == said.truth).mean())},
        "notes": [note for note in (recipe.note, *fitted.notes, *left_out) if note],
    }


def _card(
    recipe: Recipe, fitted: "Fitted", training: Examples, said: Answers | None, known: Mapping[str, Any]
) -> ModelCard:
    what = dict(training.input)
    settings = what.get("settings")
    rate_hz = settings.get("sample_rate_hz") if isinstance(settings, dict) else 0
    card = ModelCard(
        name=recipe.name,
        labels=list(fitted.labels),
        sample_rate_hz=int(rate_hz or 0),
        window_s=0.0,
        hop_s=0.0,
        unsure_below=0.0 if said is None else _unsure_below(said),
        licence="unstated",
        notices="Learned from the data that 'learned from' names; ask its terms before you share this file.",
        front_end=f"{what.get('feature', what.get('kind'))}@{what.get('version', 0)}",
        features=what | ({"columns": list(training.columns)} if training.columns else {}),
        data={key: known.get(key, "") for key in ("data", "data_fingerprint", "split", "split_fingerprint")},
        recipe=f"genrescope train {recipe.name}",
    )
    if said is None:
        return card
    right = int((said.predicted == said.truth).sum())
    note = f"validation part of {training.data}; settings may have been chosen on it"
    return replace(card, scores=[Score.of_share("accuracy", right, len(said), note)])


def _unsure_below(said: Answers) -> float:
    if said.probabilities is None:
        return 0.0
    return round(float(np.quantile(said.probabilities.max(axis=1), UNSURE_SHARE)), 4)

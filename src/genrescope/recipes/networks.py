"""From a recipe and the parts of a data set to a trained network in a run's folder."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genrescope.errors import ModelError, UsageError
from genrescope.evaluation.answers import Answers
from genrescope.features._settings import with_values
from genrescope.recipes._base import Recipe
from genrescope.recipes._run_folder import (
    CARD,
    CHECKPOINTS,
    CURVES,
    METRICS,
    PREDICTIONS,
    RECIPE,
    write_predictions,
    write_recipe,
    write_run,
    write_text,
)
from genrescope.training.examples import Examples
from genrescope.training.fit_settings import FitSettings, fit_settings

if TYPE_CHECKING:
    from genrescope.models._network import GenreNetwork
    from genrescope.records import FloatArray
    from genrescope.training.fit import Fitted, Progress

Tell = Callable[["Progress"], object]

PROGRESSIVE = "fma-vgg16-progressive"
"""The network that is trained in two steps, on small pictures first."""

FIRST_STEP = "step1"
"""The folder of its first step, inside the run's."""

UNSURE_SHARE = 0.2
"""A model calls itself unsure of so many tracks like those of the validation part: those of the lowest confidence."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A run.

    Attributes
    ----------
    path : Path
        Its folder.
    recipe : Recipe
        With every setting, defaults too.
    fitted : Fitted
        The network, and how it learned.
    facts : mapping
        What ``run.json`` says.
    validation : Answers or None
        What it says of the validation part; None where there is none, or where tracks have several genres.
    """

    path: Path
    recipe: Recipe
    fitted: "Fitted"
    facts: Mapping[str, Any]
    validation: Answers | None

    @property
    def metrics(self) -> Mapping[str, float | None]:
        """Losses and accuracies of the epoch that was kept."""
        kept = self.fitted.history[self.fitted.best_epoch - 1]
        return {
            name: getattr(kept, name)
            for name in ("training_loss", "training_accuracy", "validation_loss", "validation_accuracy")
        }

    def answer(self, part: Examples) -> Answers:
        """Return what the network says of a part, one genre a track; a test part is to be asked for once."""
        return answers_of(part, probabilities_of(self.fitted.network, part, _settings(self.recipe)))


def train_parts(
    recipe: Recipe,
    parts: Mapping[str, Examples],
    out: Path,
    *,
    seed: int = 0,
    resume: bool = False,
    facts: Mapping[str, Any] | None = None,
    tell: Tell | None = None,
) -> Trained:
    """Train a recipe of kind ``network`` on ``parts["training"]``; ``parts["validation"]`` chooses the epoch.

    Parameters
    ----------
    recipe : Recipe
        What is trained.
    parts : mapping of str to Examples
        The test part, if there is one, is not looked at.
    out : Path
        The run's folder.
    seed : int
        Of first weights, batch order, augmentation and dropout.
    resume : bool
        Go on from the last whole epoch, where one is kept.
    facts : mapping, optional
        What else ``run.json`` is to say, such as the data's and the split's fingerprints.
    tell : callable, optional
        Told how far the training is.

    Raises
    ------
    UsageError
        Recipe, network and data do not fit each other; the message says what to change.
    ModelError
        Published weights are not there, a loss is no number any more, or nothing could be kept.
    """
    settings = _settings(recipe)
    training = _part(parts, "training", settings)
    recipe = _for_several(recipe) if training.multi_label else recipe
    validation = _part(parts, "validation", settings) if len(parts.get("validation", ())) else None
    whole = resolved(recipe, settings)
    if not (resume and (out / RECIPE).exists()):  # where resuming is refused, the run there stays as it is
        write_recipe(whole, out)
    fitted, notes, broken = _fitted(recipe, training, validation, settings, _Run(out, seed, resume, tell))
    answers = _validation(fitted.network, parts, settings)
    sizes = {"seed": seed, "parts": {name: len(part) for name, part in parts.items()}}
    said = _facts(recipe, training, fitted, notes) | _confidence(answers) | sizes | dict(facts or {})
    return _written(Trained(out, whole, fitted, said, answers), broken)


def network_of(
    recipe: Recipe, labels: tuple[str, ...], shape: tuple[int, ...], what: Mapping[str, Any]
) -> "GenreNetwork":
    """Return a recipe's network, fresh, for examples of a shape.

    Parameters
    ----------
    recipe : Recipe
        Its model and settings.
    labels : tuple of str
        The genres.
    shape : tuple of int
        Of one example.
    what : mapping
        What the examples are, see `Examples.input`: rows of pictures are frequencies, those of spectrograms times.
    """
    from genrescope.models.catalogue import make_network

    kind = str(what.get("feature", what.get("kind", "")))
    picture = True if kind in {"image", "linear-spectrogram-image"} else False if kind else None
    return make_network(recipe.model, len(labels), shape, picture=picture, **recipe.model_settings)


def probabilities_of(network: "GenreNetwork", examples: Examples, settings: FitSettings) -> "FloatArray":
    """Return the tracks' probabilities, shape (n, n_labels): the mean over segments, where they were learned."""
    from genrescope.training.answer import answer
    from genrescope.training.segments import in_segments, mean_of_segments

    if not settings.segment_frames:
        return answer(network, examples)
    axis = 1 if network.form.picture else 0
    cut = answer(network, in_segments(examples, settings.segment_frames, axis=axis))
    return mean_of_segments(cut, len(examples))


def answers_of(examples: Examples, probabilities: "FloatArray") -> Answers:
    """Return probabilities as answers, one genre a track.

    Raises
    ------
    UsageError
        Tracks have several genres.
    """
    if examples.multi_label:
        raise UsageError("tracks with several genres have no one answer; take MultiLabelAnswers.")
    said = probabilities / probabilities.sum(axis=1, keepdims=True)
    predicted = said.argmax(axis=1).astype(np.int64)
    return Answers(examples.labels, examples.targets, predicted, said, examples.groups, examples.ids)


def resolved(recipe: Recipe, settings: FitSettings) -> Recipe:
    """Return the recipe with the defaults of its network and its training filled in."""
    from genrescope.models.catalogue import NETWORKS

    if recipe.kind != "network":
        raise UsageError(f"{recipe.name} is a {recipe.kind}: it is not trained in epochs.")
    if recipe.model not in NETWORKS:
        network_of(recipe, ("a", "b"), (1,), {})  # says what there is
    model = asdict(with_values(recipe.model, NETWORKS[recipe.model].settings, dict(recipe.model_settings)))
    return replace(recipe, model_settings=model, training=asdict(settings))


# ----------------------------------------------------------------------------------------------------------- its parts


@dataclass(frozen=True)
class _Run:
    out: Path
    seed: int
    resume: bool
    tell: Tell | None


def _settings(recipe: Recipe) -> FitSettings:
    return fit_settings(recipe.training)


def _for_several(recipe: Recipe) -> Recipe:
    """Tell networks that answer otherwise where a track may have several genres."""
    from genrescope.models.catalogue import NETWORKS

    known = recipe.model in NETWORKS and hasattr(NETWORKS[recipe.model].settings, "several")
    return replace(recipe, model_settings={"several": True, **recipe.model_settings}) if known else recipe


def _part(parts: Mapping[str, Examples], name: str, settings: FitSettings) -> Examples:
    from genrescope.training.segments import in_segments

    if not len(parts.get(name, ())):
        raise UsageError(f"there is no track of the part '{name}'; the split has: {', '.join(parts)}.")
    part = parts[name]
    if not settings.segment_frames:
        return part
    kind = part.input.get("feature", part.input.get("kind"))
    return in_segments(part, settings.segment_frames, axis=1 if kind in {"image", "linear-spectrogram-image"} else 0)


def _fitted(
    recipe: Recipe, training: Examples, validation: Examples | None, settings: FitSettings, run: _Run
) -> tuple["Fitted", list[str], str]:
    """Train in one step, or in two; also return why it ended early, where a loss broke after some whole epochs."""
    if recipe.model != PROGRESSIVE or "step" in recipe.model_settings:
        return _until_it_breaks(lambda: _one_step(recipe, training, validation, settings, run))
    from genrescope.models.fma_vgg16_progressive import FmaVgg16Progressive
    from genrescope.recipes._halved import halved

    first = replace(recipe, model_settings={**recipe.model_settings, "step": 1})
    small = halved(training), None if validation is None else halved(validation)
    begun, notes = _one_step(first, *small, settings, replace(run, out=run.out / FIRST_STEP))

    def carry(network: "GenreNetwork") -> None:
        if isinstance(network, FmaVgg16Progressive) and isinstance(begun.network, FmaVgg16Progressive):
            network.carry_over(begun.network)

    second = replace(recipe, model_settings={**recipe.model_settings, "step": 2})
    fitted, more, broken = _until_it_breaks(lambda: _one_step(second, training, validation, settings, run, carry))
    seconds = f"step 1 (pictures of half the height): {len(begun.history)} epochs in {begun.seconds:.0f} s"
    return fitted, [*notes, *(note for note in more if note not in notes), seconds], broken


def _until_it_breaks(step: Callable[[], tuple["Fitted", list[str]]]) -> tuple["Fitted", list[str], str]:
    from genrescope.training._task import DivergedError

    try:
        return *step(), ""
    except DivergedError as error:
        if error.fitted is None:
            raise
        return error.fitted, [f"it broke: {error}"], str(error)


def _one_step(
    recipe: Recipe,
    training: Examples,
    validation: Examples | None,
    settings: FitSettings,
    run: _Run,
    prepare: Callable[["GenreNetwork"], None] | None = None,
) -> tuple["Fitted", list[str]]:
    import torch

    from genrescope.training._task import DivergedError
    from genrescope.training.fit import fit
    from genrescope.training.trunk_cache import TopOf, through_trunk

    shape = training.inputs.shape
    if shape is None:
        raise UsageError(
            f"the tracks' {recipe.input} differ in length: --set input_settings.n_frames=N cuts or fills them."
        )
    torch.manual_seed(run.seed)
    network = network_of(recipe, training.labels, shape, training.input)
    notes = _begin(recipe.model, network, settings.start)
    if prepare is not None:
        prepare(network)
    learns: GenreNetwork = network
    if network.frozen_trunk() is not None and not settings.changes_inputs:
        training = through_trunk(network, training, run.out / "trunk")
        validation = None if validation is None else through_trunk(network, validation, run.out / "trunk")
        learns = TopOf(network, training.inputs.shape or ())  # type: ignore[arg-type]
        notes.append("the frozen trunk's output was computed once")
    identity = {"model": recipe.model, **{f"model_settings.{k}": v for k, v in recipe.model_settings.items()}}
    folder = run.out / CHECKPOINTS
    try:
        fitted = fit(
            learns, training, validation, settings, folder,
            seed=run.seed, identity=identity, resume=run.resume, tell=run.tell,
        )  # fmt: skip
    except DivergedError as error:
        error.fitted = error.fitted and replace(error.fitted, network=network.eval())
        raise
    return replace(fitted, network=network.eval()), notes


def _begin(model: str, network: "GenreNetwork", start: str) -> list[str]:
    """Put published weights into a network that comes with some."""
    from genrescope.pretrained.starts import STARTS, begin_from_published

    if model not in STARTS or start == "fresh":
        return []
    licence = begin_from_published(model, network, None if start == "published" else Path(start))
    return [f"it began with published weights ({licence})"]


def _facts(recipe: Recipe, training: Examples, fitted: "Fitted", notes: list[str]) -> dict[str, Any]:
    from genrescope.models._network import count_weights

    kept = fitted.history[fitted.best_epoch - 1]
    return {
        "recipe": recipe.name,
        "labels": list(training.labels),
        "multi_label": training.multi_label,
        "input": dict(training.input),
        "shape": list(fitted.network.form.shape),
        "data": training.data,
        "n_weights": count_weights(fitted.network),
        "n_trainable": count_weights(fitted.network, trainable=True),
        "epochs": len(fitted.history),
        "best_epoch": fitted.best_epoch,
        "metrics": {key: value for key, value in asdict(kept).items() if key.endswith(("loss", "accuracy"))},
        "seconds": round(fitted.seconds, 2),
        "peak_mib": round(fitted.peak_mib, 1),
        "waiting_share": round(fitted.waiting, 4),
        "precision": fitted.precision,
        "reported": dict(recipe.reported),
        "notes": [*([recipe.note] if recipe.note else []), *notes],
    }


def _validation(network: "GenreNetwork", parts: Mapping[str, Examples], settings: FitSettings) -> Answers | None:
    part = parts.get("validation")
    if part is None or not len(part) or part.multi_label:
        return None
    return answers_of(part, probabilities_of(network, part, settings))


def _confidence(answers: Answers | None) -> dict[str, float]:
    """Return what makes confidences hold, learned on the validation part: a temperature, and where doubt begins."""
    from genrescope.training.temperature import temperature, with_temperature

    if answers is None or answers.probabilities is None:
        return {}
    value = temperature(answers.probabilities, answers.truth)
    best = with_temperature(answers.probabilities, value).max(axis=1)
    return {"temperature": value, "unsure_below": float(np.quantile(best, UNSURE_SHARE))}


def _written(trained: Trained, broken: str) -> Trained:
    """Write all that is to be known of a run; where it broke, what came before is a run like any other."""
    from genrescope.training.curves import draw_curves, write_metrics

    history, best = trained.fitted.history, trained.fitted.best_epoch
    write_recipe(trained.recipe, trained.path)
    write_metrics(history, trained.path / METRICS)
    draw_curves(history, best, trained.path / CURVES)
    if trained.validation is not None:
        write_predictions(trained.validation, trained.path / PREDICTIONS)
    write_text(trained.path / CARD, _card(trained))
    write_run(trained.path, trained.facts)
    if broken:
        where = f"{trained.path} can be scored and exported as it is; --resume would break there again."
        raise ModelError(f"{broken} {where}")
    return trained


def _card(trained: Trained) -> str:
    said = trained.facts
    accuracy = said["metrics"]["validation_accuracy"]
    measured = "not measured" if accuracy is None else f"{accuracy:.3f} (the epoch was chosen on it)"
    lines = [
        f"# {said['recipe']}",
        "",
        f"{trained.recipe.line}.",
        "",
        f"- learned from: {said['data']}, {said['parts'].get('training', 0):,} tracks",
        f"- genres: {', '.join(said['labels'])}",
        f"- weights: {said['n_weights']:,}, of which {said['n_trainable']:,} learn",
        f"- kept: epoch {said['best_epoch']} of {said['epochs']}",
        f"- validation accuracy: {measured}",
        f"- training: {said['seconds']:.0f} s, {said['peak_mib']:.0f} MiB at most, {said['precision']}",
        *(f"- {note}" for note in said["notes"]),
    ]
    return "\n".join(lines) + "\n"

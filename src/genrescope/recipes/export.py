"""From a run's folder to one model file, with labels, windows, figures and what it was learned from inside."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genrescope.card import IN_GRAPH, ModelCard, Score
from genrescope.errors import UsageError
from genrescope.recipes._base import Recipe, read_recipe
from genrescope.recipes._run_folder import CHECKPOINTS, MODEL, PREDICTIONS, RECIPE, read_run
from genrescope.recipes.networks import FIRST_STEP, PROGRESSIVE, network_of
from genrescope.runtime.session import check_model, read_model_file
from genrescope.training._whole import write_whole

if TYPE_CHECKING:
    from genrescope.models._network import GenreNetwork

IN_GRAPH_FEATURES = ("logmel", "mfcc")
"""Features that travel inside the model file."""

PICTURE_WINDOW_S = 30.0
"""A picture is of so much sound: what the reports' clips last."""


def export_run(run: Path, path: Path) -> ModelCard:
    """Write a finished run as one ONNX file, whole or not at all.

    Log-mel and MFCC networks take the waveform, and answer for windows of the length that they learned from, a second
    or less apart. Others take their feature ready.

    Parameters
    ----------
    run : Path
        The folder.
    path : Path
        The ``.onnx`` file.

    Returns
    -------
    ModelCard
        What the file says of itself.

    Raises
    ------
    UsageError
        The folder is no finished run's, or its network cannot be one file.
    ModelError
        The run's weights are damaged.
    """
    from genrescope.models._net_export import export_network

    facts, recipe = read_run(run), read_recipe(run / RECIPE)
    if recipe.kind == "classifier":
        return _copy(run / MODEL, path)
    recipe = replace(recipe, name=facts["recipe"])
    if facts["multi_label"]:
        raise UsageError(
            f"{run}: a model file answers with one genre a track; this run learned several. To score it: "
            f"genrescope evaluate {run} --data NAME --root DIR"
        )
    network = trained_network(run)
    front_end = _front_end(facts, network.form.n_frames if len(network.form.shape) > 1 else 0)
    temperature = float(facts.get("temperature") or 1.0)
    card = _card(run, recipe, facts, _times(facts, network, front_end), front_end is not None)
    card = replace(card, embedding_size=_embedding(network))
    path.parent.mkdir(parents=True, exist_ok=True)
    export_network(network, card, path, front_end, temperature=temperature)
    return card


def trained_network(run: Path) -> "GenreNetwork":
    """Return a finished run's network with its weights, in evaluation mode.

    Raises
    ------
    UsageError
        The folder is no finished run's.
    ModelError
        The run's weights are damaged.
    """
    from genrescope.training.fit import load_best

    facts, recipe = read_run(run), _last_step(read_recipe(run / RECIPE), run)
    network = network_of(recipe, tuple(facts["labels"]), tuple(facts["shape"]), facts["input"])
    return load_best(network, run / CHECKPOINTS)


def _copy(file: Path, path: Path) -> ModelCard:
    """A classifier's model file was written when it was fitted."""
    data = read_model_file(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda partial: partial.write_bytes(data))
    return check_model(data, str(file))


def _last_step(recipe: Recipe, run: Path) -> Recipe:
    """A run of the progressive network in two steps keeps that of its second one."""
    if recipe.model == PROGRESSIVE and (run / FIRST_STEP).is_dir():
        return replace(recipe, model_settings={**recipe.model_settings, "step": 2})
    return recipe


def _front_end(facts: Mapping[str, Any], n_frames: int) -> Any:
    """Return the settings of the feature that goes into the file, or None where it stays outside."""
    from genrescope.features.catalogue import make_feature

    what = facts["input"]
    if what.get("feature") not in IN_GRAPH_FEATURES:
        return None
    settings = make_feature(what["feature"], **what["settings"]).settings
    # Segments are shorter than the tracks that they were cut from.
    return settings if settings.n_frames in {None, n_frames} else replace(settings, n_frames=n_frames)


def _times(facts: Mapping[str, Any], network: Any, front_end: Any) -> tuple[int, float, float]:
    """Return rate, window and hop."""
    from genrescope.models._net_export import window_times

    if front_end is not None:
        times = window_times(network, front_end)
        return times.sample_rate_hz, times.window_s, times.hop_s
    rate_hz = int(facts["input"].get("settings", {}).get("sample_rate_hz") or 0)
    picture = facts["input"].get("feature") == "image"
    return (rate_hz, PICTURE_WINDOW_S, 1.0) if picture else (rate_hz, 0.0, 0.0)


def _card(
    run: Path, recipe: Recipe, facts: Mapping[str, Any], times: tuple[int, float, float], in_graph: bool
) -> ModelCard:
    what = facts["input"]
    rate_hz, window_s, hop_s = times
    return ModelCard(
        name=recipe.name,
        labels=list(facts["labels"]),
        sample_rate_hz=rate_hz,
        window_s=window_s,
        hop_s=hop_s,
        unsure_below=round(float(facts.get("unsure_below") or 0.0), 4),
        licence="unstated",
        notices="Learned from the data that 'learned from' names; ask its terms before you share this file.",
        front_end=IN_GRAPH if in_graph else f"{what.get('feature', what.get('kind'))}@{what.get('version', 0)}",
        features={} if in_graph else dict(what),
        calibration={"temperature": facts.get("temperature"), "learned on": "validation part"},
        data={
            "data": facts["data"],
            "fingerprint": facts.get("data_fingerprint", ""),
            "split": facts.get("split", ""),
            "split_fingerprint": facts.get("split_fingerprint", ""),
        },
        recipe=f"genrescope train {recipe.name}",
        scores=_scores(run, facts),
    )


def _scores(run: Path, facts: Mapping[str, Any]) -> list[Score]:
    accuracy, n = facts["metrics"].get("validation_accuracy"), facts["parts"].get("validation", 0)
    if accuracy is None or not n or not (run / PREDICTIONS).exists():
        return []
    note = f"validation part of {facts['data']}; the epoch was chosen on it"
    return [Score.of_share("accuracy", int(np.round(accuracy * n)), n, note)]


def _embedding(network: Any) -> int:
    import torch

    from genrescope.training.answer import answering

    with answering(network):
        return int(network.embed(torch.zeros(2, *network.form.shape)).shape[1])

"""From a model's card to what computes the feature that it takes."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from genrescope.card import ModelCard
from genrescope.errors import MissingExtraError, ModelError, UsageError
from genrescope.features._base import Feature
from genrescope.features.catalogue import make_feature
from genrescope.records import Clip, FloatArray

_NEEDS_LIBROSA = frozenset({"fma518"})


def of_card(card: ModelCard) -> Callable[[Clip], FloatArray]:
    """Return what computes a model's feature of a clip at the card's rate.

    Parameters
    ----------
    card : ModelCard
        Its ``features`` says which feature, with which settings, and which of its columns.

    Returns
    -------
    callable
        Clip to float32 array; it raises `UsageError` for a clip that has no such feature.

    Raises
    ------
    ModelError
        The card asks for a feature, a version or settings that this genrescope does not have, or at another rate.
    MissingExtraError
        The packages that compute it are not installed.
    """
    name, settings = card.features.get("feature"), card.features.get("settings", {})
    try:
        feature = make_feature(str(name), **_settings(settings))
    except UsageError as cause:
        raise ModelError(f"the model '{card.name}' cannot be given what it takes: {cause}") from cause
    if feature.version != card.features.get("version"):
        raise ModelError(
            f"the model '{card.name}' takes {name} of version {card.features.get('version')}, and this genrescope "
            f"computes version {feature.version}: train it again, or use the genrescope that made it."
        )
    if (feature.sample_rate_hz or 0) != card.sample_rate_hz:
        raise ModelError(
            f"the model '{card.name}' says {card.sample_rate_hz} Hz, and {name} with its settings takes "
            f"{feature.sample_rate_hz or 'any'}; export it again."
        )
    if feature.name in _NEEDS_LIBROSA and find_spec("librosa") is None:
        raise MissingExtraError(f"the model '{card.name}', which takes the feature {name},", "explore")
    return partial(_compute, feature, _places(card, feature))


def describe(feature: Feature, columns: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what `ModelCard.features` says of a feature, of all its columns or of some by name."""
    chosen = {"columns": list(columns)} if columns and columns != feature.columns else {}
    return {**feature.description, **chosen}


def card_fields(said: Mapping[str, object], columns: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what a card says of a model that takes what its examples were: one answer a track, no windows.

    Parameters
    ----------
    said : mapping
        What the examples are: a feature's description, an ``embedding``'s (see `ModelCard.features`), or a ``kind`` of
        ready numbers.
    columns : tuple of str
        Names of their columns, where they have names.

    Returns
    -------
    dict
        ``front_end``, ``features``, ``sample_rate_hz``, ``window_s`` and ``hop_s`` of `ModelCard`.

    Examples
    --------
    >>> card_fields({"kind": "statistics"})["front_end"]
    'table@1'
    """
    fields: dict[str, Any] = {"sample_rate_hz": 0, "window_s": 0.0, "hop_s": 0.0}
    if "feature" not in said:
        return {**fields, "front_end": "table@1", "features": dict(said)}
    if said["feature"] == "embedding":
        return {**fields, "front_end": "embedding@1", "features": dict(said)}
    feature = make_feature(str(said["feature"]), **_settings(said.get("settings", {})))
    front, rate_hz = f"{feature.name}@{feature.version}", feature.sample_rate_hz or 0
    return {**fields, "front_end": front, "features": describe(feature, columns), "sample_rate_hz": rate_hz}


def _settings(said: object) -> dict[str, Any]:
    """Return settings as they were before JSON made lists of tuples."""
    if not isinstance(said, dict):
        raise UsageError(f"settings are an object; got {said!r}.")
    return {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}


def _places(card: ModelCard, feature: Feature) -> list[int] | None:
    columns = card.features.get("columns")
    if columns is None:
        return None
    place = {column: number for number, column in enumerate(feature.columns)}
    missing = [column for column in columns if column not in place] if isinstance(columns, list) else [columns]
    if missing or not isinstance(columns, list):
        raise ModelError(f"the model '{card.name}' takes the column {missing[0]}, which {feature.name} does not have.")
    return [place[column] for column in columns]


def _compute(feature: Feature, places: list[int] | None, clip: Clip) -> FloatArray:
    values = np.asarray(feature.compute(clip), dtype=np.float32)
    return values if places is None else values[..., places]

"""Hear the genres of any song, and how they move through it.

>>> import genrescope
>>> genrescope.predict("song.mp3").genre  # doctest: +SKIP
'Reggae'

Names are imported when they are first used, so that ``import genrescope`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genrescope.audio.stream import Limits
    from genrescope.card import ModelCard
    from genrescope.datasets._base import Dataset, Selection
    from genrescope.datasets.catalogue import open_dataset
    from genrescope.errors import AudioError, GenrescopeError, MissingExtraError, ModelError, UsageError
    from genrescope.loading import load_model, predict
    from genrescope.records import Clip, Embedding, GenreScore, Notice, Prediction, Timeline, Track
    from genrescope.runtime.model import Model, list_models

    __version__: str

_HOMES = {
    "genrescope.audio.stream": ("Limits",),
    "genrescope.card": ("ModelCard",),
    "genrescope.datasets._base": ("Dataset", "Selection"),
    "genrescope.datasets.catalogue": ("open_dataset",),
    "genrescope.errors": ("AudioError", "GenrescopeError", "MissingExtraError", "ModelError", "UsageError"),
    "genrescope.loading": ("load_model", "predict"),
    "genrescope.records": ("Clip", "Embedding", "GenreScore", "Notice", "Prediction", "Timeline", "Track"),
    "genrescope.runtime.model": ("Model", "list_models"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AudioError",
    "Clip",
    "Dataset",
    "Embedding",
    "GenreScore",
    "GenrescopeError",
    "Limits",
    "MissingExtraError",
    "Model",
    "ModelCard",
    "ModelError",
    "Notice",
    "Prediction",
    "Selection",
    "Timeline",
    "Track",
    "UsageError",
    "__version__",
    "list_models",
    "load_model",
    "open_dataset",
    "predict",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("genrescope")
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name]), name)
    raise AttributeError(f"module 'genrescope' has no attribute {name!r}; it has: {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)

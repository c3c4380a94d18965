"""Models with all that they need: runtime, and the features that some model files take.

Runtime runs any model file and computes no feature; here the two come together, for the command line, the page and
whoever imports genrescope.
"""

from collections.abc import Callable
from pathlib import Path

from genrescope.card import ModelCard
from genrescope.records import Clip, FloatArray, Prediction
from genrescope.runtime import model as runtime
from genrescope.runtime.blocks import Source
from genrescope.runtime.model import Model
from genrescope.runtime.names import BUNDLED

__all__ = ["load_model", "predict"]


def load_model(path_or_name: str | Path = BUNDLED, *, threads: int | None = None) -> Model:
    """Open a model, also one that takes features.

    Parameters
    ----------
    path_or_name : str or Path
        ``bundled``, the name of an installed model, a path to an ``.onnx`` file, or several of them joined by ``+``:
        an ensemble, whose confidences are the mean of its members'.
    threads : int, optional
        Threads that one prediction may use; by default all cores that this process has.

    Raises
    ------
    ModelError
        Where there is no such model, its file cannot be used, or its feature cannot be computed from sound.
    MissingExtraError
        Where the packages that compute its feature are not installed.

    Examples
    --------
    >>> load_model().card.sample_rate_hz
    16000
    """
    return runtime.load_model(path_or_name, front_end=_front_end, threads=threads)


def predict(
    path: Source, *, model: Model | str | Path = BUNDLED, vocabulary: str = "native", timeline: bool = True
) -> Prediction:
    """Say which genres a track has, and how they move through it.

    The model is kept for the next call.

    Parameters
    ----------
    path : str, Path or Clip
        An audio file, or sound in memory; at least 1 s of it.
    model : Model, str or Path
        A model, or what `load_model` takes.
    vocabulary : str
        In whose words: ``native``, or one that the model's card maps to, such as ``gtzan`` or ``fma``.
    timeline : bool
        Whether the course over time is part of the answer; a model of whole tracks has none.

    Returns
    -------
    Prediction
        All genres of the vocabulary, best first; confidences sum to 1.

    Raises
    ------
    AudioError
        Where the file has no answer; its `kind` says why.
    ModelError, UsageError
        Where the model cannot be used, or has no map to the vocabulary.
    """
    return runtime.predict(path, model=model, vocabulary=vocabulary, timeline=timeline, front_end=_front_end)


def _front_end(card: ModelCard) -> Callable[[Clip], FloatArray]:
    """Make a card's feature; most models take none, so that what computes them is imported late."""
    from genrescope.features.front_end import of_card

    return of_card(card)

"""From a fitted classifier to one model file: ready features in, the probability of every genre out.

The file is ONNX with the card inside, like any other model of ours. Nothing of it is a pickle: what opens it runs
no code of its maker's.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from genrescope.card import IN_GRAPH, ModelCard
from genrescope.errors import MissingExtraError, UsageError

INPUT, OUTPUT = "features", "probabilities"
_FLOAT, _DOUBLE = 1, 11  # TensorProto.DataType


class FittedClassifier(Protocol):
    """What is exported: `genrescope.training.classic.Fitted` is one."""

    @property
    def pipeline(self) -> Any:
        """A fitted scikit-learn pipeline that answers with places in `classes`."""

    @property
    def labels(self) -> Sequence[str]:
        """All genres."""

    @property
    def classes(self) -> Sequence[int]:
        """Which of the labels the pipeline knows."""

    @property
    def n_columns(self) -> int:
        """Numbers in a row."""


def export_classic(fitted: FittedClassifier, card: ModelCard, path: Path) -> None:
    """Write a classifier and its card as one ONNX file, whole or not at all.

    The file takes ``features`` (n, n_columns), float32, and gives ``probabilities`` (n, n_labels), float32: each row
    sums to 1, its highest is the classifier's answer, and a genre that training did not have gets 0.

    Parameters
    ----------
    fitted : FittedClassifier
        That has learned.
    card : ModelCard
        Its labels are the classifier's, and its ``front_end`` is ``feature@version``.
    path : Path
        Where the file goes.

    Raises
    ------
    UsageError
        The card and the classifier do not fit each other, or the classifier cannot be kept in a file.
    MissingExtraError
        The packages that write ONNX are not installed.
    """
    if list(card.labels) != list(fitted.labels):
        raise UsageError(f"the card has the genres {list(card.labels)}, the classifier {list(fitted.labels)}.")
    if card.front_end == IN_GRAPH:
        raise UsageError(f"a classifier takes ready features; the card's front_end is {IN_GRAPH!r}: name the feature.")
    try:
        from genrescope.models._card_file import save_with_card
        from genrescope.models._classic_graph import pipeline_graph
    except ModuleNotFoundError as cause:
        raise MissingExtraError("exporting a classifier", "train") from cause
    graph = pipeline_graph(fitted.pipeline, fitted.n_columns)
    save_with_card(_with_one_output(graph, fitted), card, path)


def _with_one_output(model: Any, fitted: FittedClassifier) -> Any:
    """Return the graph with nothing but the probabilities of all labels, in float32."""
    from onnx import helper, numpy_helper
    from onnx.utils import Extractor

    # to_onnx names the outputs itself; the name that ours has to have must be free.
    model = Extractor(model).extract_model([INPUT], [model.graph.output[1].name])
    graph, known = model.graph, "known_genres"
    for node in graph.node:
        node.output[:] = [known if name == graph.output[0].name else name for name in node.output]
    places = np.zeros((len(fitted.classes), len(fitted.labels)))
    places[np.arange(len(fitted.classes)), list(fitted.classes)] = 1.0
    graph.initializer.append(numpy_helper.from_array(places, "places_of_genres"))
    graph.node.extend(
        [
            helper.make_node("Cast", [known], ["exact_genres"], to=_DOUBLE),
            helper.make_node("MatMul", ["exact_genres", "places_of_genres"], ["all_genres"]),
            helper.make_node("Cast", ["all_genres"], [OUTPUT], to=_FLOAT),
        ]
    )
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(OUTPUT, _FLOAT, ["n", len(fitted.labels)]))
    return model

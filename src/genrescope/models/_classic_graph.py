"""From fitted scikit-learn pipelines to ONNX graphs: what skl2onnx does not know, or not to the last digit.

Everything is computed in float64, as scikit-learn does; trees alone take float32, as theirs do. A classifier's graph
then answers what the classifier answers, also where a song lies on the edge between two genres.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skl2onnx import to_onnx, update_registered_converter
from skl2onnx.algebra.onnx_ops import (
    OnnxAbs,
    OnnxAdd,
    OnnxArgMax,
    OnnxCast,
    OnnxDiv,
    OnnxEqual,
    OnnxExp,
    OnnxGreater,
    OnnxMatMul,
    OnnxMul,
    OnnxPow,
    OnnxReduceMax,
    OnnxReduceSum,
    OnnxSoftmax,
    OnnxSub,
)
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType
from skl2onnx.sklapi import CastTransformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import AdaBoostClassifier, RandomForestClassifier
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from genrescope.errors import UsageError
from genrescope.models._classic_probabilities import WithProbabilities

OPSETS = {"": 18, "ai.onnx.ml": 3}
TREES = (DecisionTreeClassifier, RandomForestClassifier, AdaBoostClassifier)
_DOUBLE, _INT64 = 11, 7  # TensorProto.DataType

Floats = NDArray[np.float64]
Node = Any  # an operator of skl2onnx's algebra


def pipeline_graph(pipeline: Pipeline, n_columns: int) -> Any:
    """Return a fitted pipeline as an ONNX model: ``features`` float32 (n, n_columns) to ``probabilities`` (n, k).

    Raises
    ------
    UsageError
        The classifier has no graph; the message says why.
    """
    _register()
    steps = [("exact", CastTransformer(dtype=np.float64)), *pipeline.steps]
    classifier = pipeline.steps[-1][1]
    if isinstance(classifier, TREES) or _is_boosted(classifier):
        steps.insert(-1, ("single", CastTransformer(dtype=np.float32)))
    whole = Pipeline(steps)
    return to_onnx(
        whole,
        initial_types=[("features", FloatTensorType([None, n_columns]))],
        options={id(whole): {"zipmap": False}},
        target_opset=OPSETS,
    )


def _is_boosted(classifier: Any) -> bool:
    return type(classifier).__name__ == "XGBClassifier"


def _register() -> None:
    """Tell skl2onnx of the classifiers that it does not know."""
    ours = {
        WithProbabilities: _scores_to_probabilities,
        DummyClassifier: _shares,
        LinearDiscriminantAnalysis: _discriminants,  # skl2onnx's gives other probabilities for two classes
    }
    for kind, convert in ours.items():
        update_registered_converter(
            kind,
            f"Genrescope{kind.__name__}",
            _two_outputs,
            convert,
            options={"zipmap": [False], "nocl": [True, False]},
        )
    try:
        from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost
        from xgboost import XGBClassifier
    except ModuleNotFoundError:
        return
    from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes

    update_registered_converter(
        XGBClassifier,
        "XGBoostXGBClassifier",
        calculate_linear_classifier_output_shapes,
        convert_xgboost,
        options={"zipmap": [False], "nocl": [True, False]},
    )


def _two_outputs(operator: Any) -> None:
    n_rows, n_classes = operator.inputs[0].type.shape[0], len(operator.raw_operator.classes_)
    operator.outputs[0].type = Int64TensorType([n_rows])
    operator.outputs[1].type = DoubleTensorType([n_rows, n_classes])


def _finish(scope: Any, operator: Any, container: Any, probabilities: Node) -> None:
    """Name the two outputs of a classifier."""
    version = container.target_opset_all[""]
    best = OnnxArgMax(probabilities, axis=1, keepdims=0, op_version=version, output_names=operator.outputs[:1])
    named = OnnxMul(probabilities, np.ones(1), op_version=version, output_names=operator.outputs[1:])
    best.add_to(scope, container)
    named.add_to(scope, container)


def _shares(scope: Any, operator: Any, container: Any) -> None:
    """Write the same probabilities for every row."""
    dummy, version = operator.raw_operator, container.target_opset_all[""]
    if dummy.strategy != "prior":
        raise UsageError(f"a classifier that draws its answers ({dummy.strategy}) cannot be kept in a file.")
    zeros = OnnxMatMul(operator.inputs[0], np.zeros((operator.inputs[0].type.shape[1], 1)), op_version=version)
    _finish(scope, operator, container, OnnxAdd(zeros, np.asarray(dummy.class_prior_)[None], op_version=version))


def _discriminants(scope: Any, operator: Any, container: Any) -> None:
    """Write the softmax of a discriminant analysis; of two classes, the first one's score is 0."""
    model, version = operator.raw_operator, container.target_opset_all[""]
    weights, bias = np.asarray(model.coef_).T, np.asarray(model.intercept_)[None]
    if weights.shape[1] == 1:
        weights, bias = np.pad(weights, ((0, 0), (1, 0))), np.pad(bias, ((0, 0), (1, 0)))
    scores = OnnxAdd(OnnxMatMul(operator.inputs[0], weights, op_version=version), bias, op_version=version)
    _finish(scope, operator, container, OnnxSoftmax(scores, axis=1, op_version=version))


def _scores_to_probabilities(scope: Any, operator: Any, container: Any) -> None:
    """Write the softmax of a machine's scores times their sharpness."""
    model, version = operator.raw_operator, container.target_opset_all[""]
    machine = model.estimator_
    rows = operator.inputs[0]
    scores = _svc_scores(rows, machine, version) if hasattr(machine, "support_vectors_") else None
    if scores is None:
        scores = _linear_scores(rows, machine, version)
    sharp = OnnxMul(scores, np.array([model.sharpness_]), op_version=version)
    _finish(scope, operator, container, OnnxSoftmax(sharp, axis=1, op_version=version))


def _linear_scores(rows: Node, machine: Any, version: int) -> Node:
    weights, bias = np.asarray(machine.coef_).T, np.asarray(machine.intercept_)[None]
    if weights.shape[1] == 1:
        weights, bias = np.hstack([-weights, weights]), np.hstack([-bias, bias])
    return OnnxAdd(OnnxMatMul(rows, weights, op_version=version), bias, op_version=version)


def _svc_scores(rows: Node, machine: Any, version: int) -> Node:
    """Return the scores of `SVC`, those of `class_scores`: votes of the pairs, and how clear they were.

    See LIBSVM (Chang and Lin 2011) for the pairs, and scikit-learn's ``_ovr_decision_function`` for how they add up.
    """
    weights, bias, first, second = _pairs(machine)
    kernel = _kernel(rows, machine, version)
    decisions = OnnxAdd(OnnxMatMul(kernel, weights, op_version=version), bias, op_version=version)
    if len(machine.classes_) == 2:
        return OnnxMatMul(decisions, np.array([[1.0, -1.0]]), op_version=version)
    for_second = OnnxCast(OnnxGreater(np.zeros(1), decisions, op_version=version), to=_DOUBLE, op_version=version)
    votes = OnnxAdd(
        OnnxMatMul(for_second, second - first, op_version=version), first.sum(axis=0)[None], op_version=version
    )
    clear = OnnxMatMul(decisions, first - second, op_version=version)
    size = OnnxMul(
        OnnxAdd(OnnxAbs(clear, op_version=version), np.ones(1), op_version=version), np.full(1, 3.0), op_version=version
    )
    scores = OnnxAdd(votes, OnnxDiv(clear, size, op_version=version), op_version=version)
    return _first_of_ties(scores, votes, len(machine.classes_), version)


def _first_of_ties(scores: Node, votes: Node, n_classes: int, version: int) -> Node:
    """Give the class that is answered, the first of those with most votes, the highest score; see `class_scores`."""
    answered = _one_hot(votes, n_classes, version)
    highest = _one_hot(scores, n_classes, version)
    axis = np.array([1], dtype=np.int64)
    top = OnnxReduceMax(scores, axis, keepdims=1, op_version=version)
    own = OnnxReduceSum(OnnxMul(scores, answered, op_version=version), axis, keepdims=1, op_version=version)
    change = OnnxMul(
        OnnxSub(top, own, op_version=version), OnnxSub(answered, highest, op_version=version), op_version=version
    )
    return OnnxAdd(scores, change, op_version=version)


def _one_hot(values: Node, n_classes: int, version: int) -> Node:
    best = OnnxArgMax(values, axis=1, keepdims=1, op_version=version)
    same = OnnxEqual(best, np.arange(n_classes, dtype=np.int64)[None], op_version=version)
    return OnnxCast(same, to=_DOUBLE, op_version=version)


def _pairs(machine: Any) -> tuple[Floats, Floats, Floats, Floats]:
    """Return what each pair of classes makes of the kernel's values, and which classes it is of.

    Returns
    -------
    weights : ndarray, shape (n_support, n_pairs)
    bias : ndarray, shape (1, n_pairs)
        A pair's decision is ``kernel @ weights + bias``; above 0 it votes for its first class.
    first, second : ndarray, shape (n_pairs, n_classes)
        1 at the pair's first and second class.
    """
    n_classes = len(machine.classes_)
    starts = np.concatenate([[0], np.cumsum(machine.n_support_)])
    of = [slice(starts[place], starts[place + 1]) for place in range(n_classes)]
    pairs = [(i, j) for i in range(n_classes) for j in range(i + 1, n_classes)]
    sign = -1.0 if n_classes == 2 else 1.0  # with two classes scikit-learn turns libsvm's signs round
    weights = np.zeros((starts[-1], len(pairs)))
    for number, (i, j) in enumerate(pairs):
        weights[of[i], number] = sign * machine.dual_coef_[j - 1, of[i]]
        weights[of[j], number] = sign * machine.dual_coef_[i, of[j]]
    one_hot = np.eye(n_classes)
    first, second = (one_hot[[pair[side] for pair in pairs]] for side in (0, 1))
    return weights, sign * np.asarray(machine.intercept_)[None], first, second


def _kernel(rows: Node, machine: Any, version: int) -> Node:
    """Return the kernel's values between rows and support vectors; scikit-learn documents the formulas."""
    vectors: Floats = np.asarray(machine.support_vectors_, dtype=np.float64)
    products = OnnxMatMul(rows, vectors.T.copy(), op_version=version)
    if machine.kernel == "linear":
        return products
    gamma = np.array([float(machine._gamma)])  # what "scale" came to; scikit-learn has no public name for it
    if machine.kernel == "poly":
        raised = OnnxAdd(
            OnnxMul(products, gamma, op_version=version), np.array([float(machine.coef0)]), op_version=version
        )
        return OnnxPow(raised, np.array([float(machine.degree)]), op_version=version)
    if machine.kernel != "rbf":
        raise UsageError(f"a support vector machine with the kernel {machine.kernel!r} has no graph here.")
    squares = OnnxReduceSum(
        OnnxMul(rows, rows, op_version=version), np.array([1], dtype=np.int64), keepdims=1, op_version=version
    )
    distances = OnnxAdd(
        OnnxSub(squares, OnnxMul(products, np.full(1, 2.0), op_version=version), op_version=version),
        np.square(vectors).sum(axis=1)[None],
        op_version=version,
    )
    return OnnxExp(OnnxMul(distances, -gamma, op_version=version), op_version=version)

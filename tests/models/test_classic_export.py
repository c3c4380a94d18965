"""Every fitted classifier as a file: the same genres as scikit-learn for 1,000 tracks, and the same probabilities."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.models.classic import CLASSIFIERS
from genrescope.models.classic_export import export_classic
from genrescope.runtime.features import FeatureSession
from genrescope.training.classic import Fitted, fit_classic
from tests.models._classic import LABELS, classic_card, tracks

EXPORTED = [name for name in CLASSIFIERS if name != "stratified"]


def fitted(name: str, n_genres: int = 5) -> Fitted:
    settings = {"max_iter": 60} if name.startswith("MLP") else {"n_estimators": 10} if name == "XGBoost" else None
    return fit_classic(name, tracks(300, n_genres), settings=settings)


@pytest.mark.parametrize("name", EXPORTED)
def test_the_file_answers_what_scikit_learn_answers(name: str, tmp_path: Path) -> None:
    model, heard = fitted(name), tracks(1000, seed=1)
    export_classic(model, classic_card(), tmp_path / "m.onnx")
    expected = model.answer(heard)
    found = FeatureSession(tmp_path / "m.onnx", threads=1).answer(heard.matrix())
    np.testing.assert_array_equal(found.argmax(axis=1), expected.numbers)
    np.testing.assert_allclose(found, expected.probabilities, atol=1e-4)
    assert (found[:, LABELS.index("Soul")] == 0).all()  # a genre without a training track
    if name != "majority":
        assert len(np.unique(expected.numbers)) > 1


@pytest.mark.parametrize("name", ["LR", "SVCrbf", "linSVC1", "linSVC2", "AdaBoost", "XGBoost", "lda", "stacking"])
def test_two_genres(name: str, tmp_path: Path) -> None:
    model, heard = fitted(name, n_genres=2), tracks(200, 2, seed=1)
    export_classic(model, classic_card(), tmp_path / "m.onnx")
    expected = model.answer(heard)
    found = FeatureSession(tmp_path / "m.onnx", threads=1).answer(heard.matrix())
    np.testing.assert_array_equal(found.argmax(axis=1), expected.numbers)
    np.testing.assert_allclose(found, expected.probabilities, atol=1e-4)


def test_components_and_columns_as_they_are(tmp_path: Path) -> None:
    heard = tracks(200, seed=1)
    for name, pca in (("SVCrbf", 6), ("mfcc-logistic", None)):
        model = fit_classic(name, tracks(300), pca=pca)
        export_classic(model, classic_card(), tmp_path / "m.onnx")
        found = FeatureSession(tmp_path / "m.onnx", threads=1).answer(heard.matrix())
        np.testing.assert_allclose(found, model.answer(heard).probabilities, atol=1e-4)


def test_what_draws_cannot_be_kept(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="draws its answers"):
        export_classic(fitted("stratified"), classic_card(), tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())
    assert CLASSIFIERS["stratified"].differs


def test_a_card_that_does_not_fit(tmp_path: Path) -> None:
    model = fitted("NB")
    with pytest.raises(UsageError, match="the card has the genres"):
        export_classic(model, classic_card(labels=["a", "b"]), tmp_path / "m.onnx")
    with pytest.raises(UsageError, match="name the feature"):
        export_classic(model, replace(classic_card(), front_end="in-graph"), tmp_path / "m.onnx")


def test_the_card_and_nothing_else_stands_in_the_file(tmp_path: Path) -> None:
    import onnx

    card = classic_card(data={"from": "made by seed"})
    export_classic(fitted("DT"), card, tmp_path / "m.onnx")
    written = onnx.load(tmp_path / "m.onnx")
    assert [one.name for one in written.graph.input] == ["features"]
    assert [one.name for one in written.graph.output] == ["probabilities"]
    assert FeatureSession(tmp_path / "m.onnx").card == card
    assert [path.name for path in tmp_path.iterdir()] == ["m.onnx"]

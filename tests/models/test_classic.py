"""The registry of classifiers: the FMA authors' settings, and what a pipeline learns from."""

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.models.classic import CLASSIFIERS, FMA_THIRTEEN, find_classifier, make_pipeline
from tests.models._classic import CONSTANT, N_COLUMNS, tracks

PUBLISHED: dict[str, tuple[str, dict[str, object]]] = {
    "LR": ("LogisticRegression", {"C": 1.0}),
    "kNN": ("KNeighborsClassifier", {"n_neighbors": 200, "weights": "uniform"}),
    "SVCrbf": ("SVC", {"kernel": "rbf", "C": 1.0}),
    "SVCpoly1": ("SVC", {"kernel": "poly", "degree": 1}),
    "linSVC1": ("SVC", {"kernel": "linear"}),
    "linSVC2": ("LinearSVC", {"C": 1.0}),
    "DT": ("DecisionTreeClassifier", {"max_depth": 5}),
    "RF": ("RandomForestClassifier", {"max_depth": 5, "n_estimators": 10, "max_features": 1}),
    "AdaBoost": ("AdaBoostClassifier", {"n_estimators": 10}),
    "MLP1": ("MLPClassifier", {"hidden_layer_sizes": (100,), "max_iter": 2000}),
    "MLP2": ("MLPClassifier", {"hidden_layer_sizes": (200, 50), "max_iter": 2000}),
    "NB": ("GaussianNB", {}),
    "QDA": ("QuadraticDiscriminantAnalysis", {}),
}


def test_the_thirteen_are_those_of_the_fma_authors() -> None:
    assert tuple(PUBLISHED) == FMA_THIRTEEN
    for name, (kind, settings) in PUBLISHED.items():
        made = CLASSIFIERS[name].make(0)
        assert type(made).__name__ == kind
        assert settings.items() <= made.get_params().items()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_says_what_it_is_and_is_made_anew(name: str) -> None:
    classifier = CLASSIFIERS[name]
    assert classifier.name == name
    assert classifier.line
    assert classifier.source
    first, second = classifier.make(3), classifier.make(3)
    assert first is not second
    assert repr(first) == repr(second)


def test_the_seed_reaches_what_draws() -> None:
    drawing = [name for name in CLASSIFIERS if "random_state" in CLASSIFIERS[name].make(0).get_params(deep=False)]
    assert {"RF", "MLP1", "stratified", "XGBoost"} <= set(drawing)
    for name in ("RF", "MLP1", "stratified", "XGBoost"):
        assert CLASSIFIERS[name].make(7).get_params()["random_state"] == 7


def test_a_pipeline_learns_scale_and_components_from_what_it_is_fitted_on() -> None:
    training, test = tracks(200), tracks(50, seed=1)
    pipeline = make_pipeline("LR", pca=4).fit(training.matrix().astype(float), training.targets)
    kept = np.delete(np.arange(N_COLUMNS), CONSTANT)
    assert pipeline["varying"].get_support().tolist() == [column in kept for column in range(N_COLUMNS)]
    np.testing.assert_allclose(pipeline["scale"].mean_, training.matrix()[:, kept].mean(axis=0), rtol=1e-4)
    assert pipeline["pca"].components_.shape == (4, N_COLUMNS - 1)
    before = pipeline["scale"].mean_.copy()
    pipeline.predict(test.matrix())
    np.testing.assert_array_equal(pipeline["scale"].mean_, before)


def test_columns_are_left_as_they_are_where_the_report_left_them() -> None:
    assert [step for step, _ in make_pipeline("mfcc-logistic").steps] == ["varying", "classifier"]
    assert "scale" in dict(make_pipeline("mfcc-logistic", pca=2).steps)


def test_wrong_names_and_components() -> None:
    with pytest.raises(UsageError, match="did you mean SVCrbf"):
        find_classifier("SVCrfb")
    with pytest.raises(UsageError, match="at least 1; got 0"):
        make_pipeline("LR", pca=0)

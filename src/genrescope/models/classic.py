"""Classifiers that are fitted at once, on one row of numbers a track: the FMA authors' thirteen, and stronger ones.

The thirteen have the names and the settings of the data set's own baselines; where today's scikit-learn answers
otherwise than theirs did, `Classifier.differs` says how. Each is a plain scikit-learn estimator, and `make_pipeline`
puts before it what learns from the training part alone: which columns vary, their scale, and principal components.

Source: Defferrard, Benzi, Vandergheynst and Bresson 2017, FMA: A Dataset for Music Analysis, section 4.2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from genrescope.errors import MissingExtraError, UsageError

FMA_AUTHORS = "Defferrard et al. 2017"
OURS = "genrescope"


@dataclass(frozen=True)
class Classifier:
    """A classifier that can be named.

    Attributes
    ----------
    name : str
        Its name in the table.
    line : str
        What it is, in one line.
    source : str
        Whose settings they are.
    make : callable
        Seed to an unfitted scikit-learn estimator. One that chooses its settings is a `GridSearchCV`.
    scaled : bool
        Whether its columns are brought to mean 0 and variance 1 first.
    differs : str
        Where today's library answers otherwise than the source's did; empty where it does not.
    """

    name: str
    line: str
    source: str
    make: Callable[[int], Any]
    scaled: bool = True
    differs: str = ""


def make_pipeline(name: str, *, pca: int | None = None, seed: int = 0) -> Any:
    """Return a classifier behind all that must learn from the training part alone.

    Parameters
    ----------
    name : str
        A name in `CLASSIFIERS`.
    pca : int, optional
        Principal components to keep.
    seed : int
        Of what draws.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Steps ``varying`` (drops constant columns), ``scale``, ``pca`` (the last two where they are wanted) and
        ``classifier``; unfitted.

    Raises
    ------
    UsageError
        The name is not known.
    MissingExtraError
        scikit-learn, or XGBoost where it is asked for, is not installed.

    Examples
    --------
    >>> make_pipeline("kNN", pca=8)["classifier"].n_neighbors
    200
    """
    classifier = find_classifier(name)
    if pca is not None and pca < 1:
        raise UsageError(f"principal components are at least 1; got {pca}.")
    estimator = classifier.make(seed)
    from sklearn.decomposition import PCA
    from sklearn.feature_selection import VarianceThreshold
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    steps: list[tuple[str, Any]] = [("varying", VarianceThreshold())]
    if classifier.scaled or pca is not None:  # unscaled, the loudest columns would be the components
        steps.append(("scale", StandardScaler()))
    if pca is not None:
        steps.append(("pca", PCA(pca, random_state=seed)))
    return Pipeline([*steps, ("classifier", estimator)])


def find_classifier(name: str) -> Classifier:
    """Return a classifier by its name; UsageError where there is none, naming the nearest."""
    from genrescope.features._settings import nearest

    if name not in CLASSIFIERS:
        raise UsageError(f"there is no classifier {name!r}: {nearest(name, list(CLASSIFIERS))}")
    return CLASSIFIERS[name]


def _maker(module: str, kind: str, *, draws: bool = False, **settings: Any) -> Callable[[int], Any]:
    """Return a function from a seed to an estimator of scikit-learn; its package is imported when it is called."""

    def make(seed: int) -> Any:
        from importlib import import_module

        try:
            estimator = getattr(import_module(f"sklearn.{module}"), kind)
        except ModuleNotFoundError as cause:
            raise MissingExtraError("fitting a classifier", "train") from cause
        return estimator(**settings, random_state=seed) if draws else estimator(**settings)

    return make


def _xgboost(seed: int) -> Any:
    try:
        from xgboost import XGBClassifier
    except ModuleNotFoundError as cause:
        raise MissingExtraError("the classifier XGBoost", "train") from cause
    return XGBClassifier(random_state=seed, n_jobs=1)


def _chosen(make: Callable[[int], Any], grid: Mapping[str, list[Any]]) -> Callable[[int], Any]:
    """Return a maker whose estimator chooses among settings; fold by fold where no validation part is given."""

    def made(seed: int) -> Any:
        from sklearn.model_selection import GridSearchCV, StratifiedKFold

        return GridSearchCV(make(seed), dict(grid), cv=StratifiedKFold(5, shuffle=True, random_state=seed))

    return made


def _stacking(seed: int) -> Any:
    """Return three unlike classifiers whose confidences a logistic regression weighs up."""
    from sklearn.ensemble import StackingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    from genrescope.models._classic_probabilities import WithProbabilities

    members = {name: CLASSIFIERS[name].make(seed) for name in ("lda", "SVCrbf", "kNN-25")}
    members["SVCrbf"] = WithProbabilities(members["SVCrbf"].set_params(C=4.0), seed=seed)
    members["LR"] = LogisticRegression(C=0.01, max_iter=1000)
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    return StackingClassifier(list(members.items()), LogisticRegression(max_iter=1000), cv=folds)


_LIBSVM_GAMMA = "gamma is 1 / (columns × variance) instead of 1 / columns: the same on standardised columns"
_LOGISTIC = "one model of all genres (lbfgs) instead of one against the rest for each (liblinear)"

_ALL = (
    Classifier("LR", "logistic regression", FMA_AUTHORS, _maker("linear_model", "LogisticRegression"),
               differs=_LOGISTIC),
    Classifier("kNN", "the 200 nearest neighbours", FMA_AUTHORS,
               _maker("neighbors", "KNeighborsClassifier", n_neighbors=200)),
    Classifier("SVCrbf", "support vector machine, radial kernel", FMA_AUTHORS, _maker("svm", "SVC", kernel="rbf"),
               differs=_LIBSVM_GAMMA),
    Classifier("SVCpoly1", "support vector machine, polynomial kernel of degree 1", FMA_AUTHORS,
               _maker("svm", "SVC", kernel="poly", degree=1), differs=_LIBSVM_GAMMA),
    Classifier("linSVC1", "support vector machine, linear kernel (libsvm: genre against genre)", FMA_AUTHORS,
               _maker("svm", "SVC", kernel="linear")),
    Classifier("linSVC2", "linear support vector machine (liblinear: a genre against the rest)", FMA_AUTHORS,
               _maker("svm", "LinearSVC", draws=True),
               differs="with more tracks than columns the primal problem is solved instead of the dual: "
                       "the same optimum, reached instead of cut off"),
    Classifier("DT", "decision tree of depth 5", FMA_AUTHORS,
               _maker("tree", "DecisionTreeClassifier", draws=True, max_depth=5)),
    Classifier("RF", "forest of 10 random trees of depth 5 that see one column at a time", FMA_AUTHORS,
               _maker("ensemble", "RandomForestClassifier", draws=True, max_depth=5, n_estimators=10,
                      max_features=1)),
    Classifier("AdaBoost", "10 boosted stumps", FMA_AUTHORS,
               _maker("ensemble", "AdaBoostClassifier", draws=True, n_estimators=10),
               differs="SAMME instead of SAMME.R, which scikit-learn no longer has: stumps vote by their answers, "
                       "no longer by their probabilities"),
    Classifier("MLP1", "network with 100 hidden units", FMA_AUTHORS,
               _maker("neural_network", "MLPClassifier", draws=True, hidden_layer_sizes=(100,), max_iter=2000),
               differs="it stops when 10 rounds gain nothing, where it stopped after 3"),
    Classifier("MLP2", "network with 200 and 50 hidden units", FMA_AUTHORS,
               _maker("neural_network", "MLPClassifier", draws=True, hidden_layer_sizes=(200, 50), max_iter=2000),
               differs="it stops when 10 rounds gain nothing, where it stopped after 3"),
    Classifier("NB", "naive Bayes with normal distributions", FMA_AUTHORS, _maker("naive_bayes", "GaussianNB"),
               differs="variances are widened by a billionth of the largest"),
    Classifier("QDA", "quadratic discriminant analysis", FMA_AUTHORS,
               _maker("discriminant_analysis", "QuadraticDiscriminantAnalysis"),
               differs="a genre with fewer tracks than columns is an error, where it was a warning"),
    Classifier("XGBoost", "boosted trees, as many and as deep as its defaults say", "its library's defaults",
               _xgboost),
    Classifier("mfcc-logistic", "logistic regression with its defaults, columns as they are", "report fma-mfcc-nets",
               _maker("linear_model", "LogisticRegression"), scaled=False, differs=_LOGISTIC),
    Classifier("majority", "always the most frequent genre: a chance level", OURS,
               _maker("dummy", "DummyClassifier", strategy="prior")),
    Classifier("stratified", "drawn by the genres' frequencies: a chance level", OURS,
               _maker("dummy", "DummyClassifier", draws=True, strategy="stratified"),
               differs="it draws, so that no file can hold it"),
    Classifier("lr-tuned", "logistic regression, its C chosen on validation", OURS,
               _chosen(_maker("linear_model", "LogisticRegression", max_iter=2000),
                       {"C": [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0]})),
    Classifier("svc-tuned", "support vector machine, radial kernel, its C and width chosen on validation", OURS,
               _chosen(_maker("svm", "SVC", kernel="rbf"),
                       {"C": [1.0, 3.0, 10.0], "gamma": ["scale", 0.0003, 0.001, 0.003, 0.01]})),
    Classifier("lda", "linear discriminant analysis, its covariance shrunk by Ledoit and Wolf", OURS,
               _maker("discriminant_analysis", "LinearDiscriminantAnalysis", solver="lsqr", shrinkage="auto")),
    Classifier("lda-tuned", "linear discriminant analysis, its shrinkage chosen on validation", OURS,
               _chosen(_maker("discriminant_analysis", "LinearDiscriminantAnalysis", solver="lsqr"),
                       {"shrinkage": [0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7]})),
    Classifier("kNN-25", "the 25 nearest neighbours", OURS,
               _maker("neighbors", "KNeighborsClassifier", n_neighbors=25)),
    Classifier("stacking", "discriminant analysis, SVM, neighbours and logistic regression, weighed up", OURS,
               _stacking),
)  # fmt: skip

CLASSIFIERS: Mapping[str, Classifier] = MappingProxyType({one.name: one for one in _ALL})
"""Every classifier by its name, those of the FMA authors first and in their order."""

FMA_THIRTEEN = tuple(one.name for one in _ALL if one.source == FMA_AUTHORS)
"""The names under which the FMA authors list theirs."""

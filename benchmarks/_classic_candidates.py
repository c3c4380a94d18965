"""What is tried on GTZAN's numbers: ways to prepare them, classifiers, and classifiers that answer together."""

from typing import Any

from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, PowerTransformer, QuantileTransformer, StandardScaler
from sklearn.svm import SVC

from genrescope.models._classic_probabilities import WithProbabilities
from genrescope.models.classic import CLASSIFIERS

SEED = 0
SHRINKAGES = (0.02, 0.05, 0.1, 0.2, 0.4)


def candidates(n_columns: int) -> dict[str, Any]:
    """Return every candidate by its name, unfitted; the first is the reference's own choice."""
    found = {"standardised, SVCrbf (the reference)": make_pipeline(StandardScaler(), CLASSIFIERS["SVCrbf"].make(SEED))}
    for name, prepare in _preparations().items():
        for shrinkage in SHRINKAGES:
            found[f"{name}, LDA shrunk {shrinkage:g}"] = make_pipeline(*prepare(), _lda(shrinkage))
        found[f"{name}, LDA shrunk by Ledoit and Wolf"] = make_pipeline(*prepare(), _lda("auto"))
        for cost in (0.01, 0.1, 1.0):
            found[f"{name}, LR C={cost:g}"] = make_pipeline(*prepare(), LogisticRegression(C=cost, max_iter=3000))
        for cost, width in ((3.0, 1.0), (3.0, 0.3), (10.0, 0.3), (30.0, 0.1)):
            machine = SVC(C=cost, gamma=width / n_columns)
            found[f"{name}, SVCrbf C={cost:g} gamma={width:g}/columns"] = make_pipeline(*prepare(), machine)
    whitened = (StandardScaler(), PCA(0.95, whiten=True, random_state=SEED), Normalizer())
    found["whitened 95 %, length 1, SVCrbf C=3 gamma=0.5"] = make_pipeline(*whitened, SVC(C=3.0, gamma=0.5))
    found["extra trees (300)"] = _trees()
    found["stacking"] = make_pipeline(StandardScaler(), CLASSIFIERS["stacking"].make(SEED))
    return found | _together(n_columns)


def _preparations() -> dict[str, Any]:
    def normal() -> QuantileTransformer:
        return QuantileTransformer(n_quantiles=100, output_distribution="normal", random_state=SEED)

    return {
        "standardised": lambda: (StandardScaler(),),
        "power": lambda: (PowerTransformer(),),
        "quantiles": lambda: (normal(),),
        "standardised, length 1": lambda: (StandardScaler(), Normalizer(), StandardScaler()),
    }


def _together(n_columns: int) -> dict[str, Any]:
    """Return means of the probabilities of unlike classifiers."""
    machine = WithProbabilities(SVC(C=3.0, gamma=0.3 / n_columns), seed=SEED)
    lda = ("LDA", make_pipeline(PowerTransformer(), _lda(0.1)))
    svc = ("SVCrbf", make_pipeline(PowerTransformer(), machine))
    trees = ("extra trees", _trees())
    logistic = ("LR", make_pipeline(PowerTransformer(), LogisticRegression(C=0.1, max_iter=3000)))
    sets = ((lda, svc), (lda, trees), (lda, svc, trees), (lda, svc, trees, logistic))
    return {f"mean of {', '.join(name for name, _ in one)}": VotingClassifier(list(one), voting="soft") for one in sets}


def _lda(shrinkage: float | str) -> LinearDiscriminantAnalysis:
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage)


def _trees() -> ExtraTreesClassifier:
    return ExtraTreesClassifier(300, min_samples_leaf=2, random_state=SEED)

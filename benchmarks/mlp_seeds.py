"""Whether the table's small networks score as scikit-learn's do: both learned under many seeds, mean against mean.

    python benchmarks/mlp_seeds.py

In single precision a network ends elsewhere, as it does under another seed; only means over seeds can be compared. The
numbers are those of `feature_table.py`, its `mfcc` columns, with many test tracks so that chance in them is small.
"""

import os

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))  # before numpy is loaded: both sides work with one thread

import time  # noqa: E402
import warnings  # noqa: E402

import numpy as np  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

from _common import write_result  # noqa: E402
from feature_table import GROUPS, draw  # noqa: E402
from genrescope.models.classic import CLASSIFIERS  # noqa: E402
from genrescope.recipes._mlp import answer_network  # noqa: E402

N_TRAINING, N_TEST, N_SEEDS = 1_600, 8_000, 12
NAMES = ("MLP1", "MLP2")


def main() -> None:
    """Learn, compare, print and keep the result."""
    warnings.simplefilter("ignore")
    values, genres = draw(N_TRAINING + N_TEST, seed=0)
    columns = np.repeat(list(GROUPS), list(GROUPS.values())) == "mfcc"
    scaler = StandardScaler().fit(values[:N_TRAINING, columns].astype(np.float64))
    rows = scaler.transform(values[:, columns].astype(np.float64))
    found = [measure(name, rows, genres) for name in NAMES]
    notes = (
        (
            f"{N_TRAINING:,} × {int(columns.sum())} numbers to learn from, {N_TEST:,} to score, 8 genres, drawn by "
            f"seed; {N_SEEDS} seeds of the network, both sides under each."
        ),
        "The difference is genrescope minus scikit-learn, in points; ± is 1.96 standard errors of the mean of pairs.",
        "`between seeds` is the standard deviation of scikit-learn's own accuracy from seed to seed, in points.",
    )
    title = "Small networks in single precision, against scikit-learn's over seeds"
    write_result("mlp_seeds", title, {"Over seeds": found}, notes=notes, packages=("scikit-learn", "scipy"))


def measure(name: str, rows: np.ndarray, genres: np.ndarray) -> dict[str, object]:
    """Return a row of the table: means of both sides, and their difference."""
    training, test = rows[:N_TRAINING], rows[N_TRAINING:]
    learned, truth = genres[:N_TRAINING], genres[N_TRAINING:]
    small, small_test = training.astype(np.float32), test.astype(np.float32)
    scores, seconds = np.zeros((2, N_SEEDS)), np.zeros(2)
    for seed in range(N_SEEDS):
        begun_s = time.process_time()
        plain = CLASSIFIERS[name].make(seed).fit(training, learned).predict(test)
        middle_s = time.process_time()
        ours = answer_network(CLASSIFIERS[name].make(seed), small, learned, small_test)
        seconds += middle_s - begun_s, time.process_time() - middle_s
        scores[:, seed] = 100 * np.mean(plain == truth), 100 * np.mean(ours == truth)
    gaps = scores[1] - scores[0]
    return {
        "classifier": name,
        "scikit-learn, mean %": round(float(scores[0].mean()), 2),
        "genrescope, mean %": round(float(scores[1].mean()), 2),
        "difference, points": round(float(gaps.mean()), 2),
        "±": round(float(1.96 * gaps.std(ddof=1) / np.sqrt(N_SEEDS)), 2),
        "between seeds, points": round(float(scores[0].std(ddof=1)), 2),
        "ratio of processor seconds": round(float(seconds[0] / seconds[1]), 2),
    }


if __name__ == "__main__":
    main()

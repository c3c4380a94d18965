"""FMA's tree of genres from its published MFCC statistics: several genres a track, those above them implied.

    python benchmarks/multilabel.py

Each way learns from the official training part and answers the test part; nothing is chosen.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from _common import data_folder, write_result
from genrescope.datasets._base import Selection
from genrescope.datasets.catalogue import open_dataset
from genrescope.datasets.splits import make_split
from genrescope.evaluation.answers import MultiLabelAnswers
from genrescope.evaluation.multilabel import MultiLabelReport, make_multilabel_report
from genrescope.recipes.material import Wanted, examples_of, parts_of
from genrescope.recipes.several import parents_of
from genrescope.training.examples import Examples
from genrescope.training.multilabel import Way, fit_multilabel
from tables import CASES

TRIED: tuple[tuple[str, Way], ...] = (
    ("majority", "one-vs-rest"),
    ("LR", "one-vs-rest"),
    ("LR", "chain"),
    ("lda", "one-vs-rest"),
    ("lda", "chain"),
)
THRESHOLD = 0.5


def main() -> None:
    """Fit, answer, print and keep the result."""
    data = data_folder()
    with tempfile.TemporaryDirectory() as folder:
        dataset = open_dataset("fma-medium", CASES["fma_mfcc"].lay(data, Path(folder)), Selection(multi_label=True))
        examples, missing = examples_of(dataset, Wanted("fma518"), Path(folder))
        parts = parts_of(examples, make_split(dataset, "official"))
    tree = parents_of(dataset)
    rows = [measure(name, way, parts, tree) for name, way in TRIED]
    notes = (
        (
            f"{len(examples)} tracks with {len(examples.labels)} genres, those above them implied; {len(missing)} "
            "tracks have no published row. All tracks are Rock or Hip-Hop at the top, as only their rows are here."
        ),
        (
            f"A genre is said where its probability is {THRESHOLD:g} or more. AP is the average precision; its chance "
            "is the share of all pairs of track and genre that are true, for micro."
        ),
        "Hierarchical scores count the parents of what is said and of what is true.",
    )
    files = [data / "fma" / name for name in ("features_mfcc_2000.csv.gz", "labels.csv.gz")]
    title = "FMA's tree of genres from MFCC statistics"
    write_result("multilabel", title, {"Test part": rows}, notes=notes, data=files, packages=("scikit-learn",))


def measure(
    name: str, way: Way, parts: dict[str, Examples], tree: Mapping[str, str | None] | None
) -> dict[str, object]:
    """Return a row of the table."""
    fitted = fit_multilabel(name, parts["training"], way=way)
    test = parts["test"]
    answers = MultiLabelAnswers(test.labels, test.targets.astype(np.int8), fitted.answer(test), test.groups, test.ids)
    report: MultiLabelReport = make_multilabel_report(answers, parents=tree, threshold=THRESHOLD)
    precision = report.average_precision
    tree_score = report.hierarchical
    return {
        "classifier": name,
        "way": way,
        "micro AP": precision.micro,
        "macro AP": precision.macro,
        "micro F1": report.flat.f1,
        "hierarchical F1": None if tree_score is None else tree_score.f1,
        "its 95 %": "" if tree_score is None or tree_score.f1_95ci is None else str(tree_score.f1_95ci.to_list()),
        "chance (micro AP)": report.chance,
        "genres learned": len(fitted.learned),
        "training / test": f"{fitted.n_training} / {len(test)}",
        "seconds": fitted.seconds,
    }


if __name__ == "__main__":
    main()

"""The table of 18 feature sets × 13 classifiers at FMA-small's size, against scikit-learn cell by cell.

    python benchmarks/feature_table.py [--blocks 0,1] [--rows N]

Both sides do six blocks of three feature sets, small and large ones, and take turns. Finished blocks are kept, so that
a run may be stopped and go on. FMA's features are not here, so numbers of that shape are drawn by seed: groups of
columns that hang together with eigenvalues like 1/k, some skewed as maxima and variances are, genres that overlap so
that accuracies are like the reported ones.
"""

import argparse
import os
import resource
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))  # before numpy is loaded: both sides work with one thread a process

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from _common import PROJECT, write_result  # noqa: E402
from genrescope.models.classic import CLASSIFIERS  # noqa: E402
from genrescope.recipes._journal import Journal, key_of  # noqa: E402
from genrescope.recipes._measure import measured  # noqa: E402
from genrescope.recipes.grid import Grid, GridRow, Material, run_grid  # noqa: E402
from genrescope.recipes.tables import Table, TableRow, read_table  # noqa: E402
from genrescope.runtime.session import available_cores  # noqa: E402

GROUPS = {
    "chroma_cens": 84, "chroma_cqt": 84, "chroma_stft": 84, "mfcc": 140, "rmse": 7, "spectral_bandwidth": 7,
    "spectral_centroid": 7, "spectral_contrast": 49, "spectral_rolloff": 7, "tonnetz": 42, "zcr": 7,
}  # fmt: skip
"""FMA's groups of columns, and how many each has."""
N_GENRES, N_HIDDEN, SEPARATION, SHARE = 8, 20, 0.37, 0.6
N_BLOCKS = 6
KEPT = PROJECT / ".venv" / "tables" / "feature_table.jsonl"


def draw(n: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return rows of 518 numbers in groups, and their genres, equally many of each."""
    rng = np.random.default_rng(seed)
    genres = rng.permutation(np.arange(n) % N_GENRES)
    hidden = rng.standard_normal((n, N_HIDDEN)) + (rng.standard_normal((N_GENRES, N_HIDDEN)) * SEPARATION)[genres]
    # Products of hidden numbers: what a linear classifier cannot use.
    half = N_HIDDEN // 2
    hidden = np.hstack([hidden, np.tanh(hidden[:, :half] * hidden[:, half:])])
    return np.hstack([_group(hidden, size, rng) for size in GROUPS.values()]).astype(np.float32), genres


def _group(hidden: NDArray[np.float64], size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    spectrum = np.arange(1, size + 1) ** -1.0
    own = rng.standard_normal((len(hidden), size)) * np.sqrt(spectrum / spectrum.sum())
    own = own @ np.linalg.qr(rng.standard_normal((size, size)))[0]
    mixing = rng.standard_normal((hidden.shape[1], size)) / np.sqrt(hidden.shape[1] * size)
    seen = rng.random(hidden.shape[1]) < 0.5
    rows = np.sqrt(1 - SHARE) * own + np.sqrt(SHARE) * (hidden[:, seen] @ mixing[seen])
    rows /= rows.std(axis=0)
    skewed = rng.random(size) < 1 / 3
    rows[:, skewed] = np.exp(0.5 * rows[:, skewed])
    made: NDArray[np.float64] = rows * 10 ** rng.uniform(-2, 3, size)
    return made


def columns_of(row: TableRow) -> tuple[int, ...] | None:
    names = [name for name, size in GROUPS.items() for _ in range(size)]
    return tuple(place for place, name in enumerate(names) if name in row.columns) or None


def plain(material: Material, columns: tuple[int, ...] | None, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield what scikit-learn says, cell by cell."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    chosen = slice(None) if columns is None else list(columns)
    genres = np.array(material.genres)
    for name in names:
        with measured() as cost, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pipeline = make_pipeline(StandardScaler(), CLASSIFIERS[name].make(0))
            predicted = pipeline.fit(material.training[:, chosen], genres).predict(material.test[:, chosen])
        yield {"name": name, "seconds": cost.seconds, "peak_mib": cost.peak_mib, "predicted": predicted.tolist()}


def cpu_s() -> float:
    """Return the processor seconds of this process and of its children that have ended."""
    return sum(sum(resource.getrusage(whose)[:2]) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def one_block(rows: Sequence[TableRow], names: tuple[str, ...], material: Material) -> dict[str, Any]:
    """Measure some feature sets both ways."""
    begun_s, begun_cpu_s = time.monotonic(), cpu_s()
    cells = {row.name: list(plain(material, columns_of(row), names)) for row in rows}
    plain_s, plain_cpu_s = time.monotonic() - begun_s, cpu_s() - begun_cpu_s
    with tempfile.TemporaryDirectory() as folder:
        begun_s, begun_cpu_s = time.monotonic(), cpu_s()
        grid = Grid(Path(folder) / "cells.jsonl", workers=available_cores())
        outcomes = run_grid([GridRow(row.name, material, columns_of(row)) for row in rows], names, grid)
        ours_s, ours_cpu_s = time.monotonic() - begun_s, cpu_s() - begun_cpu_s
    both = {
        f"{row}, {one['name']}": {"plain": one, "ours": outcomes[row, one["name"]].to_dict()}
        for row, done in cells.items()
        for one in done
    }
    times = {"plain_s": plain_s, "ours_s": ours_s, "plain_cpu_s": plain_cpu_s, "ours_cpu_s": ours_cpu_s}
    return {"sets": list(cells), **times, "cells": both}


def main() -> None:
    table = read_table("feature-table")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", help="numbers with commas between them, from 0 to 5; all where none is named")
    parser.add_argument("--rows", type=int, default=6400, help="tracks to learn from")
    arguments = parser.parse_args()
    wanted = [int(one) for one in arguments.blocks.split(",")] if arguments.blocks else range(N_BLOCKS)
    values, genres = draw(arguments.rows + 800, seed=0)
    n = arguments.rows
    material = Material(values[:n], values[n:], tuple(genres[:n].tolist()), f"drawn {n}")
    journal = Journal(KEPT)
    found = []
    for place in range(N_BLOCKS):
        rows = table.rows[place::N_BLOCKS]
        key = key_of("feature_table", [row.name for row in rows], n)
        if place in wanted and journal.get(key) is None:
            journal.put(key, one_block(rows, table.classifiers, material))
        if (kept := journal.get(key)) is not None:
            found.append(kept)
            print(f"{kept['sets']}: {kept['plain_s']:.1f} s, {kept['ours_s']:.1f} s", flush=True)
    report(table, found, genres[n:], n)


def report(table: Table, found: Sequence[dict[str, Any]], truth: NDArray[np.int64], n: int) -> None:
    def accuracy(cell: dict[str, Any]) -> float:
        return float(np.mean(np.array(cell["predicted"]) == truth))

    cells = {name: cell for kept in found for name, cell in kept["cells"].items()}
    gaps = {name: 100 * (accuracy(cell["ours"]) - accuracy(cell["plain"])) for name, cell in cells.items()}
    blocks = [
        {
            "feature sets": ", ".join(kept["sets"]),
            "scikit-learn s": round(kept["plain_s"], 1),
            "genrescope s": round(kept["ours_s"], 1),
            "ratio": round(kept["plain_s"] / kept["ours_s"], 2),
            "ratio of processor seconds": round(kept["plain_cpu_s"] / kept["ours_cpu_s"], 2),
        }
        for kept in found
    ]
    columns = []
    for name in table.classifiers:
        of_name = {place: cell for place, cell in cells.items() if place.endswith(f", {name}")}
        row: dict[str, object] = {"classifier": name}
        for side, title in (("plain", "scikit-learn"), ("ours", "genrescope")):
            row[f"{title} s"] = round(sum(cell[side]["seconds"] for cell in of_name.values()), 1)
            row[f"{title}, peak MiB of a process"] = round(max(cell[side]["peak_mib"] for cell in of_name.values()))
        row["mean difference, points"] = round(float(np.mean([gaps[place] for place in of_name])), 3)
        row["largest difference, points"] = round(max(abs(gaps[place]) for place in of_name), 3)
        columns.append(row)
    totals = [sum(kept[side] for kept in found) for side in ("plain_s", "ours_s", "plain_cpu_s", "ours_cpu_s")]
    settled = [abs(gap) for name, gap in gaps.items() if not name.endswith(("MLP1", "MLP2"))]
    whole = {
        "feature sets": sum(len(kept["sets"]) for kept in found),
        "cells": len(cells),
        "scikit-learn s": round(totals[0], 1),
        "genrescope s": round(totals[1], 1),
        "ratio": round(totals[0] / totals[1], 2),
        "ratio of processor seconds": round(totals[2] / totals[3], 2),
        "mean difference, points": round(float(np.mean(list(gaps.values()))), 3),
        "largest but for MLPs, points": round(max(settled), 3),
    }
    notes = notes_of(table, found, n)
    tables = {"All": [whole], "By block": blocks, "By classifier": columns}
    title = "The table of classifiers, against scikit-learn cell by cell"
    write_result("feature_table", title, tables, notes=notes, packages=("scikit-learn", "scipy"))


def notes_of(table: Table, found: Sequence[dict[str, Any]], n: int) -> list[str]:
    n_sets = sum(len(kept["sets"]) for kept in found)
    measured_sets = f"{n_sets} of the table's {len(table.rows)} feature sets were measured, small and large ones"
    return [
        f"{measured_sets}: {n_sets * len(table.classifiers)} of {len(table.rows) * len(table.classifiers)} cells.",
        f"{n:,} × 518 numbers to learn from and 800 to score, 8 genres, drawn by seed: FMA's own are not here.",
        "scikit-learn: make_pipeline(StandardScaler(), classifier) cell after cell in one process of one thread.",
        f"genrescope: `run_grid` in {available_cores()} processes of one thread, the start of the processes included.",
        "Both sides take turns, block by block; a difference is between the accuracies of one cell on both sides.",
        "On cores with nothing else to do the ratio is that of the processor seconds times the gain of the processes.",
        "Of 800 test tracks one is 0.125 points. MLPs end elsewhere with every other rounding: see mlp_seeds.py.",
    ]


if __name__ == "__main__":
    main()

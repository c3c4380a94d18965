"""A small data set of ready numbers whose genres can be told apart, laid out as a user would."""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrescope.datasets._base import Dataset
from genrescope.datasets.catalogue import open_dataset
from genrescope.datasets.splits import make_split
from genrescope.recipes.sources import Asked

GENRES = ("blues", "jazz", "rock")
COLUMNS = (*(f"mfcc_mean_{place:02}" for place in range(1, 7)), "zcr_mean", "zcr_max", "tempo", "silence_mean")
"""Groups mfcc, zcr and two that no report has; the last column is constant."""


def numbers(n: int, seed: int = 0, n_columns: int = len(COLUMNS)) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return rows of three genres that overlap somewhat, and their genres."""
    rng = np.random.default_rng(seed)
    genres = np.arange(n) % len(GENRES)
    centres = rng.standard_normal((len(GENRES), n_columns))
    rows = centres[genres] + rng.standard_normal((n, n_columns)) * 1.2
    rows[:, -1] = 3.0
    return rows * 10.0 ** rng.integers(-2, 3, n_columns), genres


def write_table(folder: Path, n: int = 90, *, broken: tuple[int, ...] = ()) -> Path:
    """Write a CSV with two thirds to train on, and the TOML file that declares it; `broken` rows lack a number."""
    rows, genres = numbers(n)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "numbers.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["track_id", "genre", "part", *COLUMNS])
        for place, (row, genre) in enumerate(zip(rows, genres, strict=True)):
            cells = ["nan" if place in broken and at == 2 else f"{value:.6g}" for at, value in enumerate(row)]
            part = "test" if place % 9 in {2, 4, 6} else "training"
            writer.writerow([f"t{place:03}", GENRES[genre], part, *cells])
    root = folder / "numbers.toml"
    root.write_text('file = "numbers.csv"\nkind = "statistics"\n', encoding="utf-8")
    return root


def open_numbers(folder: Path, *, broken: tuple[int, ...] = ()) -> Dataset:
    return open_dataset("table", write_table(folder, broken=broken))


def asked_of(dataset: Dataset, work: Path, split: str = "official") -> Asked:
    return Asked(dataset, make_split(dataset, split), work)

"""Splits of the real lists: FMA's labels and artists, GTZAN's published splits."""

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

from genrescope.datasets._base import Dataset, Facts
from genrescope.datasets.splits import leaks, make_split
from genrescope.records import Track


@pytest.fixture(scope="module")
def fma_small(shared_data: Path) -> Dataset:
    """Return the tracks of FMA-small that the labels name, without their sound."""
    facts = Facts("fma-small", "FMA", "", "", "", "", "")
    with gzip.open(shared_data / "fma" / "labels.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["subset"] == "small"]
    tracks = [
        Track(
            f"{int(row['track_id']):06}",
            genre=row["genre_top"],
            part=row["split"],
            artist=row["artist_id"] or None,
        )
        for row in rows
    ]
    return Dataset(facts, Path("nowhere"), tuple(tracks))


@pytest.fixture(scope="module")
def gtzan(shared_data: Path) -> Dataset:
    """Return the thousand ids of GTZAN without their sound."""
    facts = Facts("gtzan", "GTZAN", "", "", "", "", "", splits=("filtered", "stratified"))
    with open(shared_data / "gtzan" / "splits.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return Dataset(facts, Path("nowhere"), tuple(Track(row["track_id"], genre=row["genre"]) for row in rows))


def test_fma_official_holds_artists_apart_and_a_random_one_does_not(fma_small: Dataset) -> None:
    official = make_split(fma_small, "official")
    assert {part: len(ids) for part, ids in official.parts.items()} == {
        "training": 6397,
        "validation": 800,
        "test": 800,
    }
    assert leaks(official, fma_small) == []
    torn = leaks(make_split(fma_small, "holdout"), fma_small)
    assert {leak.kind for leak in torn} == {"artist"}
    n_tracks = sum(len(ids) for leak in torn for ids in leak.parts.values())
    assert n_tracks > len(fma_small.tracks) / 2, "most tracks share their artist with the other side"


@pytest.mark.parametrize("seed", [0, 1])
def test_fma_grouped_is_as_even_as_the_official_one(fma_small: Dataset, seed: int) -> None:
    split = make_split(fma_small, "grouped", seed=seed)
    assert leaks(split, fma_small) == []
    for part, wanted in (("training", 800), ("validation", 100), ("test", 100)):
        counts = Counter(fma_small.by_id[track_id].genre for track_id in split.parts[part])
        assert len(counts) == 8
        assert all(abs(n - wanted) <= 2 for n in counts.values()), counts


@pytest.mark.parametrize(
    ("method", "counts"), [("filtered", (443, 197, 290)), ("stratified", (500, 250, 250))], ids=["filtered", "even"]
)
def test_gtzans_published_lists(gtzan: Dataset, shared_data: Path, method: str, counts: tuple[int, ...]) -> None:
    split = make_split(gtzan, method)
    assert tuple(len(split.parts[part]) for part in ("training", "validation", "test")) == counts
    with open(shared_data / "gtzan" / "splits.csv", encoding="utf-8", newline="") as file:
        published = {row["track_id"]: row[method] for row in csv.DictReader(file) if row[method]}
    assert split.part_of == published


def test_gtzan_balanced_without_the_broken_file(gtzan: Dataset) -> None:
    whole = Dataset(gtzan.facts, gtzan.root, tuple(t for t in gtzan.tracks if t.track_id != "jazz.00054"))
    split = make_split(whole, "balanced")
    assert {part: len(ids) for part, ids in split.parts.items()} == {"training": 800, "validation": 90, "test": 100}

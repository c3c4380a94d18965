"""GTZAN: its copies, its published splits, what is missing from it, and the real clips of GTZAN-mini."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from genrescope.datasets.catalogue import open_dataset
from genrescope.datasets.gtzan import FACTS, GENRES, SUFFIXES, all_ids, published_split
from genrescope.datasets.splits import make_split
from genrescope.errors import UsageError
from tests.datasets._standins import touch, write_gtzan


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("place", [".", "genres", "genres_original", "Data/genres_original"])
def test_every_copy(tmp_path: Path, place: str, suffix: str) -> None:
    dataset = open_dataset("gtzan", write_gtzan(tmp_path, place, suffix, clips=1))
    assert dataset.genres == GENRES
    assert list(dataset.by_id) == [f"{genre}.00000" for genre in GENRES]
    assert all(track.path and track.path.suffix == suffix for track in dataset.tracks)


def test_what_is_missing_is_listed(tmp_path: Path) -> None:
    """Kaggle's jazz.00054 is often taken away for it is broken."""
    root = write_gtzan(tmp_path, clips=100)
    (root / "genres" / "jazz" / "jazz.00054.au").unlink()
    dataset = open_dataset("gtzan", root)
    assert dataset.used_line() == "999 of 1,000 used; 1 passed over (1 no_file)"
    assert dataset.skips[0].name == "jazz.00054"
    split = make_split(dataset, "filtered")
    assert [len(ids) for ids in split.parts.values()] == [442, 197, 290]


def test_a_genre_that_is_missing(tmp_path: Path) -> None:
    root = write_gtzan(tmp_path, ".", clips=1)
    (root / "pop" / "pop.00000.au").unlink()
    (root / "pop").rmdir()
    dataset = open_dataset("gtzan", root)
    assert len(dataset.genres) == 9
    assert sum(skip.name.startswith("pop.") for skip in dataset.skips) == 100


def test_what_is_no_clip(tmp_path: Path) -> None:
    root = write_gtzan(tmp_path, clips=1)
    touch(root / "genres" / "pop" / "pop.00100.au")
    touch(root / "genres" / "pop" / "rock.00001.au")
    touch(root / "genres" / "pop" / "pop.00000.wav")
    touch(root / "genres" / "pop" / "pop.mf")
    dataset = open_dataset("gtzan", root)
    odd = {(skip.name, skip.reason) for skip in dataset.skips if skip.reason != "no_file"}
    assert odd == {("pop.00100", "no_row"), ("rock.00001", "no_row"), ("pop.00000.wav", "duplicate_id")}
    assert dataset.by_id["pop.00000"].path == root / "genres" / "pop" / "pop.00000.au"
    assert "rock.00001" not in dataset.by_id


def test_a_clip_that_is_there_twice_is_not_lost_with_its_copy(tmp_path: Path) -> None:
    """Skips are by id: the copy's must not be the id of the clip that is used."""
    root = write_gtzan(tmp_path, clips=1)
    touch(root / "genres" / "pop" / "pop.00000.mp3")
    dataset = open_dataset("gtzan", root)
    assert len(dataset.without(dataset.skips).tracks) == 10


@pytest.mark.parametrize(("name", "counts"), [("filtered", (443, 197, 290)), ("stratified", (500, 250, 250))])
def test_published_splits(name: str, counts: tuple[int, ...]) -> None:
    parts = published_split(name)
    assert tuple(map(len, parts.values())) == counts
    assert list(parts) == ["training", "validation", "test"]
    ids = [track_id for part in parts.values() for track_id in part]
    assert len(set(ids)) == len(ids)
    assert set(ids) <= set(all_ids())
    assert name in FACTS.splits


def test_the_stratified_split_is_even() -> None:
    for part, count in zip(published_split("stratified").values(), (50, 25, 25), strict=True):
        assert Counter(track_id.partition(".")[0] for track_id in part) == dict.fromkeys(GENRES, count)


def test_the_filtered_split_has_not_both_of_one_recording() -> None:
    ids = {track_id for part in published_split("filtered").values() for track_id in part}
    assert not {"metal.00058", "rock.00016"} <= ids


def test_an_unknown_split() -> None:
    with pytest.raises(UsageError, match="no published split 'random'; it has: filtered, stratified"):
        published_split("random")


@pytest.mark.parametrize("name", FACTS.splits)
def test_the_real_lists(shared_data: Path, name: str) -> None:
    with open(shared_data / "gtzan" / "splits.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["track_id"] for row in rows] == list(all_ids())
    published = {row["track_id"]: row[name] for row in rows if row[name]}
    assert {track_id: part for part, ids in published_split(name).items() for track_id in ids} == published


def test_gtzan_mini(shared_data: Path) -> None:
    dataset = open_dataset("gtzan", shared_data / "gtzan_mini")
    assert dataset.used_line() == "60 of 1,000 used; 940 passed over (940 no_file)"
    assert Counter(track.genre for track in dataset.tracks) == dict.fromkeys(GENRES, 6)
    assert all(track.path and track.path.stat().st_size > 50_000 for track in dataset.tracks)

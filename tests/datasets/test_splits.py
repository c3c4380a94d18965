"""Splits: what each method promises, and a file that is never changed in silence."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from genrescope.datasets._base import Dataset, Facts
from genrescope.datasets._groups import components
from genrescope.datasets.splits import (
    Leak,
    Split,
    leaks,
    make_split,
    read_duplicates,
    read_split,
    torn_groups,
)
from genrescope.errors import UsageError
from genrescope.records import Track

FACTS = Facts("toy", "Toy", "", "", "", "", "")


def dataset_of(tracks: Iterable[Track]) -> Dataset:
    return Dataset(FACTS, Path("nowhere"), tuple(tracks))


def genre_tracks(**counts: int) -> list[Track]:
    return [Track(f"{genre}.{n:05}", genre=genre) for genre, count in counts.items() for n in range(count)]


def by_genre(split: Split, dataset: Dataset) -> dict[str, dict[str, int]]:
    return {
        part: dict(Counter(dataset.by_id[track_id].genre or "" for track_id in ids))
        for part, ids in split.parts.items()
    }


@pytest.fixture
def toy() -> Dataset:
    """Return 60 tracks of three genres by 20 artists with an album each."""
    return dataset_of(
        Track(f"{n:03}", genre=("folk", "jazz", "rock")[n % 3], artist=f"artist {n // 3}", album=f"album {n // 3}")
        for n in range(60)
    )


# --------------------------------------------------------------------------------------------------------- balanced


def test_balanced_is_the_reports_split_where_one_file_is_broken() -> None:
    """GTZAN without jazz.00054: 99 of each genre, 80 for training, 9 for validation, 10 for the test."""
    genres = dict.fromkeys("blues classical country disco hiphop jazz metal pop reggae rock".split(), 100)
    dataset = dataset_of(track for track in genre_tracks(**genres) if track.track_id != "jazz.00054")
    split = make_split(dataset, "balanced", seed=3)
    counts = by_genre(split, dataset)
    for part, n in (("training", 80), ("validation", 9), ("test", 10)):
        assert counts[part] == dict.fromkeys(genres, n)
    left_out = split.left_out(dataset)
    assert sorted(Counter(track_id.split(".")[0] for track_id in left_out).items()) == [
        (genre, 1) for genre in sorted(genres) if genre != "jazz"
    ]


def test_balanced_needs_a_track_for_each_part() -> None:
    with pytest.raises(UsageError, match=r"'rock' has 2: fewer than the 3 parts"):
        make_split(dataset_of(genre_tracks(jazz=50, rock=2)), "balanced")


# --------------------------------------------------------------------------------------------------- holdout, folds


def test_holdout_takes_the_same_share_of_every_genre() -> None:
    dataset = dataset_of(genre_tracks(folk=10, jazz=100, rock=3))
    counts = by_genre(make_split(dataset, "holdout"), dataset)
    assert counts == {"training": {"folk": 7, "jazz": 70, "rock": 2}, "test": {"folk": 3, "jazz": 30, "rock": 1}}


def test_shares_can_be_asked_for() -> None:
    dataset = dataset_of(genre_tracks(jazz=100))
    split = make_split(dataset, "holdout", shares=(6, 1, 3))
    assert by_genre(split, dataset) == {"training": {"jazz": 60}, "validation": {"jazz": 10}, "test": {"jazz": 30}}
    assert split.name == "holdout-6-1-3-seed0"


def test_folds_differ_by_one_track_at_most() -> None:
    dataset = dataset_of(genre_tracks(folk=11, jazz=23, rock=4))
    split = make_split(dataset, "kfold", folds=4)
    counts = by_genre(split, dataset)
    assert list(counts) == ["fold0", "fold1", "fold2", "fold3"]
    for genre in ("folk", "jazz", "rock"):
        of_genre = [of_fold.get(genre, 0) for of_fold in counts.values()]
        assert max(of_genre) - min(of_genre) <= 1
    sizes = [len(ids) for ids in split.parts.values()]
    assert max(sizes) - min(sizes) <= 1
    assert sum(sizes) == 38


@pytest.mark.parametrize("method", ["balanced", "holdout", "kfold", "grouped"])
def test_the_seed_and_nothing_else_decides(toy: Dataset, method: str) -> None:
    shuffled = replace(toy, tracks=toy.tracks[::-1])
    same = [set(ids) for ids in make_split(toy, method, seed=1).parts.values()]
    assert [set(ids) for ids in make_split(shuffled, method, seed=1).parts.values()] == same
    assert make_split(toy, method, seed=1).fingerprint == make_split(toy, method, seed=1).fingerprint
    assert make_split(toy, method, seed=0).fingerprint != make_split(toy, method, seed=1).fingerprint


# ---------------------------------------------------------------------------------------------------------- grouped


def test_groups_stay_whole_and_genres_even(toy: Dataset) -> None:
    split = make_split(toy, "grouped")
    assert {part: len(ids) for part, ids in split.parts.items()} == {"training": 48, "validation": 6, "test": 6}
    assert by_genre(split, toy)["test"] == {"folk": 2, "jazz": 2, "rock": 2}
    assert leaks(split, toy) == []


def test_grouped_folds(toy: Dataset) -> None:
    split = make_split(toy, "grouped", folds=4)
    assert {part: len(ids) for part, ids in split.parts.items()} == {f"fold{place}": 15 for place in range(4)}
    assert split.name == "grouped-4folds-seed0"
    assert leaks(split, toy) == []


def test_duplicates_hold_groups_together(toy: Dataset) -> None:
    chain = [[first, second] for first, second in pairwise(f"{n:03}" for n in range(0, 30, 3))]
    split = make_split(toy, "grouped", duplicates=chain)
    assert leaks(split, toy, chain) == []
    assert len({split.part_of[f"{n:03}"] for n in range(30)}) == 1, "ten artists joined by recordings"
    assert split.settings == {"shares": [80, 10, 10], "duplicate_sets": 9}


def test_duplicates_of_other_data_do_not_count(toy: Dataset) -> None:
    split = make_split(toy, "grouped", duplicates=[["x", "y"], ["000", "z"], ["000", "010", "z"]])
    assert split.settings["duplicate_sets"] == 1
    assert split.part_of["000"] == split.part_of["010"]


def test_who_has_no_artist_stands_alone() -> None:
    tracks = [Track("a", genre="jazz"), Track("b", genre="jazz"), Track("c", genre="jazz", artist="", album="")]
    assert components(tracks, []) == [["a"], ["b"], ["c"]]


# -------------------------------------------------------------------------------------------------------- published


def test_official_takes_the_parts_of_the_data_set(toy: Dataset) -> None:
    parts = ("training", "validation", "test", None)
    tracks = tuple(replace(track, part=parts[n % 4]) for n, track in enumerate(toy.tracks))
    dataset = replace(toy, tracks=tracks)
    split = make_split(dataset, "official")
    assert list(split.parts) == ["training", "validation", "test"]
    assert all(dataset.by_id[track_id].part == part for track_id, part in split.part_of.items())
    assert split.left_out(dataset) == tuple(track.track_id for track in tracks if track.part is None)
    assert split.seed is None


@pytest.mark.parametrize("method", ["official", "filtered"])
def test_what_was_never_published_says_so(toy: Dataset, method: str) -> None:
    with pytest.raises(UsageError, match=rf"toy comes with no split called '{method}'; there are: balanced, holdout"):
        make_split(toy, method)


def test_tracks_that_the_published_list_does_not_name() -> None:
    dataset = replace(dataset_of(genre_tracks(polka=3)), facts=replace(FACTS, name="gtzan"))
    with pytest.raises(UsageError, match="gtzan: none of its 3 tracks is in the split 'filtered'"):
        make_split(dataset, "filtered")


@pytest.mark.parametrize(
    ("method", "settings", "words"),
    [
        ("random", {}, "no way to split called 'random'; there are: official"),
        ("official", {"folds": 3}, "leave out --folds"),
        ("holdout", {"folds": 3}, "--folds goes with 'kfold'"),
        ("kfold", {"folds": 1}, "got --folds 1"),
        ("kfold", {"shares": (1, 2)}, "folds are two or more of the same size"),
        ("holdout", {"shares": (1,)}, "two or three numbers above 0"),
        ("holdout", {"shares": (1, 0)}, "two or three numbers above 0"),
        ("holdout", {"shares": (1, float("nan"))}, "two or three numbers above 0"),
    ],
)
def test_settings_that_go_with_no_method(toy: Dataset, method: str, settings: dict[str, int], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make_split(toy, method, **settings)  # type: ignore[arg-type]  # the wrong ones are tried too


def test_no_track_at_all() -> None:
    with pytest.raises(UsageError, match="there is no track to split"):
        make_split(dataset_of([]), "holdout")


# ------------------------------------------------------------------------------------------------------------ leaks


def test_leaks_name_what_stands_on_both_sides() -> None:
    parts = {"training": ("a", "b", "c"), "test": ("d", "e")}
    tracks = [
        Track("a", artist="X", album="U"),
        Track("b", artist="Y", album="V"),
        Track("c", artist="Z"),
        Track("d", artist="X", album="V"),
        Track("e", artist="W"),
        Track("f", artist="W", album="U"),
    ]
    dataset = dataset_of(tracks)
    split = Split("by hand", "official", {}, None, "toy", dataset.fingerprint, parts)
    assert leaks(split, dataset, [["c", "e"], ["a", "b"], ["a", "f"]]) == [
        Leak("artist", "X", {"training": ("a",), "test": ("d",)}),
        Leak("album", "V", {"training": ("b",), "test": ("d",)}),
        Leak("recording", "c", {"training": ("c",), "test": ("e",)}),
    ]
    assert torn_groups(split, dataset) == [("a", "b", "d", "e")], "e hangs on a by f, which is in no part"


# -------------------------------------------------------------------------------------------------------- the file


def test_a_file_gives_the_split_back(toy: Dataset, tmp_path: Path) -> None:
    split = make_split(toy, "grouped", seed=5)
    path = tmp_path / "new" / "split.json"
    assert split.write(path)
    assert read_split(path) == split
    assert {part: tuple(t.track_id for t in tracks) for part, tracks in read_split(path).tracks(toy).items()} == dict(
        split.parts
    )
    assert [entry.name for entry in path.parent.iterdir()] == ["split.json"]


def test_a_file_is_kept_until_it_is_to_be_renewed(toy: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    first, second = (make_split(toy, "holdout", seed=seed) for seed in (0, 1))
    assert first.write(path)
    assert not first.write(path), "it holds this split"
    words = rf"kept \(fingerprint {first.fingerprint}, this one would be {second.fingerprint}"
    with pytest.raises(UsageError, match=words):
        second.write(path)
    assert read_split(path) == first
    assert second.write(path, renew=True)
    assert read_split(path) == second


def spoil_lists(found: dict[str, object]) -> None:
    parts = found["parts"]
    assert isinstance(parts, dict)
    parts["training"].append(parts["test"].pop())


def double(found: dict[str, object]) -> None:
    parts = found["parts"]
    assert isinstance(parts, dict)
    parts["training"].append(parts["test"][0])


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoil_lists, "its lists were changed after it was written"),
        (double, "its lists were changed after it was written"),
        (lambda found: found.pop("seed"), "this is no split"),
        (lambda found: found.update(parts=3), "this is no split"),
        (lambda found: found.update(format="genrescope split 99"), "its format is 'genrescope split 99'"),
    ],
)
def test_a_changed_file_is_refused(toy: Dataset, tmp_path: Path, spoil: object, words: str) -> None:
    assert callable(spoil)
    found = make_split(toy, "holdout").to_dict()
    spoil(found)
    path = tmp_path / "split.json"
    path.write_text(json.dumps(found))
    with pytest.raises(UsageError, match=words):
        read_split(path)


@pytest.mark.parametrize(("text", "words"), [("[1]", "a JSON list"), ("{", "not JSON"), (None, "No such file")])
def test_what_is_no_split_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "split.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match=words):
        read_split(path)


def test_other_data_is_refused(toy: Dataset) -> None:
    split = make_split(toy, "holdout")
    fewer = replace(toy, tracks=toy.tracks[1:])
    for use in (split.check, split.tracks, lambda dataset: leaks(split, dataset)):
        with pytest.raises(UsageError, match=rf"of toy with the fingerprint {toy.fingerprint}.*\(1 of the split's 60"):
            use(fewer)
    renamed = replace(toy, facts=replace(FACTS, name="other"))
    with pytest.raises(UsageError, match="this is other with"):
        split.check(renamed)


def test_a_target_that_cannot_be_written(toy: Dataset, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"split\.json: the split cannot be written"):
        make_split(toy, "holdout").write(tmp_path / "file" / "split.json")


@pytest.mark.parametrize("text", ['{"duplicates": [["a", 1]]}', '{"duplicates": "a"}', '{"else": []}', "[]"])
def test_a_list_of_duplicates_that_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "duplicates.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"duplicates\.json: expected"):
        read_duplicates(path)


def test_a_list_of_duplicates(tmp_path: Path) -> None:
    path = tmp_path / "duplicates.json"
    path.write_text('{"duplicates": [["a", "b"], ["c", "d", "e"]], "more": 1}')
    assert read_duplicates(path) == (("a", "b"), ("c", "d", "e"))


@pytest.mark.parametrize(("method", "n_parts"), [("kfold", 5), ("grouped", 3), ("holdout", 2)])
def test_fewer_tracks_than_parts_are_not_split(method: str, n_parts: int) -> None:
    with pytest.raises(UsageError, match=f"cannot be divided among {n_parts} parts"):
        make_split(dataset_of(genre_tracks(rock=1)), method)

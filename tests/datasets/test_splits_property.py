"""Whatever the data: a grouped split never tears an artist, an album or a recording, and no split loses a track."""

from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from genrescope.datasets._base import Dataset, Facts
from genrescope.datasets._groups import components
from genrescope.datasets.splits import genre_of, leaks, make_split, torn_groups
from genrescope.records import Track

FACTS = Facts("toy", "Toy", "", "", "", "", "")

names = st.sampled_from([None, "", "A", "B", "Ç", "various", "D", "E"])
genres = st.sampled_from([None, "folk", "jazz", "rock"])
rows = st.lists(st.tuples(genres, names, names), min_size=5, max_size=40)


@st.composite
def data_sets(draw: st.DrawFn) -> tuple[Dataset, list[list[str]]]:
    """Draw tracks with artists and albums, and sets of them that are one recording."""
    tracks = tuple(
        Track(f"{place:03}", genre=genre, artist=artist, album=album)
        for place, (genre, artist, album) in enumerate(draw(rows))
    )
    ids = st.sampled_from([track.track_id for track in tracks])
    return Dataset(FACTS, Path("nowhere"), tracks), draw(st.lists(st.lists(ids, min_size=1, max_size=4), max_size=6))


shares = st.sampled_from([(80, 10, 10), (70, 30), (1, 1, 1)])


@given(data=data_sets(), seed=st.integers(0, 5), shares=shares, folds=st.sampled_from([None, 2, 4]))
@settings(deadline=None, max_examples=300)
def test_nothing_ever_stands_on_two_sides(
    data: tuple[Dataset, list[list[str]]], seed: int, shares: tuple[int, ...], folds: int | None
) -> None:
    dataset, duplicates = data
    asked = None if folds else shares
    split = make_split(dataset, "grouped", seed=seed, shares=asked, folds=folds, duplicates=duplicates)
    assert sorted(split.part_of) == [track.track_id for track in dataset.tracks]
    assert sum(map(len, split.parts.values())) == len(dataset.tracks)
    # Looked at pair by pair, not through the groups that the split was made of.
    for one in dataset.tracks:
        for other in dataset.tracks:
            together = (one.artist and one.artist == other.artist) or (one.album and one.album == other.album)
            together = together or any({one.track_id, other.track_id} <= set(same) for same in duplicates)
            assert not together or split.part_of[one.track_id] == split.part_of[other.track_id]
    assert leaks(split, dataset, duplicates) == []
    assert torn_groups(split, dataset, duplicates) == []


@given(data=data_sets())
@settings(deadline=None)
def test_groups_are_the_whole_data_set_once(data: tuple[Dataset, list[list[str]]]) -> None:
    dataset, duplicates = data
    groups = components(dataset.tracks, duplicates)
    assert sorted(track_id for ids in groups for track_id in ids) == [track.track_id for track in dataset.tracks]


@given(data=data_sets(), method=st.sampled_from(["holdout", "kfold"]), seed=st.integers(0, 5))
@settings(deadline=None)
def test_every_track_is_in_one_part(data: tuple[Dataset, list[list[str]]], method: str, seed: int) -> None:
    dataset, _ = data
    split = make_split(dataset, method, seed=seed)
    assert sorted(i for ids in split.parts.values() for i in ids) == [track.track_id for track in dataset.tracks]
    if method == "kfold":
        for genre in {genre_of(track) for track in dataset.tracks}:
            counts = Counter(split.part_of[t.track_id] for t in dataset.tracks if genre_of(t) == genre)
            assert max(counts.values()) - min(counts.get(f"fold{k}", 0) for k in range(5)) <= 1

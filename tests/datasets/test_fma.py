"""FMA: what its tables say, what is passed over and why, and the real labels with real clips."""

import csv
import gzip
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from genrescope.datasets._base import Dataset, Selection
from genrescope.datasets.catalogue import open_dataset
from genrescope.datasets.fma import FACTS, published_tables, with_parents
from genrescope.errors import UsageError
from tests.datasets._standins import FMA_COLUMNS, FMA_ROWS, fma_path, touch, write_fma, write_tracks_csv


def with_rows(root: Path, *rows: Mapping[str, str]) -> Dataset:
    """Return FMA-small with rows behind the published ones, each with its sound."""
    write_fma(root)
    write_tracks_csv(root, [*FMA_ROWS, *(row | {"set.subset": "small"} for row in map(dict, rows))])
    for row in rows:
        if row["track_id"].isdigit():
            touch(fma_path(root / "fma_small", int(row["track_id"])))
    return open_dataset("fma-small", root)


def skip_of(dataset: Dataset, reason: str) -> str:
    """Return the message of the one skip that there is."""
    assert [skip.reason for skip in dataset.skips] == [reason]
    return dataset.skips[0].message


def test_what_is_said_of_a_track(tmp_path: Path) -> None:
    row = {
        "track_id": "7",
        "track.genre_top": "Rock",
        "track.genres": "[45, 12]",
        "track.genres_all": "[12, 45]",
        "set.split": "validation",
        "artist.id": "3",
        "artist.name": 'Zoë, "the" Great',
        "artist.bio": "Born\nin a van.",
        "album.id": "9",
        "album.title": "Best Of",
        "track.title": "東京",
        "track.duration": "12",
    }
    track = with_rows(tmp_path, row).by_id["000007"]
    assert track.path == tmp_path / "fma_small" / "000" / "000007.mp3"
    assert (track.genre, track.genres, track.part) == ("Rock", ("Loud-Rock", "Rock"), "validation")
    assert (track.artist, track.album, track.title) == ('Zoë, "the" Great [3]', "Best Of [9]", "東京")
    assert track.declared_s == 12


def test_a_clip_is_declared_as_thirty_seconds_and_a_whole_track_as_its_own(tmp_path: Path) -> None:
    assert open_dataset("fma-small", write_fma(tmp_path / "a")).by_id["000002"].declared_s == 30
    assert open_dataset("fma-full", write_fma(tmp_path / "b", "full")).by_id["000002"].declared_s == 168


def test_an_album_that_is_none(tmp_path: Path) -> None:
    """The table writes -1 for the album of a track that is on none."""
    assert {track.album for track in open_dataset("fma-small", write_fma(tmp_path)).tracks} == {None}


def test_multi_label_targets_hold_the_parents(tmp_path: Path) -> None:
    """Track 1483 has no top genre, and two genres: it can be learned from with several labels."""
    root = write_fma(tmp_path, "large")
    single = open_dataset("fma-large", root)
    assert [(skip.name, skip.reason) for skip in single.skips] == [("001483", "no_genre")]
    assert single.by_id["000002"].genres == ("Hip-Hop",)
    several = open_dataset("fma-large", root, Selection(multi_label=True))
    assert several.skips == ()
    assert several.by_id["001483"].genres == ("Comedy", "Spoken", "Techno", "Electronic")
    assert several.by_id["000005"].genres == ("Post-Rock", "Rock")
    tops = {"Hip-Hop", "Rock", "Folk", "Jazz", "Spoken", "Electronic"}
    assert set(several.genres) == tops | {"Comedy", "Techno", "Post-Rock"}


def test_the_tree() -> None:
    genres = FACTS["small"].genres
    assert len(genres) == 163
    assert sum(genre.parent is None for genre in genres) == 16
    assert with_parents("21") == ("Hip-Hop",)
    assert max(len(with_parents(genre.genre_id)) for genre in genres) == 5


def test_an_id_without_a_file_and_a_file_without_a_row(tmp_path: Path) -> None:
    root = write_fma(tmp_path)
    fma_path(root / "fma_small", 5).unlink()
    touch(fma_path(root / "fma_small", 99_999))
    touch(fma_path(root / "fma_small", 140))  # a row of medium
    dataset = open_dataset("fma-small", root)
    assert {(skip.name, skip.reason) for skip in dataset.skips} == {
        ("000005", "no_file"),
        ("099999", "no_row"),
        ("000140", "no_row"),
    }
    assert dataset.used_line() == "1 of 4 used; 3 passed over (1 no_file, 2 no_row)"
    assert "099999.mp3: tracks.csv has no row" in next(s.message for s in dataset.skips if s.name == "099999")


@pytest.mark.parametrize(
    ("row", "reason", "words"),
    [
        ({"track_id": "7", "track.genres": "[12]"}, "no_genre", "it has no top genre"),
        ({"track_id": "7", "track.genre_top": "Rock", "track.genres": "[12"}, "unreadable_row", "cannot be read"),
        ({"track_id": "7", "track.genre_top": "Rock", "track.genres": "exit()"}, "unreadable_row", "cannot be read"),
        ({"track_id": "7", "track.genre_top": "Rock", "track.genres": "[4711]"}, "unreadable_row", "id '4711'"),
        ({"track_id": "2", "track.genre_top": "Rock", "track.genres": "[12]"}, "duplicate_id", "has a row before it"),
        ({"track_id": "x", "track.genre_top": "Rock", "track.genres": "[12]"}, "unreadable_row", "got 'x'"),
        ({"track_id": "7", "set.split": "tset", "track.genre_top": "Rock"}, "unreadable_row", "'tset'"),
    ],
    ids=["no top genre", "cut off", "no list", "unknown genre", "twice", "no number", "no part"],
)
def test_rows_that_are_passed_over(tmp_path: Path, row: dict[str, str], reason: str, words: str) -> None:
    dataset = with_rows(tmp_path, row)
    message = skip_of(dataset, reason)
    assert words in message
    assert "line 9" in message or "000007" in message
    assert list(dataset.by_id) == ["000002", "000005"]


def test_a_row_that_is_cut_off(tmp_path: Path) -> None:
    path = write_tracks_csv(write_fma(tmp_path))
    with open(path, "a", encoding="utf-8") as file:
        file.write("7,1,half\n")
    assert "line 9: 3 cells instead of 13" in skip_of(open_dataset("fma-small", tmp_path), "unreadable_row")


@pytest.mark.parametrize("missing", ["set.split", "set.subset", "track.genre_top", "track.genres"])
def test_a_missing_column(tmp_path: Path, missing: str) -> None:
    columns = [column for column in FMA_COLUMNS if ".".join(column) != missing]
    path = write_tracks_csv(write_fma(tmp_path), columns=columns)
    with pytest.raises(UsageError, match=rf"it has no column '{missing}'; it has: track_id, album.id") as raised:
        open_dataset("fma-small", tmp_path)
    assert str(path) in str(raised.value)


def test_columns_that_may_be_missing(tmp_path: Path) -> None:
    write_fma(tmp_path)
    write_tracks_csv(tmp_path, columns=[column for column in FMA_COLUMNS if column[0] not in {"artist", "album"}])
    assert {track.artist for track in open_dataset("fma-small", tmp_path).tracks} == {None}


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "it is empty"), (b"\xff\xfe\x00t", "not a CSV file in UTF-8"), (b"a,b,a\n1,2,3\n", "more than once")],
    ids=["empty", "no UTF-8", "a column twice"],
)
def test_a_table_that_is_none(tmp_path: Path, content: bytes, words: str) -> None:
    (write_fma(tmp_path) / "fma_metadata" / "tracks.csv").write_bytes(content)
    with pytest.raises(UsageError, match=words):
        open_dataset("fma-small", tmp_path)


def test_the_sound_of_another_size(tmp_path: Path) -> None:
    """Small lies within medium; the whole tracks of full are other files than the clips."""
    root = write_fma(tmp_path, "medium")
    assert open_dataset("fma-small", root).skips == ()
    with pytest.raises(UsageError, match="there is no folder fma_full"):
        open_dataset("fma-full", root)
    with pytest.raises(UsageError, match="there is no folder fma_large"):
        open_dataset("fma-large", root)


def test_no_sound_at_all(tmp_path: Path) -> None:
    root = write_fma(tmp_path)
    for track_id in (2, 5):
        fma_path(root / "fma_small", track_id).unlink()
    with pytest.raises(UsageError, match=r"none of its tracks can be used: 000002: tracks\.csv names it"):
        open_dataset("fma-small", root)


def test_published_tables(tmp_path: Path) -> None:
    root = write_fma(tmp_path)
    assert published_tables(root).keys() == {"features", "echonest"}
    assert open_dataset("fma-small", root).features == root / "fma_metadata" / "features.csv"


# ------------------------------------------------------------------------------------------------------ the real data


@pytest.fixture(scope="module")
def real_labels(shared_data: Path) -> list[dict[str, str]]:
    """Return what is known of 24,983 tracks of FMA-medium as cells of ``tracks.csv``."""
    with gzip.open(shared_data / "fma" / "labels.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return [
            {
                "track_id": row["track_id"],
                "set.subset": row["subset"],
                "set.split": row["split"],
                "track.genre_top": row["genre_top"],
                "track.genres": row["genres"],
                "artist.id": row["artist_id"],
            }
            for row in csv.DictReader(file)
        ]


@pytest.fixture(scope="module")
def real_root(shared_data: Path, real_labels: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return FMA-medium as published, of the real labels and four real clips; the other files are empty."""
    root = tmp_path_factory.mktemp("fma")
    write_tracks_csv(root, real_labels)
    empty = touch(root / "empty")
    for row in real_labels:
        clip = shared_data / "fma" / "audio" / f"{int(row['track_id']):06}.mp3"
        path = fma_path(root / "fma_medium", int(row["track_id"]))
        path.parent.mkdir(parents=True, exist_ok=True)
        if clip.exists():
            path.symlink_to(clip)
        else:
            os.link(empty, path)
    return root


def test_real_labels_of_small(real_root: Path) -> None:
    dataset = open_dataset("fma-small", real_root)
    assert dataset.used_line() == "7,997 of 7,997 used"
    assert Counter(track.part for track in dataset.tracks) == {"training": 6397, "validation": 800, "test": 800}
    counts = Counter(track.genre for track in dataset.tracks)
    assert len(counts) == 8
    assert set(counts.values()) <= {999, 1000}
    clip = dataset.by_id["000002"]
    assert (clip.genre, clip.artist, clip.part) == ("Hip-Hop", "[1]", "training")
    assert clip.path
    assert clip.path.stat().st_size > 100_000


def test_thirteen_genres_of_medium(real_root: Path) -> None:
    """The selection of a published report: three of the sixteen left out."""
    whole = open_dataset("fma-medium", real_root)
    assert len(whole.tracks) == 24_983
    assert len(whole.genres) == 16
    wanted = tuple(g for g in whole.genres if g not in {"International", "Easy Listening", "Experimental"})
    some = open_dataset("fma-medium", real_root, Selection(genres=wanted))
    assert some.genres == wanted
    assert len(wanted) == 13
    assert len(some.tracks) + len(some.skips) == len(whole.tracks)
    assert {skip.reason for skip in some.skips} == {"not_selected"}


def test_the_eight_genres_of_small_inside_medium(real_root: Path) -> None:
    eight = open_dataset("fma-small", real_root).genres
    some = open_dataset("fma-medium", real_root, Selection(genres=eight))
    assert some.genres == eight
    assert len(some.tracks) > 15_000


def test_real_multi_label_targets(real_root: Path, shared_data: Path) -> None:
    """Every genre of a track is there with the top genre that the published tree gives it."""
    with open(shared_data / "fma" / "genres.csv", encoding="utf-8", newline="") as file:
        rows = {row["genre_id"]: row for row in csv.DictReader(file)}
    dataset = open_dataset("fma-medium", real_root, Selection(multi_label=True))
    assert dataset.skips == ()
    for genre_id, row in rows.items():
        assert with_parents(genre_id)[0] == row["title"]
        assert with_parents(genre_id)[-1] == rows[row["top_level"]]["title"]
    assert all(track.genre in track.genres for track in dataset.tracks)
    assert 100 < len(dataset.genres) <= 163

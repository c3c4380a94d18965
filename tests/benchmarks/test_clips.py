import csv
import gzip
from pathlib import Path

import _clips


def lay(data: Path, songs: Path, tracks: list[tuple[str, str, str]]) -> None:
    """Lay two clips of blues, FMA tracks 2 and 5 in both places and 10 and 11 in the second, and a table of labels."""
    for place, names in {
        data / "gtzan_mini" / "blues": ["blues.00001.ogg", "blues.00003.ogg"],
        data / "fma" / "audio": ["000002.mp3", "000005.mp3"],
        songs: ["000002.mp3", "000005.mp3", "000010.mp3", "000011.mp3"],
    }.items():
        place.mkdir(parents=True)
        for name in names:
            (place / name).touch()
    with gzip.open(data / "fma" / "labels.csv.gz", "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("track_id", "genre_top", "artist_id"), *tracks])


def test_clips_in_two_places_are_one_and_artists_stay_together(tmp_path: Path) -> None:
    data, songs = tmp_path / "data", tmp_path / "songs"
    lay(data, songs, [("10", "Pop", "6"), ("2", "Hip-Hop", "1"), ("5", "Rock", "1"), ("99", "Folk", "2")])
    clips = _clips.fma_clips(data, songs)
    assert [(clip.name, clip.genre, clip.fold) for clip in clips] == [
        ("fma--000002", "Hip-Hop", 0),
        ("fma--000005", "Rock", 0),
        ("fma--000010", "Pop", 1),
    ]
    assert clips[0].path.parent == data / "fma" / "audio"
    assert len(_clips.fma_files(data, songs)) == 6


def test_tracks_without_an_artist_are_not_held_out_together(tmp_path: Path) -> None:
    data, songs = tmp_path / "data", tmp_path / "songs"
    lay(data, songs, [("2", "Hip-Hop", ""), ("5", "Rock", ""), ("10", "Pop", "6")])
    assert [clip.fold for clip in _clips.fma_clips(data, songs)] == [0, 1, 2]


def test_the_table_and_the_links_have_the_names_of_training(tmp_path: Path) -> None:
    data, songs, table = tmp_path / "data", tmp_path / "songs", tmp_path / "labels.csv"
    lay(data, songs, [("2", "Hip-Hop", "1")])
    clips = [*_clips.gtzan_clips(data), *_clips.fma_clips(data, songs)]
    _clips.write_labels(clips, table)
    with table.open(newline="", encoding="utf-8") as file:
        rows = {row["name"]: (row["vocabulary"], row["genre"], row["fold"]) for row in csv.DictReader(file)}
    assert rows == {
        "fma--000002": ("fma", "Hip-Hop", "0"),
        "gtzan_blues--blues.00001": ("gtzan", "blues", "0"),
        "gtzan_blues--blues.00003": ("gtzan", "blues", "1"),
    }
    for _ in range(2):  # a second time changes nothing
        _clips.write_links(clips, tmp_path / "links")
    links = list((tmp_path / "links").glob("*/*"))
    assert {f"{link.parent.name}--{link.stem}" for link in links} == set(rows)


def test_the_real_clips_are_sixty_and_at_least_four(shared_data: Path) -> None:
    gtzan = _clips.gtzan_clips(shared_data)
    assert len(gtzan) == 60
    assert {clip.fold for clip in gtzan} == set(range(6))
    genres = {int(clip.path.stem): clip.genre for clip in _clips.fma_clips(shared_data)}
    assert {2: "Hip-Hop", 5: "Hip-Hop", 182: "Rock", 255: "Rock"}.items() <= genres.items()

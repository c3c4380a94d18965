"""A folder of music, and lists of files: everything that people keep in them."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from genrescope.cli import _inputs
from genrescope.datasets import folder
from genrescope.datasets._base import Dataset, Selection, alike
from genrescope.datasets.catalogue import open_dataset
from genrescope.errors import UsageError
from tests.datasets._standins import touch, write_folder, write_list, write_rows

NOBODY = 65534


def skips_of(dataset: Dataset) -> set[tuple[str, str]]:
    return {(skip.name, skip.reason) for skip in dataset.skips}


def test_genres_ids_and_order(tmp_path: Path) -> None:
    dataset = open_dataset("folder", write_folder(tmp_path))
    assert [(track.track_id, track.genre) for track in dataset.tracks] == [
        ("Jazz/ö – 東京", "Jazz"),
        ("rock/a", "rock"),
        ("rock/album/b", "rock"),
    ]
    assert dataset.genres == ("Jazz", "rock")
    assert {track.artist for track in dataset.tracks} == {None}


def test_what_is_not_sound_is_counted_by_suffix(tmp_path: Path) -> None:
    """One line for a hundred covers; hidden files are nobody's business."""
    write_folder(tmp_path)
    touch(tmp_path / "rock" / ".DS_Store")
    touch(tmp_path / ".genrescope" / "split.json")
    touch(tmp_path / "rock" / "README")
    dataset = open_dataset("folder", tmp_path)
    assert skips_of(dataset) == {("*.jpg", "not_audio"), ("*", "not_audio")}
    assert "2 files with the suffix .jpg" in next(s.message for s in dataset.skips if s.name == "*.jpg")


def test_sound_in_no_folder(tmp_path: Path) -> None:
    touch(write_folder(tmp_path) / "lost.mp3")
    assert ("lost", "no_genre") in skips_of(open_dataset("folder", tmp_path))


def test_one_song_in_two_formats(tmp_path: Path) -> None:
    touch(write_folder(tmp_path) / "rock" / "a.wav")
    dataset = open_dataset("folder", tmp_path)
    assert ("rock/a.wav", "duplicate_id") in skips_of(dataset)
    assert dataset.by_id["rock/a"].path == tmp_path / "rock" / "a.mp3"


def test_a_folder_with_one_song(tmp_path: Path) -> None:
    touch(tmp_path / "rock" / "a.mp3")
    assert open_dataset("folder", tmp_path).used_line() == "1 of 1 used"


def test_genres_that_differ_in_case_stay_two(tmp_path: Path) -> None:
    """No name is mended in silence; `alike` finds them."""
    touch(write_folder(tmp_path) / "Rock" / "c.mp3")
    dataset = open_dataset("folder", tmp_path)
    assert dataset.genres == ("Jazz", "Rock", "rock")
    assert alike(dataset.genres) == [("Rock", "rock")]


def test_two_ways_to_write_an_umlaut_are_alike() -> None:
    assert alike(["Börek", "Bo\u0308rek", "Rock"]) == [("Börek", "Bo\u0308rek")]


def test_link_loops_end(tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / "rock" / "up").symlink_to(tmp_path)
    (tmp_path / "rock" / "self").symlink_to("self")
    (tmp_path / "aaa").symlink_to(tmp_path / "Jazz")
    (tmp_path / "rock" / "gone.mp3").symlink_to(tmp_path / "nowhere.mp3")
    dataset = open_dataset("folder", tmp_path)
    assert len(dataset.tracks) == 3
    assert skips_of(dataset) >= {("rock/up", "loop"), ("aaa", "loop"), ("rock/gone", "no_file")}
    assert "Jazz, which is read already" in next(s.message for s in dataset.skips if s.name == "aaa")


def test_a_genre_may_lie_elsewhere(tmp_path: Path) -> None:
    touch(tmp_path / "store" / "c.mp3")
    root = write_folder(tmp_path / "music")
    (root / "Soul").symlink_to(tmp_path / "store")
    assert open_dataset("folder", root).by_id["Soul/c"].genre == "Soul"


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """Return a folder, and be somebody whom permissions stop."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    if os.geteuid() == NOBODY and os.getuid() == 0:
        os.seteuid(0)
    for inside in path.iterdir():
        inside.chmod(0o755)
    shutil.rmtree(path)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions are another thing here")
def test_a_folder_that_cannot_be_read(unprivileged: Path) -> None:
    root = write_folder(unprivileged)
    (root / "Jazz").chmod(0)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
    dataset = open_dataset("folder", root)
    assert skips_of(dataset) == {("Jazz", "unreadable")}
    assert "Permission denied" in dataset.skips[0].message
    assert len(dataset.tracks) == 2


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    odd = os.fsdecode(b"caf\xe9.mp3")
    touch(write_folder(tmp_path) / "rock" / odd)
    dataset = open_dataset("folder", tmp_path)
    assert len(dataset.tracks) == 4
    assert len(dataset.fingerprint) == 16


def test_sound_is_known_by_the_same_names_as_in_predict() -> None:
    assert folder.AUDIO_SUFFIXES == _inputs.AUDIO_SUFFIXES


# ------------------------------------------------------------------------------------------------------------ lists


def write(root: Path, header: str, *rows: str, name: str = "list.csv") -> Path:
    for song in ("a/one.mp3", "b/two.mp3"):
        touch(root / song)
    path = root / name
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def test_all_columns_of_a_list(tmp_path: Path) -> None:
    one, two = open_dataset("folder", write_list(tmp_path)).tracks
    assert (one.track_id, one.path, one.genre, one.part) == ("a/one", tmp_path / "a" / "one.mp3", "jazz", "training")
    assert (one.artist, one.album, one.title) == ("A", "U", "One")
    assert (two.album, two.part) == (None, "test")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_list_from_a_spreadsheet(tmp_path: Path, separator: str) -> None:
    """Spreadsheets write other separators, and a mark before the first name."""
    path = write(tmp_path, separator.join(["\ufeffpath", "genre"]), separator.join(["a/one.mp3", "jazz, cool"]))
    assert open_dataset("folder", path).tracks[0].genre == "jazz, cool"


def test_a_parquet_list(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    write_list(tmp_path)
    columns = {"path": ["a/one.mp3", "b/two.mp3"], "genre": ["jazz", None], "genres": [["cool", "jazz"], []]}
    parquet.write_table(pyarrow.table(columns | {"artist": ["A", None], "year": [1959, 0]}), tmp_path / "list.parquet")
    dataset = open_dataset("folder", tmp_path / "list.parquet", Selection(multi_label=True))
    assert [(one.track_id, one.genres, one.artist) for one in dataset.tracks] == [("a/one", ("jazz", "cool"), "A")]
    assert skips_of(dataset) == {("b/two", "no_genre")}


def test_several_genres(tmp_path: Path) -> None:
    path = write(tmp_path, "path,genre,genres", 'a/one.mp3,jazz,"jazz; cool"')
    assert open_dataset("folder", path).tracks[0].genres == ("jazz", "cool")


def test_rows_that_are_passed_over(tmp_path: Path) -> None:
    rows = "a/one.mp3,jazz, gone.mp3,jazz, ,jazz, b/two.mp3,, a/one.mp3,rock, x.mp3,jazz y.mp3,jazz,tset".split()
    dataset = open_dataset("folder", write(tmp_path, "path,genre,split", *rows))
    assert [track.genre for track in dataset.tracks] == ["jazz"]
    assert skips_of(dataset) == {
        ("gone", "no_file"),
        ("line 4", "unreadable_row"),
        ("b/two", "no_genre"),
        ("line 6", "duplicate_id"),
        ("line 7", "unreadable_row"),
        ("y", "unreadable_row"),
    }
    assert any("no part is called 'tset'" in skip.message for skip in dataset.skips)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("path,label", "list.csv: it has no column 'genre'; it has: path, label"),
        ("file,genre", "it has no column 'path'; it has: file, genre"),
        ("path,genre,part,split", "both columns 'part' and 'split'"),
        ("path,genre,genre", "'genre' is there more than once"),
    ],
)
def test_a_list_without_what_it_needs(tmp_path: Path, header: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        open_dataset("folder", write(tmp_path, header, "a/one.mp3,jazz,test,test"))


def test_a_list_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no file in it has a genre and can be used: .*line 2: there is no file"):
        open_dataset("folder", write_rows(tmp_path / "list.csv", [["path", "genre"], ["gone.mp3", "jazz"]]))
    (tmp_path / "song.mp3").touch()
    with pytest.raises(UsageError, match="neither a folder nor a list"):
        open_dataset("folder", tmp_path / "song.mp3")
    (tmp_path / "no.parquet").write_bytes(b"PAR1 but no more")
    pytest.importorskip("pyarrow")
    with pytest.raises(UsageError, match=r"no\.parquet: it cannot be read as a Parquet file"):
        open_dataset("folder", tmp_path / "no.parquet")


def test_gtzan_mini_as_a_folder(shared_data: Path) -> None:
    dataset = open_dataset("folder", shared_data / "gtzan_mini")
    assert dataset.used_line() == "60 of 60 used"
    assert len(dataset.genres) == 10
    assert dataset.by_id["blues/blues.00000"].path == shared_data / "gtzan_mini" / "blues" / "blues.00000.ogg"

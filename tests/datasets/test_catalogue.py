"""One contract over every data set: its facts, and a stand-in of its exact layout."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from genrescope.datasets._base import PARTS, Facts, Selection, Skip
from genrescope.datasets.catalogue import DATASETS, facts_of, open_dataset
from genrescope.errors import UsageError
from tests.datasets._standins import STANDINS

Write = Callable[[Path], Path]
every_data_set = pytest.mark.parametrize(
    "facts", [facts for facts, _ in DATASETS.values()], ids=lambda facts: facts.name
)
every_stand_in = pytest.mark.parametrize(
    ("name", "write", "n_tracks"),
    [(name, write, n) for name, _, write, n in STANDINS],
    ids=[f"{name}, {copy}" for name, copy, _, _ in STANDINS],
)


def test_every_data_set_has_a_stand_in() -> None:
    assert {name for name, *_ in STANDINS} == set(DATASETS)


@every_data_set
def test_facts(facts: Facts) -> None:
    """What is published is said, sums are sums, parents are genres, and it can go out as JSON."""
    assert facts_of(facts.name) is facts
    assert all((facts.title, facts.line, facts.licence, facts.layout.endswith(".")))
    for archive in facts.archives:
        assert facts.citation
        assert facts.homepage
        assert facts.n_tracks
        assert archive.url
        assert archive.url.endswith("/" + archive.name)
        assert archive.size_bytes
        assert re.fullmatch(r"(sha1:[0-9a-f]{40}|md5:[0-9a-f]{32}|sha256:[0-9a-f]{64})", archive.checksum or "")
    ids, titles = ({getattr(genre, name) for genre in facts.genres} for name in ("genre_id", "title"))
    assert len(ids) == len(titles) == len(facts.genres)
    assert all(genre.parent is None or genre.parent in ids for genre in facts.genres)
    assert json.loads(json.dumps(asdict(facts)))["name"] == facts.name


@every_stand_in
def test_a_stand_in_of_the_exact_layout(tmp_path: Path, name: str, write: Write, n_tracks: int) -> None:
    dataset = open_dataset(name, write(tmp_path))
    assert len(dataset.tracks) == len(dataset.by_id) == n_tracks, dataset.skips
    titles = {genre.title for genre in dataset.facts.genres}
    for track in dataset.tracks:
        assert (track.path is None) == (name == "table")
        assert track.path is None or track.path.is_file()
        assert track.genre in dataset.genres
        assert track.genre in titles or not titles
        assert track.genre in track.genres
        assert track.part in {None, *PARTS}
    assert all(skip.message and skip.name for skip in dataset.skips)
    assert dataset.used_line().startswith(f"{n_tracks} of {n_tracks + len(dataset.skips):,} used")


@every_stand_in
def test_the_fingerprint_knows_no_folders(tmp_path: Path, name: str, write: Write, n_tracks: int) -> None:
    first, second = tmp_path / "first", tmp_path / "deeper" / "second"
    first.mkdir()
    second.mkdir(parents=True)
    whole = open_dataset(name, write(first))
    assert open_dataset(name, write(second)).fingerprint == whole.fingerprint
    some = open_dataset(name, write(first), quarantine=[Skip(whole.tracks[0].track_id, "quarantined", "broken")])
    assert some.fingerprint != whole.fingerprint
    assert len(some.tracks) == n_tracks - 1
    assert "1 quarantined" in some.used_line()


@every_stand_in
def test_a_genre_alone(tmp_path: Path, name: str, write: Write, n_tracks: int) -> None:
    root = write(tmp_path)
    genre = open_dataset(name, root).tracks[-1].genre
    assert genre
    some = open_dataset(name, root, Selection(genres=(genre,)))
    assert some.genres == (genre,)
    assert 0 < len(some.tracks) < n_tracks
    assert {skip.reason for skip in some.skips} >= {"not_selected"}
    with pytest.raises(UsageError, match=f"{name} has no genre 'polka'; it has: .*{re.escape(genre)}"):
        open_dataset(name, root, Selection(genres=("polka",)))


@every_stand_in
def test_the_order_is_always_the_same(tmp_path: Path, name: str, write: Write, n_tracks: int) -> None:
    root = write(tmp_path)
    assert open_dataset(name, root).tracks == open_dataset(name, str(root)).tracks


@every_data_set
def test_not_a_data_set_at_all(tmp_path: Path, facts: Facts) -> None:
    """The message says what is expected and what was found."""
    with pytest.raises(UsageError, match=r"nowhere: nothing of that name exists\. Expected there: "):
        open_dataset(facts.name, tmp_path / "nowhere")
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday.txt").write_text("sun")
    with pytest.raises(UsageError) as raised:
        open_dataset(facts.name, tmp_path)
    assert facts.layout in str(raised.value)
    assert "Found: holiday.txt, holiday/." in str(raised.value)
    (tmp_path / "holiday.txt").unlink()
    (tmp_path / "holiday").rmdir()
    with pytest.raises(UsageError, match="Found: an empty folder"):
        open_dataset(facts.name, tmp_path)


def test_a_folder_that_is_full_is_not_listed_whole(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}.txt").touch()
    with pytest.raises(UsageError, match=r"Found: 00\.txt, .*07\.txt and 12 more\."):
        open_dataset("gtzan", tmp_path)


def test_unknown_names() -> None:
    with pytest.raises(UsageError, match="called 'fma-smal'; did you mean 'fma-small'"):
        open_dataset("fma-smal", "nowhere")
    with pytest.raises(UsageError, match=f"called 'zzz'; there are: {', '.join(DATASETS)}"):
        facts_of("zzz")


def test_a_quarantine_of_others_is_no_matter(tmp_path: Path) -> None:
    """Small and large lie under one root, and share their quarantine."""
    name, _, write, n_tracks = STANDINS[0]
    dataset = open_dataset(name, write(tmp_path), quarantine=[Skip("099999", "quarantined", "of the large set")])
    assert len(dataset.tracks) == n_tracks
    assert dataset.skips == ()


def test_home_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, _, write, n_tracks = STANDINS[0]
    write(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    assert len(open_dataset(name, os.path.join("~", tmp_path.name)).tracks) == n_tracks

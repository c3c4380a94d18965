"""Filling a store: the same content on every way, only what is new, and files that fail."""

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genrescope.errors import GenrescopeError, UsageError
from genrescope.features._store_writer import ShardSize
from genrescope.features.store import Done, ExtractSettings, ExtractSummary, FeatureStore, extract
from genrescope.records import Track

pytest.importorskip("pyarrow", reason="pyarrow is in the extra 'train'")

MakeSound = Callable[..., Path]
SMALL = ExtractSettings(shard=ShardSize(max_entries=3))


class Log:
    """What was told of each track."""

    def __init__(self) -> None:
        self.done: list[Done] = []

    def __call__(self, done: Done) -> None:
        self.done.append(done)

    @property
    def what(self) -> dict[str, str]:
        return {done.track_id: done.what for done in self.done}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def bump(path: Path) -> None:
    """Let a file look as if it had been written a second later."""
    found = path.stat()
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + 10**9))


def counts(summary: ExtractSummary) -> tuple[int, int, int]:
    return summary.computed, summary.kept, len(summary.failures)


@pytest.mark.parametrize("workers", [1, 3])
def test_the_content_is_the_same_whatever_the_workers_and_shards(
    workers: int, toys: Any, sounds: Path, tmp_path: Path
) -> None:
    tracks = toys.tracks_in(sounds)
    extract(tracks, toys.toy, tmp_path / "here")
    extract(tracks, toys.toy, tmp_path / "there", workers=workers, settings=SMALL)
    here, there = FeatureStore.open(tmp_path / "here"), FeatureStore.open(tmp_path / "there")
    assert here.content_fingerprint() == there.content_fingerprint()
    assert all(np.array_equal(here[index], there[index]) for index in range(8))


def test_the_fingerprint_changes_with_what_matters(
    toys: Any, sounds: Path, tmp_path: Path, make_sound: MakeSound
) -> None:
    tracks = toys.tracks_in(sounds)
    wanted = [(tracks, toys.toy), (tracks[::-1], toys.toy), (tracks[1:], toys.toy), (tracks, partial(toys.toy, 9))]
    seen = set()
    for number, (some, make) in enumerate(wanted):
        extract(some, make, tmp_path / str(number))
        seen.add(FeatureStore.open(tmp_path / str(number)).content_fingerprint())
    make_sound(sounds / "000.wav", 1.5, seed=99)
    extract(tracks, toys.toy, tmp_path / "0")
    seen.add(FeatureStore.open(tmp_path / "0").content_fingerprint())
    assert len(seen) == 5


def test_adding_files_computes_only_those(toys: Any, sounds: Path, store: Path, make_sound: MakeSound) -> None:
    assert counts(extract(toys.tracks_in(sounds), toys.toy, store, settings=SMALL)) == (8, 0, 0)
    make_sound(sounds / "0025.wav", seed=50)  # in the middle of the order
    log = Log()
    assert counts(extract(toys.tracks_in(sounds), toys.toy, store, on_done=log)) == (1, 8, 0)
    assert [track_id for track_id, what in log.what.items() if what == "computed"] == ["0025"]
    assert FeatureStore.open(store).ids == tuple(track.track_id for track in toys.tracks_in(sounds))
    extract(toys.tracks_in(sounds), toys.toy, store.with_name("fresh"))
    assert FeatureStore.open(store).content_fingerprint() == (
        FeatureStore.open(store.with_name("fresh")).content_fingerprint()
    )


def test_nothing_new_writes_no_shard(toys: Any, sounds: Path, store: Path) -> None:
    extract(toys.tracks_in(sounds), toys.toy, store)
    before = {path.name: path.stat().st_ino for path in (store / "shards").iterdir()}
    assert counts(extract(toys.tracks_in(sounds), toys.toy, store, workers=2)) == (0, 8, 0)
    assert {path.name: path.stat().st_ino for path in (store / "shards").iterdir()} == before


def test_a_changed_file_is_computed_again_and_a_touched_one_is_not(
    toys: Any, sounds: Path, store: Path, make_sound: MakeSound
) -> None:
    tracks = toys.tracks_in(sounds)
    extract(tracks, toys.toy, store, settings=SMALL)
    make_sound(sounds / "002.wav", 1.7, seed=77)  # as long as before
    bump(sounds / "002.wav")
    bump(sounds / "005.wav")
    log = Log()
    assert counts(extract(tracks, toys.toy, store, on_done=log, settings=SMALL)) == (1, 7, 0)
    assert log.what["002"] == "computed"
    assert len(FeatureStore.open(store)) == 8
    assert counts(extract(tracks, toys.toy, store)) == (0, 8, 0)


def test_shards_in_which_nothing_counts_any_more_are_removed(
    toys: Any, sounds: Path, store: Path, make_sound: MakeSound
) -> None:
    tracks = toys.tracks_in(sounds)
    extract(tracks, toys.toy, store, settings=SMALL)
    for number in range(3):
        make_sound(sounds / f"00{number}.wav", 1.9, seed=80 + number)
    extract(tracks, toys.toy, store, settings=SMALL)
    assert sorted(path.name for path in (store / "shards").iterdir()) == ["00001.arrow", "00002.arrow", "00003.arrow"]
    assert FeatureStore.open(store).ids == tuple(track.track_id for track in tracks)


def test_tracks_that_are_not_asked_for_stay_behind_the_others(toys: Any, sounds: Path, store: Path) -> None:
    tracks = toys.tracks_in(sounds)
    extract(tracks[:4], toys.toy, store)
    assert counts(extract(tracks[6:], toys.toy, store)) == (2, 0, 0)
    assert FeatureStore.open(store).ids == ("006", "007", "000", "001", "002", "003")


def test_failures_are_listed_and_tried_again_only_where_the_file_changed(
    toys: Any, sounds: Path, store: Path, make_sound: MakeSound
) -> None:
    (sounds / "002.wav").write_bytes(b"RIFF, but only in name" * 9)
    (sounds / "004.wav").write_bytes(b"")
    (sounds / "009.wav").symlink_to(sounds / "nowhere.wav")
    tracks = [*toys.tracks_in(sounds), Track("silent one", None)]
    done = extract(tracks, toys.toy, store)
    assert counts(done) == (6, 0, 4)
    kinds = {failure.track_id: failure.kind for failure in done.failures}
    assert kinds == {"002": "not_audio", "004": "empty", "009": "not_found", "silent one": "not_found"}
    assert FeatureStore.open(store).failures == done.failures
    with pytest.raises(UsageError, match="004: has no numbers \\(empty: the file holds 0 bytes"):
        FeatureStore.open(store).by_id("004")
    bump(sounds / "002.wav")  # looked at, and found to be what it was
    make_sound(sounds / "004.wav")
    (sounds / "nowhere.wav").symlink_to(sounds / "000.wav")
    again = extract(tracks, toys.toy, store)
    assert counts(again) == (2, 6, 2)
    assert [failure.track_id for failure in again.failures] == ["002", "silent one"]
    assert FeatureStore.open(store).manifest["failures"] == {"not_audio": 1, "not_found": 1}


def test_a_file_that_vanished_keeps_no_numbers(toys: Any, sounds: Path, store: Path) -> None:
    tracks = toys.tracks_in(sounds)
    extract(tracks, toys.toy, store)
    (sounds / "003.wav").unlink()
    assert [failure.kind for failure in extract(tracks, toys.toy, store).failures] == ["not_found"]
    assert "003" not in FeatureStore.open(store)


def test_a_feature_that_misbehaves_loses_its_file_and_no_other(
    toys: Any, tmp_path: Path, store: Path, make_sound: MakeSound
) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    for seconds in (1, 3, 2, 4, 5, 6, 7, 8):
        make_sound(folder / f"{seconds}.wav", seconds + 0.1)
    settings = ExtractSettings(limit_s=3)
    done = extract(toys.tracks_in(folder), toys.naughty, store, workers=2, settings=settings)
    assert FeatureStore.open(store).ids == ("1", "2")
    said = {failure.track_id: (failure.kind, failure.message) for failure in done.failures}
    kinds = {"3": "timeout", "4": "damaged", "5": "feature", "6": "feature", "7": "feature", "8": "too_large"}
    assert {track_id: kind for track_id, (kind, _) in said.items()} == kinds
    assert "exit code 3" in said["4"][1]
    assert "five is right out" in said["5"][1]
    assert "4 of 4 values" in said["6"][1]
    assert "shape (3,)" in said["7"][1]
    # What hung once is left alone, until it is asked for.
    assert counts(extract(toys.tracks_in(folder), toys.naughty, store, settings=settings)) == (0, 2, 6)
    quick = partial(toys.naughty, hang_s=0.0)
    (folder / "4.wav").unlink()  # it would end this process
    assert counts(extract(toys.tracks_in(folder), quick, store, retry=True)) == (1, 2, 4)


def test_cautions_of_decoding_are_kept(toys: Any, sounds: Path, store: Path, make_sound: MakeSound) -> None:
    make_sound(sounds / "003.wav", level=2.0)  # most of it beyond full scale
    extract(toys.tracks_in(sounds), toys.toy, store)
    found = FeatureStore.open(store)
    assert [notice.kind for notice in found.notices("003")] == ["clipped"]
    assert "full scale" in found.notices("003")[0].message
    assert found.notices("002") == ()
    assert found.manifest["notices"] == {"clipped": 1}


def test_a_feature_at_each_files_own_rate(toys: Any, sounds: Path, store: Path) -> None:
    def own() -> Any:
        import dataclasses

        return dataclasses.replace(toys.toy(), sample_rate_hz=None)

    extract(toys.tracks_in(sounds), own, store)
    assert FeatureStore.open(store)[0].shape == (15, 8)


def test_names_that_are_no_text(toys: Any, sounds: Path, store: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(sounds) + b"/ung\xfcltig.wav"))
    shutil.copy(sounds / "000.wav", odd)
    tracks = toys.tracks_in(sounds)
    for _ in range(2):
        extract(tracks, toys.toy, store)
    found = FeatureStore.open(store)
    assert len(found) == 9
    assert np.array_equal(found.by_id(odd.stem), found.by_id("000"))


def test_two_tracks_of_one_id_are_refused(toys: Any, sounds: Path, store: Path) -> None:
    twin = Track("x", sounds / "000.wav")
    with pytest.raises(UsageError, match="two tracks have the id 'x'"):
        extract([twin, twin], toys.toy, store)
    assert not store.exists()


def test_no_tracks_make_a_store_without_entries(toys: Any, store: Path) -> None:
    assert counts(extract([], toys.toy, store)) == (0, 0, 0)
    found = FeatureStore.open(store)
    assert (len(found), found.shape, found.manifest["shape"]) == (0, None, {"rule": "none yet"})


def test_a_folder_of_other_things_is_left_alone(toys: Any, sounds: Path) -> None:
    before = sorted(sounds.iterdir())
    with pytest.raises(UsageError, match="no feature store and holds"):
        extract(toys.tracks_in(sounds), toys.toy, sounds)
    with pytest.raises(UsageError, match="a store is a folder"):
        extract(toys.tracks_in(sounds), toys.toy, sounds / "000.wav")
    assert sorted(sounds.iterdir()) == before


def test_workers_that_cannot_start_are_said(toys: Any, sounds: Path, store: Path) -> None:
    make = partial(toys.fail_in_workers, os.getpid())
    with pytest.raises(GenrescopeError, match="worker processes end as soon as they start"):
        extract(toys.tracks_in(sounds), make, store, workers=1)


def test_real_music(toys: Any, shared_data: Path, store: Path) -> None:
    files = sorted((shared_data / "fma" / "audio").glob("*.mp3"))
    assert files, "the real data is not complete: fma/audio/*.mp3"
    extract([Track(path.stem, path) for path in files], partial(toys.toy, n_frames=290), store, dtype="float16")
    found = FeatureStore.open(store)
    assert found.ids == tuple(path.stem for path in files)
    assert found.batch(range(len(files))).shape == (len(files), 290, 8)
    assert 0 < found.manifest["loss"]["error_rms"] < 0.001 * found.manifest["loss"]["high"]

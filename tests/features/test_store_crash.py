"""A store under attack: kills, Ctrl-C, two writers, a full disk, a folder that cannot be written."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import genrescope
from genrescope.errors import GenrescopeError
from genrescope.features._store_files import shard_rows
from genrescope.features._store_writer import ShardSize
from genrescope.features.store import ExtractSettings, FeatureStore, extract

pytest.importorskip("pyarrow", reason="pyarrow is in the extra 'train'")

Start = Callable[..., subprocess.Popen[str]]
MakeSound = Callable[..., Path]


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a starter of an extraction as a program, in a process group of its own; whatever is left is ended."""
    begun: list[subprocess.Popen[str]] = []
    source = str(Path(genrescope.__file__).resolve().parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([source, str(Path(__file__).parent)])}

    def run(*arguments: object, **more: Any) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", "import store_toys; store_toys.main()", *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True, **more,
        )  # fmt: skip
        begun.append(process)
        return process

    yield run
    for process in begun:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_until(true: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 120
    while not true():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)


def n_shards(store: Path) -> int:
    return len(list((store / "shards").glob("[0-9]*.arrow"))) if store.exists() else 0


@pytest.mark.parametrize("workers", [0, 2])
def test_ctrl_c_keeps_what_is_done(workers: int, start: Start, sounds: Path, tmp_path: Path, toys: Any) -> None:
    store = tmp_path / "store"
    process = start(sounds, store, workers, 0.5, 2)
    wait_until(lambda: n_shards(store) > 0, process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert errors.count("Traceback") <= 1, errors  # the program's own KeyboardInterrupt
    half = FeatureStore.open(store)
    assert 2 <= len(half) < 8
    assert not half.finished
    done = extract(toys.tracks_in(sounds), toys.toy, store)
    assert (done.computed, done.kept) == (8 - len(half), len(half))
    assert same_as_unbroken(store, sounds, toys)


def same_as_unbroken(store: Path, sounds: Path, toys: Any) -> bool:
    """Tell whether a store holds what one holds that was made at a stretch."""
    fresh = store.with_name("unbroken")
    extract(toys.tracks_in(sounds), toys.toy, fresh)
    one, other = FeatureStore.open(fresh), FeatureStore.open(store)
    numbers = [array.tobytes() for array in map(one.__getitem__, range(len(one)))]
    return (
        other.finished
        and one.content_fingerprint() == other.content_fingerprint()
        and other.changed() == []
        and numbers == [array.tobytes() for array in map(other.__getitem__, range(len(other)))]
    )


def test_killed_and_gone_on(start: Start, sounds: Path, tmp_path: Path, toys: Any) -> None:
    store = tmp_path / "store"
    process = start(sounds, store, 2, 0.3, 2)
    wait_until(lambda: n_shards(store) > 1, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    kept = len(FeatureStore.open(store))  # a store without an index opens, too
    assert 4 <= kept < 8
    left = store / "shards" / ".00009.arrow.abc.part"
    left.write_bytes(b"what a kill leaves")
    output, _ = start(sounds, store, 2, 0).communicate(timeout=60)
    assert output.split() == [str(8 - kept), str(kept), "0"]
    assert not left.exists()
    assert same_as_unbroken(store, sounds, toys)


def test_a_second_writer_is_told_of_the_first(start: Start, sounds: Path, tmp_path: Path, toys: Any) -> None:
    store = tmp_path / "store"
    first = start(sounds, store, 0, 1.0, 1)
    wait_until(lambda: n_shards(store) > 0, first)
    with pytest.raises(GenrescopeError, match=f"another process \\(number {first.pid}\\) is writing this store"):
        extract(toys.tracks_in(sounds), toys.toy, store)
    assert len(FeatureStore.open(store)) >= 1  # readers need no lock
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate(timeout=60)
    assert extract(toys.tracks_in(sounds), toys.toy, store).kept >= 1  # and a dead writer's lock is none


def limited(n_bytes: int) -> None:
    """Let no file of this process grow beyond `n_bytes`: a write fails as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))


def test_a_disk_that_is_full(start: Start, sounds: Path, tmp_path: Path, toys: Any, make_sound: MakeSound) -> None:
    store, long = tmp_path / "store", 400
    make_sound(sounds / "005.wav", long)  # its numbers alone are more than fits
    process = start(sounds, store, 0, 0, 2, preexec_fn=partial(limited, 60_000))
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert f"GenrescopeError: {store}: there is no room left on its disk; what is done stays." in errors
    assert not list(store.rglob("*.part"))
    assert FeatureStore.open(store).ids == ("000", "001", "002", "003")
    done = extract(toys.tracks_in(sounds), toys.toy, store)
    assert (done.computed, done.kept) == (4, 4)
    assert same_as_unbroken(store, sounds, toys)


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Return a maker of small file systems in memory."""
    made: list[Path] = []

    def make(options: str) -> Path:
        place = tmp_path / "mounted"
        place.mkdir(exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", place], capture_output=True, check=False)
        if done.returncode:
            pytest.skip("mounting a small file system needs the right to (root); RLIMIT_FSIZE is tried above")
        made.append(place)
        return place

    yield make
    for place in made:
        subprocess.run(["umount", place], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
def test_a_small_disk_that_is_full(
    mount: Callable[[str], Path], sounds: Path, toys: Any, make_sound: MakeSound
) -> None:
    make_sound(sounds / "005.wav", 400)
    disk = mount("size=100k")
    with pytest.raises(GenrescopeError, match="no room left"):
        extract(toys.tracks_in(sounds), toys.toy, disk / "store")
    assert not list(disk.rglob("*.part"))
    assert len(FeatureStore.open(disk / "store")) == 0
    subprocess.run(["mount", "-o", "remount,size=10m", disk], check=True)
    assert extract(toys.tracks_in(sounds), toys.toy, disk / "store").computed == 8


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
def test_a_disk_that_cannot_be_written(mount: Callable[[str], Path], sounds: Path, toys: Any) -> None:
    disk = mount("size=10m")
    extract(toys.tracks_in(sounds), toys.toy, disk / "store")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    for name in ("store", "new"):
        with pytest.raises(GenrescopeError, match="nothing can be written there"):
            extract(toys.tracks_in(sounds), toys.toy, disk / name)
    assert len(FeatureStore.open(disk / "store", toys.toy())) == 8  # reading is no writing


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write in every folder")
def test_a_folder_that_may_not_be_written(sounds: Path, tmp_path: Path, toys: Any) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    with pytest.raises(GenrescopeError, match="nothing can be written there"):
        extract(toys.tracks_in(sounds), toys.toy, closed / "store")


@pytest.mark.long
@pytest.mark.parametrize("workers", [0, 2])
def test_25_kills_at_random_moments(workers: int, start: Start, sounds: Path, tmp_path: Path, toys: Any) -> None:
    """Each kill -9 falls somewhere between the start of the program and the end of its work."""
    for number in range(8, 24):
        (sounds / f"{number:03}.wav").write_bytes((sounds / f"{number % 8:03}.wav").read_bytes())
    store, rng, n_killed, seen = tmp_path / "store", random.Random(25 + workers), 0, set[int]()  # noqa: S311
    start(sounds, tmp_path / "timed", workers, 0, 2).communicate(timeout=300)
    while n_killed < 25:
        process = start(sounds, store, workers, 0.05, 2)
        # So many more of the twelve shards, on a machine of any speed; then a moment inside the next one.
        until = n_shards(store) + rng.randrange(6)
        while process.poll() is None and n_shards(store) < until:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.1))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            n_killed += 1
        process.communicate(timeout=60)
        if (store / "manifest.json").exists():
            found = FeatureStore.open(store)
            seen.add(len(found))
            assert found.changed() == []
            if len(found) == 24:  # begin once more, so that all 25 kills fall into work
                assert found.content_fingerprint() == FeatureStore.open(tmp_path / "timed").content_fingerprint()
                store = tmp_path / f"store{n_killed}"
    assert len(seen) > 3, "the kills did not fall into the work"
    start(sounds, store, workers, 0).communicate(timeout=300)
    assert same_as_unbroken(store, sounds, toys)


def test_ctrl_c_right_after_a_shard_is_written_loses_nothing(
    sounds: Path, tmp_path: Path, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, name, real = tmp_path / "store", "genrescope.features._store_writer.shard_rows", shard_rows

    def interrupted(*arguments: Any) -> Any:
        monkeypatch.setattr(name, real)
        raise KeyboardInterrupt

    monkeypatch.setattr(name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        extract(toys.tracks_in(sounds), toys.toy, store, settings=ExtractSettings(shard=ShardSize(max_entries=2)))
    assert len(FeatureStore.open(store)) == 2
    assert extract(toys.tracks_in(sounds), toys.toy, store).kept == 2
    assert same_as_unbroken(store, sounds, toys)

"""Reading a store: views, batches, refusals, damage."""

import json
import os
import pickle
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genrescope.audio.stream import load
from genrescope.errors import GenrescopeError, MissingExtraError, UsageError
from genrescope.features._store_writer import ShardSize
from genrescope.features.store import DType, ExtractSettings, FeatureStore, extract

pytest.importorskip("pyarrow", reason="pyarrow is in the extra 'train'")

SMALL = ExtractSettings(shard=ShardSize(max_entries=3))
"""So that eight tracks make three shards."""


@pytest.fixture
def fill(toys: Any, sounds: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of stores of the eight sounds."""

    def make(name: str = "store", dtype: DType = "float32", **settings: Any) -> Path:
        out = tmp_path / name
        extract(toys.tracks_in(sounds), partial(toys.toy, **settings), out, dtype=dtype, settings=SMALL)
        return out

    return make


@pytest.fixture
def expected(toys: Any, sounds: Path) -> list[np.ndarray]:
    """Return what the toy feature says of each sound, without any store."""
    feature = toys.toy()
    return [feature.compute(load(track.path, feature.sample_rate_hz)) for track in toys.tracks_in(sounds)]


def test_what_was_computed_is_what_is_read(fill: Callable[..., Path], expected: list[Any]) -> None:
    store = FeatureStore.open(fill())
    assert store.ids == tuple(f"{number:03}" for number in range(8))
    assert len(store) == 8
    assert store.shapes.tolist() == [list(one.shape) for one in expected]
    for index, one in enumerate(expected):
        assert np.array_equal(store[index], one)
        assert np.array_equal(store.by_id(f"{index:03}"), one)
    assert np.array_equal(store[-1], expected[-1])
    assert "003" in store
    assert "3" not in store
    assert store.changed() == []


def test_arrays_are_views_that_cannot_be_written(fill: Callable[..., Path]) -> None:
    array = FeatureStore.open(fill())[0]
    assert not array.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 1


def test_views_outlive_their_store(fill: Callable[..., Path], expected: list[Any]) -> None:
    array = FeatureStore.open(fill())[5]
    assert np.array_equal(array, expected[5])


def test_a_batch_over_several_shards(fill: Callable[..., Path]) -> None:
    store = FeatureStore.open(fill(n_frames=10))
    assert store.shape == (10, 8)
    assert store.manifest["shape"] == {"rule": "fixed", "shape": [10, 8]}
    wanted = [7, 0, 3, 3, -1]
    batch = store.batch(wanted)
    assert batch.shape == (5, 10, 8)
    assert np.array_equal(batch, np.stack([store[index] for index in wanted]))
    batch[:] = 0  # one's own
    assert store.batch([]).shape == (0, 10, 8)
    with pytest.raises(IndexError):
        store.batch([8])


def test_arrays_of_different_lengths_make_no_batch(fill: Callable[..., Path]) -> None:
    store = FeatureStore.open(fill())
    assert store.shape is None
    assert store.manifest["shape"] == {"rule": "variable", "shortest": [15, 8], "longest": [22, 8]}
    with pytest.raises(UsageError, match="differ in shape"):
        store.batch([0, 1])


@pytest.mark.parametrize("dtype", ["float16", "uint8"])
def test_smaller_numbers_and_their_loss(dtype: DType, fill: Callable[..., Path], expected: list[Any]) -> None:
    store = FeatureStore.open(fill(dtype=dtype, n_frames=10), dtype=dtype)
    assert store.raw(0).dtype == dtype
    assert store[0].dtype == np.float32
    assert np.array_equal(store.batch([4, 2]), np.stack([store[4], store[2]]))
    errors = np.stack([store[index] - one[:10] for index, one in enumerate(expected)]).astype(np.float64)
    loss = store.manifest["loss"]
    assert loss["error_max"] == pytest.approx(np.abs(errors).max(), rel=1e-5)
    assert loss["error_rms"] == pytest.approx(np.sqrt(np.mean(errors**2)), rel=1e-5)
    assert loss["error_max"] < 0.01 * (loss["high"] - loss["low"])


def test_the_manifest_says_what_is_in_the_store(fill: Callable[..., Path], toys: Any) -> None:
    path = fill(n_bins=5)
    store = FeatureStore.open(path)
    on_disk = json.loads((path / "manifest.json").read_bytes())
    assert store.manifest == on_disk
    assert (on_disk["feature"], on_disk["version"], on_disk["settings"]) == ("toy", 1, {"n_bins": 5, "n_frames": None})
    assert (on_disk["entries"], on_disk["dtype"], on_disk["axes"]) == (8, "float32", ["frame", "bin"])
    assert on_disk["feature_fingerprint"] == toys.toy(n_bins=5).fingerprint
    assert on_disk["finished"] is store.finished is True
    assert on_disk["made_with"]["numpy"] == np.__version__


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"n_bins": 9}, "n_bins is 8, asked for 9"),
        ({"version": 2}, "version is 1, asked for 2"),
    ],
)
def test_a_store_of_other_numbers_is_refused(
    asked: dict[str, int], message: str, fill: Callable[..., Path], toys: Any, sounds: Path
) -> None:
    path = fill()
    with pytest.raises(UsageError, match=message):
        FeatureStore.open(path, toys.toy(**asked))
    with pytest.raises(UsageError, match=message):
        extract(toys.tracks_in(sounds), partial(toys.toy, **asked), path)
    assert len(FeatureStore.open(path, toys.toy())) == 8


def test_a_store_of_another_dtype_is_refused(fill: Callable[..., Path], toys: Any, sounds: Path) -> None:
    path = fill()
    with pytest.raises(UsageError, match="dtype is 'float32', asked for 'uint8'"):
        FeatureStore.open(path, dtype="uint8")
    with pytest.raises(UsageError, match="dtype is 'float32', asked for 'float16'"):
        extract(toys.tracks_in(sounds), toys.toy, path, dtype="float16")


def test_what_is_no_store_is_refused(tmp_path: Path, fill: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match="no feature store here"):
        FeatureStore.open(tmp_path / "nowhere")
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(UsageError, match="not the manifest"):
        FeatureStore.open(tmp_path)
    path = fill()
    later = json.loads((path / "manifest.json").read_bytes()) | {"format_version": 99}
    (path / "manifest.json").write_text(json.dumps(later))
    with pytest.raises(UsageError, match="format is 99"):
        FeatureStore.open(path)


def test_an_unknown_track(fill: Callable[..., Path]) -> None:
    store = FeatureStore.open(fill())
    with pytest.raises(UsageError, match="no track 'x' among its 8"):
        store.by_id("x")
    with pytest.raises(IndexError):
        store[8]


def test_a_store_travels_to_other_processes(fill: Callable[..., Path]) -> None:
    store = FeatureStore.open(fill())
    again = pickle.loads(pickle.dumps(store))  # noqa: S301 - our own
    assert np.array_equal(again[3], store[3])
    assert len(pickle.dumps(store)) < 1000


def shards(path: Path) -> list[Path]:
    return sorted((path / "shards").iterdir())


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(("damage", "message"), [(cut, "cut off or changed"), (remove, "gone")])
@pytest.mark.parametrize("has_index", [True, False])
def test_a_damaged_shard_is_said_at_opening_and_made_anew(
    has_index: bool, damage: Callable[[Path], None], message: str, fill: Callable[..., Path], toys: Any, sounds: Path
) -> None:
    path = fill()
    before = FeatureStore.open(path).content_fingerprint()
    if not has_index:
        (path / "index.arrow").unlink()
    damage(shards(path)[1])
    is_seen = has_index or damage is cut  # without an index nobody knows of a shard that is gone
    if is_seen:
        what = message if has_index else "cannot be read"
        with pytest.raises(GenrescopeError, match=f"1 of its parts are damaged, first 00001.arrow: .*{what}"):
            FeatureStore.open(path)
    done = extract(toys.tracks_in(sounds), toys.toy, path)
    assert (done.computed, done.kept) == (3, 5)
    assert len(done.redone) == is_seen
    store = FeatureStore.open(path)
    assert store.content_fingerprint() == before
    assert store.changed() == []


@pytest.mark.parametrize("damage", [cut, remove])
def test_a_damaged_index_is_made_from_the_shards(damage: Callable[[Path], None], fill: Callable[..., Path]) -> None:
    path = fill()
    before = FeatureStore.open(path).content_fingerprint()
    damage(path / "index.arrow")
    assert FeatureStore.open(path).content_fingerprint() == before


def test_a_byte_that_changed_on_the_disk_is_found(fill: Callable[..., Path]) -> None:
    path = fill()
    place = FeatureStore.open(path)
    needle = place[4].tobytes()
    content = bytearray(shards(path)[1].read_bytes())
    at = content.find(needle)
    assert at > 0
    content[at + 9] ^= 4
    shards(path)[1].write_bytes(content)
    assert FeatureStore.open(path).changed() == ["004"]


def test_arrow_reads_a_shard_without_us(fill: Callable[..., Path], expected: list[Any]) -> None:
    import pyarrow as pa

    with pa.memory_map(str(shards(fill())[2])) as file:
        rows = pa.ipc.open_file(file).read_all().to_pylist()
    assert [row["id"] for row in rows] == ["006", "007"]
    assert np.array_equal(np.float32(rows[1]["numbers"]).reshape(rows[1]["shape"]), expected[7])


def test_without_pyarrow_the_extra_is_named(
    fill: Callable[..., Path], toys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fill()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'genrescope\[train\]'"):
        FeatureStore.open(path)
    with pytest.raises(MissingExtraError, match="a feature store needs the extra 'train'"):
        extract([], toys.toy, tmp_path / "new")
    assert not (tmp_path / "new").exists()

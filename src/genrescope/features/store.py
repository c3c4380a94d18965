"""The feature store: numbers of many tracks, computed once, memory-mapped, safe against kills and full disks.

`extract` fills a store and goes on with one that is there: only files that are new or changed are computed.
`FeatureStore` reads it. The numbers lie in Arrow files that any Arrow library opens.
"""

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import GenrescopeError, UsageError
from genrescope.features._base import Feature
from genrescope.features._store_entry import array_digest
from genrescope.features._store_extract import Done, ExtractSettings, ExtractSummary, Failure, extract
from genrescope.features._store_files import column, plain, read_contents, read_numbers
from genrescope.features._store_manifest import check_same, facts, read_manifest, shapes_of, split_rows
from genrescope.features._store_pack import DTYPES, DType, check_dtype, unpack
from genrescope.records import FloatArray, Notice

__all__ = [
    "DTYPES",
    "DType",
    "Done",
    "ExtractSettings",
    "ExtractSummary",
    "Failure",
    "FeatureStore",
    "check_dtype",
    "extract",
]


class FeatureStore:
    """Numbers of many tracks; made by `FeatureStore.open`.

    ``store[i]`` is the array of the i-th track, ``len(store)`` how many there are. A float32 array is a view of the
    disk, read-only and without a copy; float16 and uint8 are unpacked to float32. A store can be sent to other
    processes: they open it themselves.

    Attributes
    ----------
    path : Path
        The store's folder.
    ids : tuple of str
        The tracks that have numbers, in the order of the data set.
    shapes : ndarray of int32, shape (n_tracks, n_axes)
        Of each track's array.
    """

    def __init__(self, path: Path, manifest: dict[str, Any], table: Any) -> None:
        self.path = path
        self._said, self._table = manifest, table
        self._good, self._failed = split_rows(table)
        self.ids: tuple[str, ...] = tuple(self._good["id"].to_pylist())
        self.shapes = shapes_of(self._good)
        self._shards: NDArray[np.int32] = column(self._good, "shard")
        self._starts: NDArray[np.int64] = column(self._good, "start")
        self._scales: NDArray[np.float64] = column(self._good, "scale")
        self._offsets: NDArray[np.float64] = column(self._good, "offset")
        self._numbers: dict[int, NDArray[Any]] = {}

    @classmethod
    def open(cls, path: str | Path, feature: Feature | None = None, dtype: DType | None = None) -> "FeatureStore":
        """Open a store for reading.

        Parameters
        ----------
        path : str or Path
            The store's folder.
        feature : Feature, optional
            What the store must hold, down to every setting.
        dtype : {"float32", "float16", "uint8"}, optional
            How it must be stored.

        Raises
        ------
        UsageError
            There is no store, or it holds other numbers than asked for.
        GenrescopeError
            A part of it is damaged: extracting again makes that part anew.
        MissingExtraError
            pyarrow is not installed.
        """
        root = Path(path)
        manifest = read_manifest(root)
        check_same(root, manifest, feature, dtype)
        contents = read_contents(root)
        if contents.broken:
            name, what = next(iter(contents.broken.items()))
            raise GenrescopeError(
                f"{root}: {len(contents.broken)} of its parts are damaged, first {name}: {what}. "
                "Run the same  genrescope extract  again: it computes what was lost and leaves the rest."
            )
        return cls(root, manifest, contents.table)

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, track_id: object) -> bool:
        return isinstance(track_id, str) and plain(track_id) in self._places

    def __getitem__(self, index: int) -> FloatArray:
        """Return a track's array, float32 with the shape ``shapes[index]``."""
        values = self.raw(index)
        if values.dtype == np.float32:
            return values
        return unpack(values, float(self._scales[index]), float(self._offsets[index]))

    def raw(self, index: int) -> NDArray[Any]:
        """Return a track's array as it is stored: a view of the disk, to be scaled where it is not float32."""
        place = range(len(self))[index]  # counts from the end, and raises IndexError, as a list does
        start, shape = int(self._starts[place]), self.shapes[place]
        return self._flat(int(self._shards[place]))[start : start + math.prod(shape.tolist())].reshape(shape)

    def _flat(self, shard: int) -> NDArray[Any]:
        if shard not in self._numbers:
            self._numbers[shard] = read_numbers(self.path, shard)
        return self._numbers[shard]

    def by_id(self, track_id: str) -> FloatArray:
        """Return a track's array; UsageError where it has none."""
        place = self._places.get(plain(track_id))
        if place is not None:
            return self[place]
        for failure in self.failures:
            if failure.track_id == plain(track_id):
                raise UsageError(f"{track_id}: has no numbers ({failure.kind}: {failure.message})")
        raise UsageError(f"{self.path}: there is no track {track_id!r} among its {len(self):,}.")

    @cached_property
    def _places(self) -> dict[str, int]:
        return {track_id: place for place, track_id in enumerate(self.ids)}

    @cached_property
    def shape(self) -> tuple[int, ...] | None:
        """The shape that all arrays share; None where they differ."""
        if not len(self) or (self.shapes != self.shapes[0]).any():
            return None
        return tuple(self.shapes[0].tolist())

    def batch(self, indices: Sequence[int] | NDArray[np.integer[Any]]) -> FloatArray:
        """Return arrays of one shape together.

        Parameters
        ----------
        indices : sequence of int
            Which tracks, in any order, any of them more than once; negative ones count from the end.

        Returns
        -------
        ndarray of float32, shape (n_indices, *shape)
            A copy of one's own.

        Raises
        ------
        UsageError
            The store's arrays differ in shape.
        IndexError
            There is no such track.
        """
        if self.shape is None:
            raise UsageError(
                f"{self.path}: its arrays differ in shape, so that they make no batch; take them one by one (store[i]),"
                " or extract the feature with a fixed number of frames."
            )
        places = np.asarray(indices, dtype=np.int64)
        out = np.empty((len(places), *self.shape), dtype=np.float32)
        self._gather(places, out.reshape(len(places), math.prod(self.shape)))
        return out

    def _gather(self, places: NDArray[np.int64], out: FloatArray) -> None:
        """Copy arrays into the rows of `out`."""
        n_values = out.shape[1]
        shards, starts = self._shards[places].tolist(), self._starts[places].tolist()
        flats = {shard: self._flat(shard) for shard in set(shards)}
        pieces = [flats[shard][start : start + n_values] for shard, start in zip(shards, starts, strict=True)]
        if not pieces or self._said["dtype"] == "float32":
            np.concatenate([*pieces, out[:0].ravel()], out=out.ravel())
            return
        raw = np.concatenate(pieces).reshape(out.shape)
        np.multiply(raw, self._scales[places, None].astype(np.float32), out=out, dtype=np.float32)
        out += self._offsets[places, None].astype(np.float32)

    @cached_property
    def failures(self) -> tuple[Failure, ...]:
        """The tracks that have no numbers, and why."""
        columns = (self._failed[name].to_pylist() for name in ("id", "path", "kind", "message"))
        return tuple(Failure(*row) for row in zip(*columns, strict=True))

    def notices(self, track_id: str) -> tuple[Notice, ...]:
        """Return the cautions with which a track was decoded."""
        return self._notices.get(plain(track_id), ())

    @cached_property
    def _notices(self) -> dict[str, tuple[Notice, ...]]:
        said = zip(self.ids, self._good["notices"].to_pylist(), strict=True)
        return {track_id: tuple(Notice(**one) for one in json.loads(text)) for track_id, text in said if text}

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the store holds and how it was made, as in its ``manifest.json``."""
        return {**self._said, **facts(self._table)}

    @property
    def finished(self) -> bool:
        """Whether the last extraction came to its end; otherwise tracks may be missing."""
        return bool(self._said["finished"])

    def content_fingerprint(self) -> str:
        """Return sixteen hex digits of everything that matters: feature, ids in order, sources, numbers, failures.

        Equal whatever the number of workers, the interruptions and the times of the files. The numbers enter by the
        digests that were taken when they were computed; `changed` compares those with the disk.
        """
        total = hashlib.sha256(f"{self._said['feature_fingerprint']}{self._said['dtype']}".encode())
        columns = (self._table[name].to_pylist() for name in ("id", "source", "kind", "digest", "scale", "offset"))
        for row in zip(*columns, strict=True):
            total.update(json.dumps(row).encode())
        return total.hexdigest()[:16]

    def changed(self) -> list[str]:
        """Read everything, and return the ids of the tracks whose numbers are not those that were written."""
        digests = self._good["digest"].to_pylist()
        return [self.ids[place] for place in range(len(self)) if array_digest(self.raw(place)) != digests[place]]

    def __reduce__(self) -> tuple[Callable[..., "FeatureStore"], tuple[Path]]:
        return FeatureStore.open, (self.path,)

    def __repr__(self) -> str:
        shape = "of different shapes" if self.shape is None else f"of shape {self.shape}"
        return f"<FeatureStore {self.path}: {self._said['feature']}, {len(self):,} arrays {shape}>"

"""The manifest: which numbers a store holds, how they were made, and what became of the files."""

import importlib.metadata
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import GenrescopeError, UsageError
from genrescope.features._base import Feature
from genrescope.features._store_files import MANIFEST, column

FORMAT = "genrescope feature store"
FORMAT_VERSION = 1
_PACKAGES = ("genrescope", "numpy", "soundfile", "soxr", "av", "librosa", "pyarrow")


def new_manifest(feature: Feature, dtype: str) -> dict[str, Any]:
    """Return what a manifest says before anything is in the store."""
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        **json.loads(json.dumps(feature.description)),  # as it will be read again: tuples are lists
        "feature_fingerprint": feature.fingerprint,
        "dtype": dtype,
        "sample_rate_hz": feature.sample_rate_hz,
        "axes": list(feature.axes),
        "columns": list(feature.columns),
        "made_with": _versions(),
        "finished": False,
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def read_manifest(root: Path) -> dict[str, Any]:
    """Read a store's manifest.

    Raises
    ------
    UsageError
        The folder is no store, or one of a later format.
    """
    path = root / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as cause:
        raise UsageError(
            f"{root}: there is no feature store here (no {MANIFEST}); make one with  genrescope extract."
        ) from cause
    except (OSError, ValueError) as cause:
        raise GenrescopeError(f"{path}: cannot be read ({cause}); make the store anew.") from cause
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise UsageError(f"{path}: this is not the manifest of a feature store; name another folder.")
    if manifest["format_version"] != FORMAT_VERSION:
        raise UsageError(
            f"{root}: the store's format is {manifest['format_version']} and this genrescope reads "
            f"{FORMAT_VERSION}; install the version that made it, or extract anew."
        )
    return manifest


def check_same(root: Path, manifest: dict[str, Any], feature: Feature | None, dtype: str | None) -> None:
    """Raise UsageError, naming each difference, where a store holds something other than what is asked for."""
    wanted: dict[str, Any] = {} if feature is None else json.loads(json.dumps(feature.description))
    wanted = _flat(wanted) | ({} if dtype is None else {"dtype": dtype})
    found = _flat({key: manifest.get(key) for key in ("feature", "version", "settings", "dtype")})
    found = found if feature is not None else {"dtype": found["dtype"]}
    keys = [key for key in found | wanted if key != "dtype" or dtype is not None]
    differences = [
        f"{key} is {found.get(key, 'not set')!r}, asked for {wanted.get(key, 'not set')!r}"
        for key in keys
        if found.get(key) != wanted.get(key)
    ]
    if differences:
        raise UsageError(f"{root}: this store holds other numbers ({'; '.join(differences)}); name another folder.")


def _flat(description: dict[str, Any]) -> dict[str, Any]:
    settings = description.get("settings") or {}
    return {key: value for key, value in description.items() if key != "settings"} | settings


def facts(table: Any) -> dict[str, Any]:
    """Return what a manifest says of the entries of an index: how many, their shapes, the loss, what failed."""
    good, failed = split_rows(table)
    notices = [notice["kind"] for text in good["notices"].to_pylist() if text for notice in json.loads(text)]
    return {
        "entries": good.num_rows,
        "shape": _shape_rule(shapes_of(good)),
        "loss": _loss(good),
        "failures": _counts(failed["kind"].to_pylist()),
        "notices": _counts(notices),
    }


def split_rows(table: Any) -> tuple[Any, Any]:
    """Return the rows with numbers, and those without."""
    import pyarrow.compute as pc

    failed = pc.utf8_length(table["kind"]).cast("bool")
    return table.filter(pc.invert(failed)).combine_chunks(), table.filter(failed).combine_chunks()


def shapes_of(good: Any) -> NDArray[np.int32]:
    """Return the shapes of rows with numbers, shape (n_rows, n_axes)."""
    flat: NDArray[Any] = np.from_dlpack(good["shape"].combine_chunks().flatten())
    return flat.reshape(good.num_rows, -1) if good.num_rows else np.zeros((0, 0), np.int32)


def _counts(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _shape_rule(shapes: NDArray[np.int32]) -> dict[str, Any]:
    if not len(shapes):
        return {"rule": "none yet"}
    shortest, longest = shapes.min(axis=0).tolist(), shapes.max(axis=0).tolist()
    if shortest == longest:
        return {"rule": "fixed", "shape": shortest}
    return {"rule": "variable", "shortest": shortest, "longest": longest}


def _loss(good: Any) -> dict[str, float]:
    """Return the greatest and the root-mean-square difference to the numbers before packing, and their range."""
    if not good.num_rows:
        return {}
    n_each, error_max, error_rms = (column(good, name) for name in ("n_values", "error_max", "error_rms"))
    return {
        "error_max": float(error_max.max()),
        "error_rms": float(np.sqrt((n_each * error_rms**2).sum() / max(int(n_each.sum()), 1))),
        "low": float(column(good, "low").min()),
        "high": float(column(good, "high").max()),
    }

"""The course of ``genrescope extract``: check everything, then fill the store and say what became of the tracks."""

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from genrescope.cli._data import tell_used
from genrescope.cli._progress import Advance
from genrescope.cli._run import INTERRUPTED, tell
from genrescope.errors import UsageError

if TYPE_CHECKING:
    from genrescope.datasets._base import Dataset
    from genrescope.features.store import Done, DType, ExtractSummary, FeatureStore


@dataclass(frozen=True)
class Request:
    """The arguments of ``genrescope extract``, named as there."""

    name: str
    root: Path
    feature: str
    settings: dict[str, Any]
    out: Path
    dtype: str
    workers: int | None
    work: Path | None
    retry: bool
    as_json: bool


def run(request: Request) -> int:
    """Extract what was asked.

    Returns
    -------
    int
        The exit code: 0 all tracks have numbers, 1 at least one has none, 130 interrupted.

    Raises
    ------
    GenrescopeError
        For wrong use, before anything is written; for a store that cannot be written.
    """
    from genrescope.features.catalogue import make_feature
    from genrescope.features.store import FeatureStore, extract
    from genrescope.runtime.session import available_cores

    make = partial(make_feature, request.feature, **request.settings)
    feature, dtype = make(), _dtype(request.dtype)  # a slip in a setting is said before the data set is read
    data = _open(request)
    advance = _Advance([str(track.path) for track in data.tracks if track.path is not None])
    workers = request.workers or available_cores()
    try:
        with advance.shown():
            summary = extract(
                data.tracks, make, request.out,
                dtype=dtype, workers=workers, retry=request.retry, on_done=advance.take,
            )  # fmt: skip
    except KeyboardInterrupt:
        tell(f"interrupted with {len(data.tracks) - advance.n_taken} left; the same command goes on.")
        return INTERRUPTED
    _answer(summary, FeatureStore.open(request.out, feature, dtype), data, as_json=request.as_json)
    return 1 if summary.failures else 0


class _Advance(Advance):
    """The display; tracks that had their numbers before count as done, but say nothing of the speed."""

    n_taken = 0

    def take(self, done: "Done") -> None:
        self.n_taken += 1
        if done.what == "kept":
            self._total -= self._sizes.pop(done.path, 0)
        self.step(done.path)


def _dtype(dtype: str) -> "DType":
    from genrescope.features.store import check_dtype

    return check_dtype(dtype)


def _open(request: Request) -> "Dataset":
    from genrescope.datasets.catalogue import open_dataset
    from genrescope.datasets.quarantine import respect

    data = respect(open_dataset(request.name, request.root), request.work)
    tell_used(data, request.work)
    if not data.tracks:
        raise UsageError(f"{request.root}: no track of {request.name} is left to compute anything of.")
    return data


def _answer(summary: "ExtractSummary", store: "FeatureStore", data: "Dataset", *, as_json: bool) -> None:
    for part in summary.redone:
        tell(f"a part of the store was damaged and was made anew: {part}")
    for failure in summary.failures:
        tell(f"{failure.path or failure.track_id}: {failure.kind}: {failure.message}")
    if as_json:
        typer.echo(json.dumps(_facts(summary, store, data), ensure_ascii=False))
        return
    typer.echo(f"{store.path}: {_shape(store.manifest['shape'])}, {store.manifest['dtype']}")
    words = [f"{summary.computed:,} computed", f"{summary.kept:,} were there"]
    words += [f"{len(summary.failures):,} failed"] * bool(summary.failures)
    typer.echo(f"{', '.join(words)}; {len(store):,} tracks in the store, fingerprint {store.content_fingerprint()}")
    loss = store.manifest["loss"]
    if loss and store.manifest["dtype"] != "float32":
        range_ = f"numbers from {loss['low']:.4g} to {loss['high']:.4g}"
        typer.echo(f"storing lost at most {loss['error_max']:.2g} ({loss['error_rms']:.2g} rms) of {range_}")


def _facts(summary: "ExtractSummary", store: "FeatureStore", data: "Dataset") -> dict[str, object]:
    return {
        "store": str(store.path),
        "data": data.facts.name,
        "computed": summary.computed,
        "kept": summary.kept,
        "failed": [
            {"id": one.track_id, "path": one.path, "error": {"kind": one.kind, "message": one.message}}
            for one in summary.failures
        ],
        "passed_over": len(data.skips),
        "redone": list(summary.redone),
        "fingerprint": store.content_fingerprint(),
        "manifest": store.manifest,
    }


def _shape(rule: dict[str, Any]) -> str:
    if rule["rule"] == "fixed":
        return f"arrays of shape {' × '.join(map(str, rule['shape']))}"
    if rule["rule"] == "variable":
        shortest, longest = (" × ".join(map(str, rule[key])) for key in ("shortest", "longest"))
        return f"arrays of shapes {shortest} to {longest}"
    return "no arrays"

"""What a model hears in the tracks of a data set, as numbers that other models learn from."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from genrescope.errors import MissingExtraError, ModelError
from genrescope.features._base import Feature
from genrescope.features.store import Done, FeatureStore, extract
from genrescope.records import Clip, FloatArray, Track
from genrescope.runtime.model import Model, load_model
from genrescope.runtime.names import find_model

ALMOST = 0.9
"""A track with fewer windows than this share of the usual number is too short to stand beside the others."""

VGGISH = "vggish"
"""The name under which VGGish's published weights are fetched; its file ends in ``.pth``."""

NOT_HERE = {
    "musicnn": "'pip download --no-deps musicnn==0.1.0' gets its weights, and 'genrescope models get musicnn --from "
    "FILE.whl' makes them a model",
    "yamnet": "'genrescope models get yamnet' fetches it",
}
"""What to do for models that tables name and that do not come with genrescope."""


@dataclass(frozen=True)
class EmbeddingSettings:
    """Which model listens: its name, and the SHA-256 of its file, shortened."""

    model: str
    file: str


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Embeddings of tracks.

    Attributes
    ----------
    model : str
        Who listened, in words for a caption.
    ids : tuple of str
        The tracks that could be heard.
    windows : sequence of ndarray of float32, shape (n_windows, n_numbers)
        Of each track.
    missing : dict of str to str
        The others, and why.
    settings : EmbeddingSettings
        Which model listened.
    """

    model: str
    ids: tuple[str, ...]
    windows: Sequence[FloatArray]
    missing: dict[str, str]
    settings: EmbeddingSettings

    @property
    def description(self) -> dict[str, object]:
        """What a model's card says of their mean, so that the model file computes it again."""
        return {"feature": "embedding", "version": 1, **asdict(self.settings), "pooling": "mean"}

    def mean(self) -> FloatArray:
        """Return the mean over the windows, shape (n_tracks, n_numbers)."""
        return np.stack([np.mean(one, axis=0, dtype=np.float32) for one in self.windows])

    def joined(self) -> tuple[FloatArray, tuple[str, ...], dict[str, str]]:
        """Return the windows one after the other, for the tracks that have enough of them.

        Returns
        -------
        ndarray of float32, shape (n_kept, n_windows * n_numbers)
            As many windows as every track has that is about as long as most.
        tuple of str
            The tracks.
        dict of str to str
            Tracks that are shorter, and those without an embedding, with the reason.
        """
        counts = np.array([len(one) for one in self.windows])
        usual = float(np.median(counts))
        kept = np.flatnonzero(counts >= ALMOST * usual).tolist()
        n_windows = int(counts[kept].min())
        short = np.flatnonzero(counts < ALMOST * usual).tolist()
        words = {self.ids[row]: f"it has {counts[row]} windows, most have {usual:g}" for row in short}
        values = np.stack([self.windows[row][:n_windows].ravel() for row in kept])
        return values, tuple(self.ids[row] for row in kept), {**self.missing, **words}


def embeddings_of(
    tracks: Sequence[Track],
    model: str,
    folder: Path,
    *,
    workers: int | None = None,
    on_done: Callable[[Done], object] | None = None,
) -> Embeddings:
    """Return a model's embeddings of tracks, computed into a store or read where it holds them.

    Parameters
    ----------
    tracks : sequence of Track
        With sound.
    model : str
        What `genrescope.runtime.model.load_model` takes, or the folder of a run that has a ``model.onnx``; ``vggish``
        fetches VGGish's published weights, and a ``.pth`` file is a copy of them.
    folder : Path
        Where stores of embeddings lie; each model has its own inside.
    workers, on_done
        As for `genrescope.features.store.extract`.

    Raises
    ------
    ModelError
        There is no such model, it is an ensemble, or it gives no embedding.
    """
    make = listening(model)
    feature = make()
    store = folder / f"embedding-{feature.settings.model}-{feature.settings.file}"
    summary = extract(tracks, make, store, workers=workers, on_done=on_done)
    opened = FeatureStore.open(store, feature)
    asked = {track.track_id for track in tracks}
    rows = [row for row, track_id in enumerate(opened.ids) if track_id in asked]
    missing = {failure.track_id: failure.message for failure in summary.failures if failure.track_id in asked}
    ids = tuple(opened.ids[row] for row in rows)
    words = f"{feature.settings.model} (file {feature.settings.file})"
    return Embeddings(words, ids, [opened[row] for row in rows], missing, feature.settings)


def listening(model: str) -> Callable[[], Feature]:
    """Return what makes the embedding of a model a feature, here or in another process."""
    if model != VGGISH and not model.endswith(".pth"):
        return partial(embedding_feature, str(model_file(model)))
    try:
        from genrescope.pretrained.vggish import published_file
    except ModuleNotFoundError as cause:
        raise MissingExtraError("--embedding vggish", "train") from cause
    return partial(vggish_feature, str(published_file(None if model == VGGISH else Path(model))))


def model_file(model: str) -> Path:
    """Return the one file of a model; that of a run of a network is written where it is not there yet.

    Raises
    ------
    ModelError
        There is none, or it has several.
    UsageError
        The folder is no finished run's.
    """
    if Path(model).is_dir():
        return _file_of_run(Path(model))
    try:
        files = find_model(model)
    except ModelError as cause:
        if model in NOT_HERE:
            raise ModelError(f"{model}: {NOT_HERE[model]}.") from cause
        raise
    if len(files) != 1:
        raise ModelError(f"{model}: several models give several embeddings; name one of them.")
    return files[0]


def _file_of_run(run: Path) -> Path:
    from genrescope.recipes._run_folder import MODEL
    from genrescope.recipes.export import export_run

    file = run / MODEL
    if not file.exists():
        export_run(run, file)
    return file


def embedding_feature(path: str) -> Feature:
    """Return the embedding of a model file as a feature: an array of (window, number) for a clip."""
    model = load_model(Path(path))
    if not model.card.embedding_size:
        raise ModelError(f"{path}: the model {model.name!r} gives no embedding; choose another.")
    return _feature(model.name, path, model.card.sample_rate_hz, partial(_vectors, model))


def vggish_feature(path: str) -> Feature:
    """Return VGGish's embedding as a feature: an array of (patch, number) for a clip; `path` holds its weights."""
    from genrescope.features.logmel import VGGISH as FRONT_END
    from genrescope.pretrained.vggish import Listener

    return _feature(VGGISH, path, FRONT_END.sample_rate_hz, Listener(Path(path)))


def _feature(name: str, path: str, sample_rate_hz: int | None, compute: Callable[[Clip], FloatArray]) -> Feature:
    with Path(path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:12]
    return Feature(
        name="embedding",
        version=1,
        settings=EmbeddingSettings(name, digest),
        sample_rate_hz=sample_rate_hz,
        axes=("window", "number"),
        compute=compute,
    )


def _vectors(model: Model, clip: Clip) -> FloatArray:
    return model.embed(clip).vectors

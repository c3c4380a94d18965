"""Model files that take a feature instead of a waveform.

Runtime knows no feature. Whoever opens such a file brings what computes it, a `FrontEnd`; the embedding of another
model file is all that runtime computes by itself. Features that are there already are answered without any sound.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genrescope.audio.stream import Limits
from genrescope.card import IN_GRAPH, ModelCard
from genrescope.errors import AudioError, ModelError, UsageError
from genrescope.records import Clip, FloatArray, Notice
from genrescope.runtime.blocks import OnHeard, Source, read_whole, source_name
from genrescope.runtime.names import find_model
from genrescope.runtime.session import Outputs, check_model, open_graph, read_model_file

INPUT = "features"
_ROWS, _NUMBERS = 512, 1 << 20
"""Rows of one call, and numbers in them: a network of pictures holds hundreds of numbers for each of a picture's."""

MAX_WHOLE_S = 3 * 3600.0
"""Longest track that a feature of the whole track is computed of: all of it is in memory then."""


FrontEnd = Callable[[Clip], FloatArray]
"""Computes what a graph takes of a clip at the card's rate, shape (*shape)."""

MakeFrontEnd = Callable[[ModelCard], FrontEnd]
"""Makes what a card asks for; a function of a module, so that worker processes can have it, too."""


@dataclass(frozen=True, eq=False)
class Heard:
    """A whole track's answer: the outputs of one window that is the track, its seconds, and cautions."""

    outputs: Outputs
    duration_s: float
    notices: tuple[Notice, ...]


class FeatureSession:
    """A model file that takes ready features.

    Parameters
    ----------
    source : Path
        The model file.
    threads : int, optional
        Threads that one call may use; by default all cores that this process has.

    Attributes
    ----------
    card : ModelCard
        What the file says of itself.

    Raises
    ------
    ModelError
        The file is not a model that this genrescope can run, or it takes a waveform.
    """

    def __init__(self, source: Path, threads: int | None = None) -> None:
        data, self._name = read_model_file(source), str(source)
        self.card = check_model(data, self._name)
        if self.card.front_end == IN_GRAPH:
            raise ModelError(f"{source}: it takes a waveform, not ready features; predict songs with it.")
        self._session = open_graph(data, self._name, threads)
        inputs = self._session.get_inputs()
        self._given = [output.name for output in self._session.get_outputs()]
        if [one.name for one in inputs] != [INPUT] or "probabilities" not in self._given:
            raise ModelError(
                f"{source}: the graph should take '{INPUT}' and give 'probabilities'; it takes "
                f"{[one.name for one in inputs]} and gives {self._given}; export it with genrescope."
            )
        self.shape = tuple(inputs[0].shape[1:])

    def answer(self, features: FloatArray) -> FloatArray:
        """Return the genres' probabilities of ready features.

        Parameters
        ----------
        features : ndarray, shape (n, *shape)
            One a track or a window; a graph that takes plain numbers gets those of more axes as one row.

        Returns
        -------
        ndarray of float32, shape (n, n_labels)
            In the order of ``card.labels``; each row sums to 1.

        Raises
        ------
        UsageError
            The features have another shape, or numbers that are not finite.
        ModelError
            The graph does not do what its card says.
        """
        return self.run(features).probabilities

    def run(self, features: FloatArray) -> Outputs:
        """Return all outputs of ready features, one row each; see `answer`."""
        values = np.ascontiguousarray(features, dtype=np.float32)
        if len(self.shape) == 1 and len(values):
            values = values.reshape(len(values), -1)
        if values.shape[1:] != self.shape:
            raise UsageError(f"{self._name}: it takes features of shape {self.shape}; these have {values.shape[1:]}.")
        if not np.isfinite(values).all():
            raise UsageError(f"{self._name}: some features are not finite numbers; leave their tracks out.")
        names = [name for name in ("probabilities", "embedding") if name in self._given]
        n_rows = max(1, min(_ROWS, _NUMBERS // math.prod(self.shape)))
        parts = [
            self._session.run(names, {INPUT: values[start : start + n_rows]}) for start in range(0, len(values), n_rows)
        ]
        if not parts:
            return Outputs(np.empty((0, len(self.card.labels)), dtype=np.float32))
        joined = dict(zip(names, (np.concatenate(one) for one in zip(*parts, strict=True)), strict=True))
        if joined["probabilities"].shape != (len(values), len(self.card.labels)):
            raise ModelError(
                f"{self._name}: its card names {len(self.card.labels)} genres, the graph gave an array of shape "
                f"{joined['probabilities'].shape} for {len(values)} rows; export it again."
            )
        return Outputs(joined["probabilities"], joined.get("embedding"))


class WindowFeatures:
    """A model of features of windows: sound in, an answer for each window out, as any other engine."""

    def __init__(self, session: FeatureSession, front_end: FrontEnd) -> None:
        self._session, self._front_end = session, front_end

    @property
    def card(self) -> ModelCard:
        """What the model says of itself."""
        return self._session.card

    def run(self, blocks: FloatArray) -> Outputs:
        """Run blocks of sound, shape (n_blocks, n_samples)."""
        card = self.card
        windows = np.lib.stride_tricks.sliding_window_view(blocks, card.window_samples, axis=1)[:, :: card.hop_samples]
        flat = windows.reshape(-1, card.window_samples)
        rows = [_compute(self._front_end, card, Clip(window, card.sample_rate_hz), "") for window in flat]
        found = self._session.run(np.stack(rows))
        shape = windows.shape[:2]
        embedding = found.embedding
        return Outputs(
            found.probabilities.reshape(*shape, -1), None if embedding is None else embedding.reshape(*shape, -1)
        )


class TrackFeatures:
    """A model of features of whole tracks: one answer a track, and no course over time."""

    def __init__(self, session: FeatureSession, front_end: FrontEnd) -> None:
        self._session, self._front_end = session, front_end

    @property
    def card(self) -> ModelCard:
        """What the model says of itself."""
        return self._session.card

    def hear(self, source: Source, limits: Limits, on_heard: OnHeard | None) -> Heard:
        """Read a track, compute its feature, and answer.

        Raises
        ------
        AudioError
            The track cannot be read, is longer than `MAX_WHOLE_S`, or has no such feature.
        """
        short = Limits(min(limits.max_duration_s, MAX_WHOLE_S), limits.max_wall_s)
        clip, notices = read_whole(source, self.card.sample_rate_hz or None, short, on_heard)
        row = _compute(self._front_end, self.card, clip, source_name(source))
        return Heard(_one_window(self._session.run(row[np.newaxis])), clip.duration_s, notices)


class TrackEmbedding:
    """A model of the mean of another model's embeddings over a track."""

    def __init__(self, session: FeatureSession, embed: Callable[..., tuple[FloatArray, float, tuple[Notice, ...]]]):
        self._session, self._embed = session, embed

    @property
    def card(self) -> ModelCard:
        """What the model says of itself."""
        return self._session.card

    def hear(self, source: Source, limits: Limits, on_heard: OnHeard | None) -> Heard:
        """Hear a track with the other model, and answer; AudioError where it cannot be heard."""
        vectors, duration_s, notices = self._embed(source, limits, on_heard)
        mean: FloatArray = np.asarray(np.mean(vectors, axis=0, dtype=np.float32))
        return Heard(_one_window(self._session.run(mean[np.newaxis])), duration_s, notices)


WholeTrack = TrackFeatures | TrackEmbedding
"""Models that answer for a whole track at once."""


def embedding_file(card: ModelCard, own: Path) -> Path:
    """Return the file of the model whose embedding a card asks for.

    It is looked for among the models that can be named, then beside the model file itself.

    Raises
    ------
    ModelError
        It is not there, or it is another than the classifier learned from.
    """
    import hashlib

    name, digest = str(card.features.get("model")), str(card.features.get("file"))
    if Path(name).name != name:
        raise ModelError(f"{own}: the card names the model {name!r}, and a name has no folders in it; export it again.")
    beside = own.with_name(f"{name}.onnx")
    path = beside if beside.is_file() and beside != own else _named(name, own)
    found = hashlib.sha256(read_model_file(path)).hexdigest()
    if not digest or not found.startswith(digest):
        raise ModelError(
            f"{own}: it learned from the embedding of '{name}' with the SHA-256 {digest}...; {path} is another "
            f"({found[:12]}...): train it again, or put the model that it learned from beside it as {beside.name}."
        )
    return path


def _named(name: str, own: Path) -> Path:
    try:
        return find_model(name)[0]
    except ModelError as cause:
        raise ModelError(
            f"{own}: it takes the embedding of the model '{name}', which is not here: put {name}.onnx beside it."
        ) from cause


def _compute(front_end: FrontEnd, card: ModelCard, clip: Clip, name: str) -> FloatArray:
    try:
        row = np.asarray(front_end(clip), dtype=np.float32)
    except UsageError as cause:
        raise AudioError("unsupported", name, f"it has no {card.front_end}: {cause}") from cause
    if not np.isfinite(row).all():
        raise AudioError("damaged", name, f"some values of {card.front_end} are not finite numbers for this sound.")
    return row


def _one_window(outputs: Outputs) -> Outputs:
    embedding = outputs.embedding
    return Outputs(outputs.probabilities[np.newaxis], None if embedding is None else embedding[np.newaxis])

"""A model that predicts: the front door of the package."""

from collections.abc import Generator, Iterable, Iterator, Sized
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from genrescope.audio.stream import Limits
from genrescope.card import ModelCard
from genrescope.errors import AudioError, ModelError, UsageError
from genrescope.records import Embedding, FloatArray, Notice, Prediction
from genrescope.runtime.blocks import Layout, OnHeard, SoundBlocks, Source, source_name
from genrescope.runtime.ensemble import Ensemble
from genrescope.runtime.features import (
    FeatureSession,
    MakeFrontEnd,
    TrackEmbedding,
    TrackFeatures,
    WholeTrack,
    WindowFeatures,
    embedding_file,
)
from genrescope.runtime.many import Answer, Answerer, answer_in_processes
from genrescope.runtime.names import BUNDLED, find_model, list_models
from genrescope.runtime.session import Engine, NeedsFeatureError, Outputs, Session
from genrescope.runtime.timeline import OnWindows, Pieces, Windows, describe

__all__ = ["Embedding", "Limits", "Model", "Prediction", "list_models", "load_model", "predict"]

_WORKER_SHARE = 2
"""A worker may take so many times `Limits.max_wall_s` for a file: once for reading it, which has a clock of its own,
and as long again for hearing it."""

_NO_EMBEDDING = "the model '{}' gives no embedding; choose another."


@dataclass(frozen=True)
class _Wish:
    """What is asked of every file of a call."""

    vocabulary: str
    timeline: bool
    fast: bool
    limits: Limits


class Model:
    """A model, ready to predict; made by `load_model`.

    Parameters
    ----------
    engine : Engine
        What runs the graph.
    files : tuple of Path
        The model files, which worker processes open for themselves.
    front_end : callable, optional
        What they make features with, where the files take some.
    """

    def __init__(
        self, engine: Engine | WholeTrack, files: tuple[Path, ...], front_end: MakeFrontEnd | None = None
    ) -> None:
        self._engine, self._files, self._front_end = engine, files, front_end

    @property
    def card(self) -> ModelCard:
        """What the model says of itself: genres, rates, thresholds, licence, scores."""
        return self._engine.card

    @property
    def name(self) -> str:
        """The model's name."""
        return self.card.name

    def __repr__(self) -> str:
        return f"Model({self.name!r}, {len(self.card.labels)} genres)"

    def predict(
        self,
        source: Source,
        *,
        vocabulary: str = "native",
        timeline: bool = True,
        fast: bool = False,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        on_heard: OnHeard | None = None,
        on_windows: OnWindows | None = None,
    ) -> Prediction:
        """Say which genres a track has, best first, and how they move through it.

        Parameters
        ----------
        source : str, Path or Clip
            An audio file of any length, or sound in memory at any rate; at least 1 s of it.
        vocabulary : str
            In whose words: ``native``, or one that the model's card maps to, such as ``gtzan`` or ``fma``.
        timeline : bool
            Whether the course over time is part of the answer.
        fast : bool
            Hear one window of every twelve, without a course over time; a model of whole tracks hears all.
        limits : Limits
            What a file may cost.
        on_heard : callable, optional
            Told how far a long file is: the seconds heard, and the seconds that it claims, where it claims any.
        on_windows : callable, optional
            Told the course over time piece by piece, as it is heard; put together, the pieces are the timeline.

        Raises
        ------
        AudioError, UsageError
            Where the file has no answer (its `kind` says why); where the model has no map to the vocabulary.
        """
        self.card.vocabulary_labels(vocabulary)  # an unknown one is said before any file is opened
        pieces = None if on_windows is None else Pieces(self.card, vocabulary, on_windows)
        windows, duration_s, notices = self._hear(source, limits, on_heard, pieces, fast=fast)
        return describe(
            windows,
            self.card,
            path=source_name(source),
            duration_s=duration_s,
            vocabulary=vocabulary,
            timeline=timeline and not fast and self.card.window_s > 0,
            notices=notices,
        )

    def predict_many(
        self,
        sources: Iterable[Source],
        *,
        workers: int | None = None,
        vocabulary: str = "native",
        timeline: bool = True,
        fast: bool = False,
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> Generator[Answer]:
        """Predict file after file; a bad one gets its error and the rest go on.

        Parameters
        ----------
        sources : iterable of str, Path or Clip
            As many as there are; read only as far ahead as there is work.
        workers : int, optional
            Answer in so many processes of one core each, where a file that crashes a decoder or hangs in it harms no
            other. A script must then call this below ``if __name__ == "__main__":``. By default files are answered
            one by one in this process, each on all cores.
        vocabulary, timeline, fast, limits
            As for `predict`.

        Yields
        ------
        Prediction or AudioError
            One for every file, in order, the same whatever `workers` is.

        Raises
        ------
        UsageError
            At once, where the vocabulary or the number of workers cannot be.
        """
        self.card.vocabulary_labels(vocabulary)
        if workers is not None and workers < 1:
            raise UsageError(f"workers is at least 1; got {workers}")
        wish = _Wish(vocabulary, timeline, fast, limits)
        if workers is None:
            return _each(partial(_answer, self, wish), sources)
        if isinstance(sources, Sized):
            workers = max(1, min(workers, len(sources)))
        prepare = partial(_open_worker, self._files, wish, self._front_end)
        return answer_in_processes(prepare, sources, workers=workers, limit_s=_WORKER_SHARE * limits.max_wall_s)

    def embed(
        self,
        source: Source,
        *,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        on_heard: OnHeard | None = None,
    ) -> Embedding:
        """Return what the model hears in each window, as numbers; `on_heard` is told how far it is.

        Raises
        ------
        AudioError
            Where the file has no answer.
        ModelError
            Where the model's graph has no embedding.
        """
        if isinstance(self._engine, WholeTrack):
            raise ModelError(_NO_EMBEDDING.format(self.name))
        sound = SoundBlocks(source, self.card, Layout.every_window(self.card), limits, on_heard)
        vectors = [self._vectors(outputs) for outputs in _outputs(self._engine, sound, source)]
        return Embedding(
            path=source_name(source),
            duration_s=sound.duration_s,
            model=self.name,
            start_s=0.0,
            window_s=self.card.window_s,
            hop_s=self.card.hop_s,
            vectors=np.concatenate(vectors),
            warnings=sound.notices,
        )

    def _hear(
        self, source: Source, limits: Limits, on_heard: OnHeard | None, pieces: Pieces | None, *, fast: bool
    ) -> tuple[Windows, float, tuple[Notice, ...]]:
        """Return what the model says of the windows, the seconds of sound, and cautions."""
        if isinstance(self._engine, WholeTrack):
            heard = self._engine.hear(source, limits, on_heard)
            return Windows.join([heard.outputs]), heard.duration_s, heard.notices
        layout = (Layout.fast if fast else Layout.every_window)(self.card)
        sound = SoundBlocks(source, self.card, layout, limits, on_heard)
        parts = []
        for outputs in _outputs(self._engine, sound, source):
            parts.append(_without_embedding(outputs))
            if pieces is not None:
                pieces.tell(outputs)
        return Windows.join(parts), sound.duration_s, sound.notices

    def _vectors(self, outputs: Outputs) -> FloatArray:
        if outputs.embedding is None:
            raise ModelError(_NO_EMBEDDING.format(self.name))
        return outputs.embedding.reshape(-1, outputs.embedding.shape[-1])


def load_model(
    path_or_name: str | Path = BUNDLED, *, front_end: MakeFrontEnd | None = None, threads: int | None = None
) -> Model:
    """Open a model.

    Parameters
    ----------
    path_or_name : str or Path
        ``bundled``, the name of an installed model, a path to an ``.onnx`` file, or several of them joined by ``+``:
        an ensemble, whose confidences are the mean of its members'.
    front_end : callable, optional
        Makes what computes the features of a file that takes some; `genrescope.load_model` brings it.
    threads : int, optional
        Threads that one prediction may use; by default all cores that this process has.

    Raises
    ------
    ModelError
        Where there is no such model, or its file cannot be used; the message says why.

    Examples
    --------
    >>> load_model().card.sample_rate_hz
    16000
    """
    return _open_files(find_model(path_or_name), front_end, threads)


def predict(
    path: Source,
    *,
    model: Model | str | Path = BUNDLED,
    vocabulary: str = "native",
    timeline: bool = True,
    front_end: MakeFrontEnd | None = None,
) -> Prediction:
    """Say which genres a track has, and how they move through it.

    The model is kept for the next call.

    Parameters
    ----------
    path : str, Path or Clip
        An audio file, or sound in memory; at least 1 s of it.
    model : Model, str or Path
        A model, or what `load_model` takes.
    vocabulary : str
        In whose words: ``native``, or one that the model's card maps to, such as ``gtzan`` or ``fma``.
    timeline : bool
        Whether the course over time is part of the answer.
    front_end : callable, optional
        As for `load_model`.

    Returns
    -------
    Prediction
        All genres of the vocabulary, best first; confidences sum to 1.

    Raises
    ------
    AudioError
        Where the file has no answer; its `kind` says why.
    ModelError, UsageError
        Where the model cannot be used, or has no map to the vocabulary.
    """
    ready = model if isinstance(model, Model) else _kept(_stamped(find_model(model)), front_end)
    return ready.predict(path, vocabulary=vocabulary, timeline=timeline)


def _stamped(files: tuple[Path, ...]) -> tuple[tuple[Path, float], ...]:
    """Put each file's time of change beside it, so that a model which was exported again is loaded again."""
    return tuple((path, path.stat().st_mtime if path.exists() else 0.0) for path in files)


@lru_cache(maxsize=2)
def _kept(stamped: tuple[tuple[Path, float], ...], front_end: MakeFrontEnd | None) -> Model:
    return _open_files(tuple(path for path, _ in stamped), front_end)


def _open_files(files: tuple[Path, ...], front_end: MakeFrontEnd | None, threads: int | None = None) -> Model:
    engines = [_open_engine(path, front_end, threads) for path in files]
    if len(engines) == 1:
        return Model(engines[0], files, front_end)
    members = [engine for engine in engines if not isinstance(engine, WholeTrack)]
    if len(members) < len(engines):
        raise ModelError(
            f"{' + '.join(str(path) for path in files)}: a model of whole tracks cannot answer as one with others; "
            "name one model."
        )
    return Model(Ensemble(members), files, front_end)


def _open_engine(path: Path, front_end: MakeFrontEnd | None, threads: int | None) -> Engine | WholeTrack:
    try:
        return Session(path, threads)
    except NeedsFeatureError:
        session = FeatureSession(path, threads)
    if session.card.features.get("feature") == "embedding":
        return TrackEmbedding(
            session, partial(_embed, _open_files((embedding_file(session.card, path),), None, threads))
        )
    if front_end is None or not session.card.features.get("feature"):
        raise NeedsFeatureError(
            f"{path}: it takes the feature '{session.card.front_end}', which cannot be computed from sound here."
        )
    computes = front_end(session.card)
    return WindowFeatures(session, computes) if session.card.window_s else TrackFeatures(session, computes)


def _embed(
    model: Model, source: Source, limits: Limits, on_heard: OnHeard | None
) -> tuple[FloatArray, float, tuple[Notice, ...]]:
    heard = model.embed(source, limits=limits, on_heard=on_heard)
    return heard.vectors, heard.duration_s, heard.warnings


def _outputs(engine: Engine, sound: SoundBlocks, source: Source) -> Iterator[Outputs]:
    for block in sound:
        outputs = _run(engine, block, source)
        if not np.isfinite(outputs.probabilities).all():
            peak = float(np.abs(block).max())
            message = f"the sound is beyond all measure (peak {peak:g}, full scale is 1); scale it down."
            raise AudioError("damaged", source_name(source), message)
        yield outputs


def _run(engine: Engine, block: FloatArray, source: Source) -> Outputs:
    try:
        return engine.run(block[np.newaxis])
    except AudioError as error:  # a feature of a window, which does not know whose it is
        raise AudioError(error.kind, source_name(source), error.message) from error


def _open_worker(files: tuple[Path, ...], wish: _Wish, front_end: MakeFrontEnd | None = None) -> Answerer:
    return partial(_answer, _open_files(files, front_end, threads=1), wish)


def _answer(model: Model, wish: _Wish, source: Source) -> Answer:
    try:
        return model.predict(
            source, vocabulary=wish.vocabulary, timeline=wish.timeline, fast=wish.fast, limits=wish.limits
        )
    except AudioError as error:
        return error


def _each(answer: Answerer, sources: Iterable[Source]) -> Generator[Answer]:
    for source in sources:
        yield answer(source)


def _without_embedding(outputs: Outputs) -> Outputs:
    """Let go of the embedding: over ten hours it would be thirty megabytes for nothing."""
    return Outputs(outputs.probabilities, None, outputs.voice, outputs.speech)

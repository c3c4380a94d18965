"""A model that predicts: the front door of the package."""

from collections.abc import Generator, Iterable, Iterator, Sized
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from genrescope.audio.stream import Limits
from genrescope.card import ModelCard
from genrescope.errors import AudioError, ModelError, UsageError
from genrescope.records import Embedding, FloatArray, Prediction
from genrescope.runtime.blocks import Layout, OnHeard, SoundBlocks, Source, source_name
from genrescope.runtime.ensemble import Ensemble
from genrescope.runtime.many import Answer, Answerer, answer_in_processes
from genrescope.runtime.names import BUNDLED, find_model, list_models
from genrescope.runtime.session import Engine, Outputs, Session
from genrescope.runtime.timeline import Windows, describe

__all__ = ["Embedding", "Limits", "Model", "Prediction", "list_models", "load_model", "predict"]

_WORKER_SHARE = 2
"""A worker may take so many times `Limits.max_wall_s` for a file: once for reading it, which has a clock of its own,
and as long again for hearing it."""


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
    """

    def __init__(self, engine: Engine, files: tuple[Path, ...]) -> None:
        self._engine, self._files = engine, files

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
    ) -> Prediction:
        """Say which genres a track has, and how they move through it.

        Parameters
        ----------
        source : str, Path or Clip
            An audio file of any length, or sound in memory at any rate; at least 1 s of it.
        vocabulary : str
            In whose words: ``native``, or one that the model's card maps to, such as ``gtzan`` or ``fma``.
        timeline : bool
            Whether the course over time is part of the answer.
        fast : bool
            Hear one window of every twelve, for a quick look; there is no course over time then.
        limits : Limits
            What a file may cost.
        on_heard : callable, optional
            Told how far a long file is: the seconds heard, and the seconds that it claims, where it claims any.

        Returns
        -------
        Prediction
            All genres of the vocabulary, best first; confidences sum to 1.

        Raises
        ------
        AudioError, UsageError
            Where the file has no answer (its `kind` says why); where the model has no map to the vocabulary.
        """
        self.card.vocabulary_labels(vocabulary)  # an unknown one is said before any file is opened
        layout = (Layout.fast if fast else Layout.every_window)(self.card)
        sound = SoundBlocks(source, self.card, layout, limits, on_heard)
        windows = Windows.join([_without_embedding(outputs) for outputs in self._outputs(sound, source)])
        return describe(
            windows,
            self.card,
            path=source_name(source),
            duration_s=sound.duration_s,
            vocabulary=vocabulary,
            timeline=timeline and not fast,
            notices=sound.notices,
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
        prepare = partial(_open_worker, self._files, wish)
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
        sound = SoundBlocks(source, self.card, Layout.every_window(self.card), limits, on_heard)
        vectors = [self._vectors(outputs) for outputs in self._outputs(sound, source)]
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

    def _outputs(self, sound: SoundBlocks, source: Source) -> Iterator[Outputs]:
        for block in sound:
            outputs = self._engine.run(block[np.newaxis])
            if not np.isfinite(outputs.probabilities).all():
                peak = float(np.abs(block).max())
                message = f"the sound is beyond all measure (peak {peak:g}, full scale is 1); scale it down."
                raise AudioError("damaged", source_name(source), message)
            yield outputs

    def _vectors(self, outputs: Outputs) -> FloatArray:
        if outputs.embedding is None:
            raise ModelError(f"the model '{self.name}' gives no embedding; choose another.")
        return outputs.embedding.reshape(-1, outputs.embedding.shape[-1])


def load_model(path_or_name: str | Path = BUNDLED) -> Model:
    """Open a model.

    Parameters
    ----------
    path_or_name : str or Path
        ``bundled``, the name of an installed model, a path to an ``.onnx`` file, or several of them joined by ``+``:
        an ensemble, whose confidences are the mean of its members'.

    Raises
    ------
    ModelError
        Where there is no such model, or its file cannot be used; the message says why.

    Examples
    --------
    >>> load_model().card.sample_rate_hz
    16000
    """
    return _open_files(find_model(path_or_name))


def predict(
    path: Source, *, model: Model | str | Path = BUNDLED, vocabulary: str = "native", timeline: bool = True
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
    ready = model if isinstance(model, Model) else _kept(_stamped(find_model(model)))
    return ready.predict(path, vocabulary=vocabulary, timeline=timeline)


def _stamped(files: tuple[Path, ...]) -> tuple[tuple[Path, float], ...]:
    """Put each file's time of change beside it, so that a model which was exported again is loaded again."""
    return tuple((path, path.stat().st_mtime if path.exists() else 0.0) for path in files)


@lru_cache(maxsize=2)
def _kept(stamped: tuple[tuple[Path, float], ...]) -> Model:
    return _open_files(tuple(path for path, _ in stamped))


def _open_files(files: tuple[Path, ...], threads: int | None = None) -> Model:
    sessions = [Session(path, threads) for path in files]
    return Model(sessions[0] if len(sessions) == 1 else Ensemble(sessions), files)


def _open_worker(files: tuple[Path, ...], wish: _Wish) -> Answerer:
    return partial(_answer, _open_files(files, threads=1), wish)


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

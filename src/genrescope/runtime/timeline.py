"""From what a graph says of windows to what is said of a track."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from genrescope.card import ModelCard
from genrescope.records import FloatArray, GenreScore, Notice, Prediction, Timeline
from genrescope.runtime.session import Outputs


@dataclass(frozen=True, eq=False)
class Windows:
    """Everything said of a track's windows, in order.

    Attributes
    ----------
    probabilities : ndarray of float32, shape (n_windows, n_labels)
        In the model's own genres.
    voice, speech : ndarray of float32, shape (n_windows,), or None
        None where the model does not know.
    """

    probabilities: FloatArray
    voice: FloatArray | None = None
    speech: FloatArray | None = None

    @classmethod
    def join(cls, outputs: Sequence[Outputs]) -> "Windows":
        """Put the windows of consecutive blocks after one another."""
        return cls(
            np.concatenate([item.probabilities.reshape(-1, item.probabilities.shape[-1]) for item in outputs]),
            _join([item.voice for item in outputs]),
            _join([item.speech for item in outputs]),
        )


def _join(values: Sequence[FloatArray | None]) -> FloatArray | None:
    known = [value.reshape(-1) for value in values if value is not None]
    return np.concatenate(known) if known else None


def make_timeline(windows: Windows, card: ModelCard, vocabulary: str, start_s: float = 0.0) -> Timeline:
    """Say the windows' probabilities in a vocabulary, with their times; the first begins at `start_s`."""
    return Timeline(
        start_s=start_s,
        window_s=card.window_s,
        hop_s=card.hop_s,
        labels=tuple(card.vocabulary_labels(vocabulary)),
        probabilities=card.to_vocabulary(windows.probabilities, vocabulary),
    )


OnWindows = Callable[[Timeline], None]
"""Told a piece of the course over time as soon as it is heard."""


class Pieces:
    """Says the course over time piece by piece.

    Parameters
    ----------
    card : ModelCard
        Of the model that hears.
    vocabulary : str
        In whose words.
    on_windows : callable
        Who is told.
    """

    def __init__(self, card: ModelCard, vocabulary: str, on_windows: OnWindows) -> None:
        self._card, self._vocabulary, self._on_windows = card, vocabulary, on_windows
        self._n_windows = 0

    def tell(self, outputs: Outputs) -> None:
        """Say the windows of the next block."""
        windows, start_s = Windows.join([outputs]), self._n_windows * self._card.hop_s
        self._n_windows += len(windows.probabilities)
        self._on_windows(make_timeline(windows, self._card, self._vocabulary, start_s))


def track_genres(timeline: Timeline) -> tuple[GenreScore, ...]:
    """Return the track's genres, best first: each confidence is the mean of its course over time.

    Added up in float64, so that ten hours of windows lose nothing to rounding.
    """
    confidences = timeline.probabilities.mean(axis=0, dtype=np.float64)
    confidences /= confidences.sum()
    order = np.argsort(-confidences, kind="stable")
    return tuple(GenreScore(timeline.labels[i], float(confidences[i])) for i in order)


def speech_notice(windows: Windows, card: ModelCard) -> Notice | None:
    """Return a caution where a track is mostly people talking; None for music, or where the model cannot tell."""
    if windows.speech is None or card.speech_above is None:
        return None
    share = float(windows.speech.mean(dtype=np.float64))
    if share <= card.speech_above:
        return None
    return Notice("speech", f"mostly speech ({share:.0%}); genres are names for music, so take them with caution.")


def describe(
    windows: Windows,
    card: ModelCard,
    *,
    path: str,
    duration_s: float,
    vocabulary: str,
    timeline: bool,
    notices: tuple[Notice, ...],
) -> Prediction:
    """Put together all that is said of a track.

    Unsure is decided in the model's own genres: a vocabulary with fewer words must not make a model look surer.
    """
    course = make_timeline(windows, card, vocabulary)
    speech = speech_notice(windows, card)
    best_native = float(windows.probabilities.mean(axis=0, dtype=np.float64).max())
    return Prediction(
        path=path,
        duration_s=duration_s,
        model=card.name,
        vocabulary=vocabulary,
        genres=track_genres(course),
        unsure=best_native < card.unsure_below or speech is not None,
        voice=None if windows.voice is None else float(windows.voice.mean(dtype=np.float64)),
        timeline=course if timeline else None,
        warnings=notices if speech is None else (*notices, speech),
    )

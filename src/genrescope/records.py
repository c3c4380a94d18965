"""The few things that travel between rooms: shapes and units are stated here, once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genrescope import notebook
from genrescope.errors import UsageError

FloatArray = NDArray[np.float32]

NoticeKind = Literal["damaged", "clipped", "speech"]
"""What an answer is given with a caution for."""


@dataclass(frozen=True)
class Notice:
    """A caution that goes with an answer.

    Attributes
    ----------
    kind : NoticeKind
        ``damaged`` (part of the file could not be decoded), ``clipped`` (the sound is cut at full scale),
        ``speech`` (mostly people talking).
    message : str
        The same in words, with the figures.
    """

    kind: NoticeKind
    message: str

    def to_dict(self) -> dict[str, str]:
        """Return the notice as the JSON output has it."""
        return {"kind": self.kind, "message": self.message}


@dataclass(frozen=True, eq=False)
class Clip:
    """Sound in memory. Samples never travel without their rate, so that it cannot be mistaken.

    Attributes
    ----------
    samples : ndarray of float32, shape (n_samples,)
        Mono, full scale is ±1.
    sample_rate_hz : int
        Samples per second.
    """

    samples: FloatArray
    sample_rate_hz: int

    def __post_init__(self) -> None:
        if self.samples.ndim != 1:
            raise UsageError(f"a clip is mono, shape (n_samples,); got shape {self.samples.shape}")
        if self.sample_rate_hz <= 0:
            raise UsageError(f"a sample rate is above 0 Hz; got {self.sample_rate_hz}")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate_hz


@dataclass(frozen=True)
class Track:
    """One recording of a data set: where it lies and what is said of it. What is not known is None or empty.

    Attributes
    ----------
    track_id : str
        Its name in the data set, such as ``000002`` or ``blues.00000``; the same in every split, store and report.
    path : Path or None
        Its sound; None in a data set of ready features.
    genre : str or None
        The one genre that single-label models learn, spelled as the data set spells it.
    genres : tuple of str
        Every genre, parents included where the selection asked for them.
    part : str or None
        ``training``, ``validation`` or ``test`` in the data set's own (official) split.
    artist, album, title : str or None
        Who made it, on what, and its name; equal text is the same artist or album.
    declared_s : float or None
        Length in seconds as the data set states it.
    """

    track_id: str
    path: Path | None = None
    genre: str | None = None
    genres: tuple[str, ...] = ()
    part: str | None = None
    artist: str | None = None
    album: str | None = None
    title: str | None = None
    declared_s: float | None = None


@dataclass(frozen=True)
class GenreScore:
    """A genre and how sure the model is of it (0 to 1)."""

    label: str
    confidence: float


@dataclass(frozen=True, eq=False)
class Timeline:
    """The course of the genres over a track.

    Attributes
    ----------
    start_s, window_s, hop_s : float
        Window ``i`` covers ``start_s + i * hop_s`` to ``start_s + i * hop_s + window_s``.
    labels : tuple of str
        One name a column.
    probabilities : ndarray of float32, shape (n_windows, n_labels)
        Each row sums to 1.
    """

    start_s: float
    window_s: float
    hop_s: float
    labels: tuple[str, ...]
    probabilities: FloatArray

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Return the middle of each window in seconds, shape (n_windows,)."""
        starts_s = self.start_s + self.hop_s * np.arange(len(self.probabilities))
        return np.asarray(starts_s + self.window_s / 2, dtype=np.float64)

    def to_dict(self, decimals: int = 4) -> dict[str, object]:
        """Return the timeline as the JSON output has it."""
        return {
            "start_s": round(self.start_s, 3),
            "window_s": round(self.window_s, 3),
            "hop_s": round(self.hop_s, 3),
            "labels": list(self.labels),
            "probabilities": [[round(float(p), decimals) for p in row] for row in self.probabilities],
        }


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a model says of one track.

    Attributes
    ----------
    path : str
        The file as it was given.
    duration_s : float
        Seconds of sound that were decoded.
    model, vocabulary : str
        Which model answered, and in whose words (``native``, ``gtzan``, ``fma``).
    genres : tuple of GenreScore
        The whole vocabulary, best first; confidences sum to 1.
    unsure : bool
        True where the best confidence is below the model's threshold, or where there is no music to judge.
    voice : float or None
        Share of the track (0 to 1) in which the model hears a voice; None where the model does not know.
    timeline : Timeline or None
        The course over time, where it was asked for.
    warnings : tuple of Notice
        Cautions.
    """

    path: str
    duration_s: float
    model: str
    vocabulary: str
    genres: tuple[GenreScore, ...]
    unsure: bool
    voice: float | None = None
    timeline: Timeline | None = None
    warnings: tuple[Notice, ...] = field(default=())

    @property
    def genre(self) -> str:
        """The best genre's label."""
        return self.genres[0].label

    @property
    def confidences(self) -> Mapping[str, float]:
        """Confidence by label, best first."""
        return {score.label: score.confidence for score in self.genres}

    def to_dict(self, top: int = 3) -> dict[str, object]:
        """Return the object of the command line's JSON output, with the first `top` genres."""
        best = [{"label": g.label, "confidence": round(g.confidence, 4)} for g in self.genres[:top]]
        return {
            "path": self.path,
            "duration_s": round(self.duration_s, 3),
            "model": self.model,
            "vocabulary": self.vocabulary,
            "genres": best,
            "unsure": self.unsure,
            "voice": None if self.voice is None else round(self.voice, 4),
            "timeline": None if self.timeline is None else self.timeline.to_dict(),
            "warnings": [notice.to_dict() for notice in self.warnings],
        }

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the best genres, and their course over time where it is known."""
        labels = self.timeline.labels if self.timeline else tuple(sorted(self.confidences))
        colours = notebook.shown_colours(list(self.confidences), labels)
        unsure = " &middot; unsure" if self.unsure else ""
        parts = [f"<p><b>{escape(self.path)}</b> &middot; {notebook.clock(self.duration_s)}{unsure}</p>"]
        parts.append(notebook.genre_table(self.confidences, colours))
        if self.timeline is not None:
            line = self.timeline
            end_s = line.start_s + (len(line.probabilities) - 1) * line.hop_s + line.window_s
            parts.append(notebook.course(line.probabilities, line.labels, colours, line.start_s, end_s))
        parts += [f"<p>{escape(notice.message)}</p>" for notice in self.warnings]
        return "".join(parts)


@dataclass(frozen=True, eq=False)
class Embedding:
    """What a model hears in each window of a track, as numbers: near ones sound alike.

    Attributes
    ----------
    path : str
        The file as it was given.
    duration_s : float
        Seconds of sound that were decoded.
    model : str
        Which model listened; embeddings of different models cannot be compared.
    start_s, window_s, hop_s : float
        Window ``i`` covers ``start_s + i * hop_s`` to ``start_s + i * hop_s + window_s``.
    vectors : ndarray of float32, shape (n_windows, embedding_size)
        One row a window.
    warnings : tuple of Notice
        Cautions.
    """

    path: str
    duration_s: float
    model: str
    start_s: float
    window_s: float
    hop_s: float
    vectors: FloatArray
    warnings: tuple[Notice, ...] = field(default=())

    @property
    def starts_s(self) -> NDArray[np.float64]:
        """Return the start of each window in seconds, shape (n_windows,)."""
        return np.asarray(self.start_s + self.hop_s * np.arange(len(self.vectors)), dtype=np.float64)

"""What is heard of a sample of a data set before anything is drawn."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrescope.datasets._base import Dataset
from genrescope.datasets.table import read_numbers
from genrescope.errors import UsageError
from genrescope.explore._hear import LIMIT_S, Numbers, ear
from genrescope.features._store_pool import work_through
from genrescope.features.catalogue import make_feature
from genrescope.records import FloatArray, Track

MAX_HEARD = 200
"""More tracks than this are not listened to for a page; the sample is drawn evenly over the genres."""
NONE = "(none)"

OnTrack = Callable[[str], object]


@dataclass(frozen=True, eq=False)
class Measured:
    """Numbers of the tracks of a sample, a row a track.

    Attributes
    ----------
    tracks : tuple of Track
        Those that could be heard, or that the table has.
    n_asked : int
        How many were drawn.
    columns, rows : tuple of str, ndarray of shape (n_tracks, n_columns)
        FMA's 518 numbers, or the table's own.
    embeddings : ndarray of shape (n_tracks, n_embedding) or None
        Mean of the bundled model's embedding; None for a table.
    mels : tuple of ndarray
        Log-mel of the first seconds of each track, (n_frames, n_mels); empty for a table.
    durations_s, rates_hz : ndarray of shape (n_tracks,)
        Of the files; empty for a table.
    """

    tracks: tuple[Track, ...]
    n_asked: int
    columns: tuple[str, ...]
    rows: NDArray[np.float64]
    embeddings: FloatArray | None
    mels: tuple[FloatArray, ...]
    durations_s: NDArray[np.float64]
    rates_hz: NDArray[np.int64]

    @property
    def genres(self) -> list[str]:
        """The genre of each row."""
        return [track.genre or NONE for track in self.tracks]


def sample(dataset: Dataset, seed: int) -> list[Track]:
    """Draw at most `MAX_HEARD` tracks, as evenly over the genres as they allow."""
    rng = np.random.default_rng(seed)
    by_genre: dict[str, list[Track]] = {}
    for index in rng.permutation(len(dataset.tracks)):
        track = dataset.tracks[int(index)]
        by_genre.setdefault(track.genre or NONE, []).append(track)
    turns = [(place, genre, track) for genre, tracks in by_genre.items() for place, track in enumerate(tracks)]
    chosen = sorted(turns, key=lambda turn: (turn[0], turn[1]))[:MAX_HEARD]
    return [track for _, _, track in chosen]


def measure(dataset: Dataset, seed: int, on_track: OnTrack, workers: int | None) -> Measured:
    """Hear a sample of a data set, or read the numbers of a table.

    Raises
    ------
    UsageError
        None of the tracks could be heard.
    """
    if dataset.facts.name == "table":
        return _of_table(dataset)
    return _of_sound(sample(dataset, seed), on_track, workers)


def _of_table(dataset: Dataset) -> Measured:
    numbers, columns = read_numbers(dataset)
    rows = np.asarray(numbers, dtype=np.float64).reshape(len(numbers), -1)
    columns = columns or tuple(str(index) for index in range(rows.shape[1]))
    nothing = np.zeros(0)
    return Measured(dataset.tracks, len(dataset.tracks), columns, rows, None, (), nothing, nothing.astype(np.int64))


def _of_sound(tracks: Sequence[Track], on_track: OnTrack, workers: int | None) -> Measured:
    there = [track for track in tracks if track.path is not None]
    results = work_through(ear, [str(track.path) for track in there], workers=workers, limit_s=LIMIT_S)
    heard: list[tuple[Track, Numbers]] = []
    with closing(results):
        for track, numbers in zip(there, results, strict=True):
            if isinstance(numbers, Numbers):  # said on the page: how many could be heard; 'data check' says why
                heard.append((track, numbers))
            on_track(str(track.path))
    if not heard:
        raise UsageError("none of the tracks could be heard; see what is wrong with  genrescope data check.")
    kept = [numbers for _, numbers in heard]
    return Measured(
        tracks=tuple(track for track, _ in heard),
        n_asked=len(tracks),
        columns=make_feature("fma518").columns,
        rows=np.stack([one.row for one in kept]).astype(np.float64),
        embeddings=np.stack([one.embedding for one in kept]),
        mels=tuple(one.mel for one in kept),
        durations_s=np.array([one.duration_s for one in kept]),
        rates_hz=np.array([one.rate_hz for one in kept]),
    )

"""What is heard of a sample of a data set before anything is drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrescope.audio.stream import load
from genrescope.datasets._base import Dataset
from genrescope.datasets.table import read_numbers
from genrescope.errors import AudioError, UsageError
from genrescope.features.catalogue import make_feature
from genrescope.records import Clip, FloatArray, Track
from genrescope.runtime.model import load_model

MAX_HEARD = 200
"""More tracks than this are not listened to for a page; the sample is drawn evenly over the genres."""
MEL_S = 10.0
NONE = "(none)"

OnTrack = Callable[[int, int], object]


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


def measure(dataset: Dataset, seed: int, on_track: OnTrack) -> Measured:
    """Hear a sample of a data set, or read the numbers that it brings.

    Raises
    ------
    UsageError
        None of the tracks could be heard.
    """
    return _of_table(dataset) if dataset.features is not None else _of_sound(sample(dataset, seed), on_track)


def _of_table(dataset: Dataset) -> Measured:
    numbers, columns = read_numbers(dataset)
    rows = np.asarray(numbers, dtype=np.float64).reshape(len(numbers), -1)
    columns = columns or tuple(str(index) for index in range(rows.shape[1]))
    nothing = np.zeros(0)
    return Measured(dataset.tracks, len(dataset.tracks), columns, rows, None, (), nothing, nothing.astype(np.int64))


def _of_sound(tracks: Sequence[Track], on_track: OnTrack) -> Measured:
    statistics, mel, model = make_feature("fma518"), make_feature("logmel:over-time"), load_model()
    heard = []
    for done, track in enumerate(tracks, 1):
        try:
            if track.path is not None:
                clip = load(track.path, None)
                start = Clip(
                    _at(clip, track, mel.sample_rate_hz).samples[: int(MEL_S * (mel.sample_rate_hz or 1))], 22_050
                )
                heard.append(
                    (track, statistics.compute(clip), model.embed(clip).vectors.mean(axis=0), mel.compute(start), clip)
                )
        except (AudioError, UsageError):
            pass  # said on the page: how many of the sample could be heard; 'data check' says why
        on_track(done, len(tracks))
    if not heard:
        raise UsageError("none of the tracks could be heard; see what is wrong with  genrescope data check.")
    return Measured(
        tuple(one[0] for one in heard),
        len(tracks),
        statistics.columns,
        np.stack([one[1] for one in heard]).astype(np.float64),
        np.stack([one[2] for one in heard]),
        tuple(one[3] for one in heard),
        np.array([one[4].duration_s for one in heard]),
        np.array([one[4].sample_rate_hz for one in heard]),
    )


def _at(clip: Clip, track: Track, sample_rate_hz: int | None) -> Clip:
    return clip if sample_rate_hz in {None, clip.sample_rate_hz} else load(str(track.path), sample_rate_hz)

"""Tracks cut into segments: each is learned with its track's genres, and the track's answer is their mean.

Cut after splitting, never before: all segments of a track lie in the track's own part.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrescope.errors import UsageError
from genrescope.records import FloatArray
from genrescope.training.examples import Examples, Indices, Inputs


@dataclass(frozen=True, eq=False)
class Segments:
    """Inputs cut along time; segment ``i`` is the ``i % n_segments``-th of track ``i // n_segments``.

    Attributes
    ----------
    of : Inputs
        The tracks', all of one shape.
    n_frames : int
        Of a segment; frames that are left over at the end are not used.
    axis : int
        Of time in an example: 0 in a spectrogram, 1 in a picture.
    """

    of: Inputs
    n_frames: int
    axis: int = 0

    @property
    def n_segments(self) -> int:
        """How many a track has."""
        return (self.of.shape or ())[self.axis] // self.n_frames

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one segment."""
        whole = self.of.shape or ()
        return (*whole[: self.axis], self.n_frames, *whole[self.axis + 1 :])

    def __len__(self) -> int:
        return len(self.of) * self.n_segments

    def batch(self, indices: Indices) -> NDArray[Any]:
        """Return segments; each track that is needed is read once."""
        at = np.asarray(indices, dtype=np.int64)
        tracks, place = np.unique(at // self.n_segments, return_inverse=True)
        read = np.moveaxis(self.of.batch(tracks), self.axis + 1, 1)
        cut = read[:, : self.n_segments * self.n_frames]
        cut = cut.reshape(len(tracks), self.n_segments, self.n_frames, *read.shape[2:])
        return np.ascontiguousarray(np.moveaxis(cut[place, at % self.n_segments], 1, self.axis + 1))


def in_segments(examples: Examples, n_frames: int, *, axis: int = 0) -> Examples:
    """Return the segments of tracks as examples; ids are those of the tracks with ``#0``, ``#1`` … behind.

    Raises
    ------
    UsageError
        The tracks differ in length, have no time axis, or are shorter than a segment.
    """
    shape = examples.inputs.shape
    if shape is None or len(shape) < 2:
        raise UsageError(f"segment_frames cuts spectrograms and pictures of one shape; the examples' shape is {shape}.")
    if not 0 < n_frames <= shape[axis]:
        raise UsageError(f"segment_frames={n_frames} does not fit into an example's {shape[axis]} frames.")
    cut = Segments(examples.inputs, n_frames, axis)
    n = cut.n_segments
    return replace(
        examples,
        ids=tuple(f"{track_id}#{number}" for track_id in examples.ids for number in range(n)),
        inputs=cut,
        targets=np.repeat(examples.targets, n, axis=0),
        groups=tuple(group for group in examples.groups for _ in range(n)),
        input={**examples.input, "segment_frames": n_frames},
    )


def mean_of_segments(probabilities: FloatArray, n_tracks: int) -> FloatArray:
    """Return the tracks' answers, shape (n_tracks, n_labels), from those of their segments in order."""
    means = probabilities.reshape(n_tracks, -1, probabilities.shape[1]).mean(axis=1)
    return np.asarray(means, dtype=np.float32)

"""Segments: cut in order, in the track's own part, and put together again by their mean."""

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.training.examples import ArrayInputs
from genrescope.training.segments import Segments, in_segments, mean_of_segments
from tests.training._sets import bands


def test_segments_are_stretches_of_their_track() -> None:
    tracks = bands(4, 0)
    cut = in_segments(tracks, 12)
    assert cut.inputs.shape == (12, 24)
    assert len(cut) == 12  # 40 frames hold three, 4 are left over
    whole = tracks.inputs.batch(range(4))
    np.testing.assert_array_equal(cut.inputs.batch([7, 0, 2]), [whole[2, 12:24], whole[0, :12], whole[0, 24:36]])
    assert cut.ids[7] == f"{tracks.ids[2]}#1"
    assert cut.groups[7] == tracks.groups[2]
    assert cut.targets.tolist() == np.repeat(tracks.targets, 3).tolist()
    assert cut.fingerprint != tracks.fingerprint


def test_pictures_are_cut_along_their_columns() -> None:
    pictures = np.arange(2 * 3 * 8 * 3).reshape(2, 3, 8, 3).astype(np.uint8)
    cut = Segments(ArrayInputs(pictures), 4, axis=1)
    assert cut.shape == (3, 4, 3)
    np.testing.assert_array_equal(cut.batch([3, 0]), [pictures[1, :, 4:], pictures[0, :, :4]])


def test_a_tracks_answer_is_the_mean() -> None:
    said = np.array([[1, 0], [0, 1], [0, 1], [0, 1]], dtype=np.float32)
    np.testing.assert_array_equal(mean_of_segments(said, 2), [[0.5, 0.5], [0, 1]])


@pytest.mark.parametrize("n_frames", [0, 41])
def test_segments_fit_into_a_track(n_frames: int) -> None:
    with pytest.raises(UsageError, match="does not fit into an example's 40 frames"):
        in_segments(bands(2, 0), n_frames)

"""Colours that can be told apart, by those with a colour blindness too."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from genrescope.palette import COLOURS, OTHER_COLOUR, assign_colours, rgb

# How linear RGB looks to people without one kind of cone: Machado, Oliveira and Fernandes 2009, severity 1.
SEEN_BY = {
    "all": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
GENRES = [f"genre {number}" for number in range(25)]


def lab(colour: str, seen_by: str) -> NDArray[np.float64]:
    """Return the CIE L*a*b* coordinates of a colour as somebody sees it."""
    value = np.array(rgb(colour)) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    linear = (np.array(SEEN_BY[seen_by]) @ linear).clip(0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(to_xyz @ linear / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("seen_by", SEEN_BY)
def test_any_two_colours_can_be_told_apart(seen_by: str) -> None:
    for one, other in combinations((*COLOURS, OTHER_COLOUR), 2):
        assert np.linalg.norm(lab(one, seen_by) - lab(other, seen_by)) > 10, (one, other)


def test_a_genre_keeps_its_colour_from_song_to_song() -> None:
    assert assign_colours(GENRES[:3], GENRES)["genre 2"] == assign_colours(GENRES[2:4], GENRES)["genre 2"]


def test_no_two_genres_of_a_picture_share_a_colour() -> None:
    shown = [GENRES[0], GENRES[7], GENRES[14], GENRES[21], GENRES[3]]
    assert len(set(assign_colours(shown, GENRES).values())) == len(shown)


def test_after_the_seventh_all_are_grey() -> None:
    colours = assign_colours(GENRES[:9], GENRES)
    assert list(colours.values())[:7] == list(COLOURS)
    assert list(colours.values())[7:] == [OTHER_COLOUR] * 2

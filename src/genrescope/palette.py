"""The colours of genres, the same in the terminal, in notebooks and in plots.

Seven colours that people with any of the common colour blindnesses can tell apart (Okabe and Ito 2008, without black)
and a grey for everything else. More than seven at once cannot be told apart by anybody, so pictures show the
strongest seven at most.
"""

from collections.abc import Sequence

COLOURS: tuple[str, ...] = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
"""Colours of genres, as ``#RRGGBB``."""

OTHER_COLOUR = "#BBBBBB"
"""Colour of all genres that have none of their own."""


def assign_colours(shown: Sequence[str], vocabulary: Sequence[str]) -> dict[str, str]:
    """Give each genre that a picture shows a colour of its own.

    A genre's colour follows from its place in the vocabulary, so it is mostly the same from song to song; where two
    that are shown would share one, the weaker takes the next free colour.

    Parameters
    ----------
    shown : sequence of str
        The genres of the picture, strongest first. Those after the seventh get `OTHER_COLOUR`.
    vocabulary : sequence of str
        All genres that the model knows, in its order.

    Returns
    -------
    dict of str to str
        Colour by genre, as ``#RRGGBB``.

    Examples
    --------
    >>> assign_colours(["rock", "blues"], ["blues", "rock"])
    {'rock': '#56B4E9', 'blues': '#E69F00'}
    """
    chosen: dict[str, str] = {}
    for label in shown:
        first = list(vocabulary).index(label)
        wished = [COLOURS[(first + step) % len(COLOURS)] for step in range(len(COLOURS))]
        taken = set(chosen.values())
        chosen[label] = next((colour for colour in wished if colour not in taken), OTHER_COLOUR)
    return chosen


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue (0 to 255) of a colour written as ``#RRGGBB``.

    Examples
    --------
    >>> rgb("#E69F00")
    (230, 159, 0)
    """
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)

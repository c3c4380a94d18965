"""A course over time in one line of text: a letter for each genre, coloured where the terminal has colours."""

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from genrescope.palette import assign_colours, rgb
from genrescope.records import Timeline

if TYPE_CHECKING:
    from rich.text import Text


def letters(vocabulary: Sequence[str]) -> dict[str, str]:
    """Give each genre a letter of its own, so that a strip can be read without colours.

    Its first letter where that is free (as a capital, else small), then the others of its name, then whatever is left.

    Examples
    --------
    >>> letters(["reggae", "rock", "rap"])
    {'reggae': 'R', 'rock': 'r', 'rap': 'A'}
    """
    spare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    chosen: dict[str, str] = {}
    for label in vocabulary:
        own = [letter for letter in label if letter.isascii() and letter.isalnum()]
        wished = [form for letter in own for form in (letter.upper(), letter.lower())]
        taken = set(chosen.values())
        chosen[label] = next((letter for letter in [*wished, *spare] if letter not in taken), "?")
    return chosen


def course(timeline: Timeline, n_cells: int) -> list[str]:
    """Return the strongest genre in each of (at most) `n_cells` equal parts of a timeline."""
    n_windows = len(timeline.probabilities)
    bounds = np.linspace(0, n_windows, min(n_cells, n_windows) + 1).round().astype(int)
    parts = itertools.pairwise(bounds)
    return [timeline.labels[timeline.probabilities[first:last].mean(axis=0).argmax()] for first, last in parts]


def draw_strip(cells: Sequence[str], vocabulary: Sequence[str], n_cells: int) -> "Text":
    """Draw a course as letters on their colours; a short one is stretched to `n_cells`."""
    from rich.text import Text

    letter = letters(vocabulary)
    text = Text()
    for label in np.repeat(cells, np.diff(np.linspace(0, n_cells, len(cells) + 1).round().astype(int))):
        text.append(letter[label], style=genre_style(str(label), vocabulary))
    return text


def draw_legend(shown: Iterable[str], vocabulary: Sequence[str], width: int) -> "list[Text]":
    """Say which letter is which genre, in lines of at most `width` columns."""
    from rich.text import Text

    letter = letters(vocabulary)
    lines = [Text()]
    for label in shown:
        entry = Text.assemble((letter[label], genre_style(label, vocabulary)), f" {label}   ")
        if lines[-1].cell_len + entry.cell_len - 3 > width:
            lines.append(Text())
        lines[-1].append_text(entry)
    for line in lines:
        line.rstrip()
    return lines


def genre_style(label: str, vocabulary: Sequence[str]) -> str:
    """Return the colours of a genre's cell: its own behind the letter, and black or white for the letter."""
    colour = assign_colours([label], vocabulary)[label]
    red, green, blue = rgb(colour)
    bright = 0.299 * red + 0.587 * green + 0.114 * blue > 110
    return f"{'black' if bright else 'white'} on {colour}"

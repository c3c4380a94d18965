"""Answers for people: one song as a picture, several as a table that grows row by row."""

import math
import os
from typing import TYPE_CHECKING

from genrescope.cli._lines import Answer, plain
from genrescope.cli._strip import course, draw_legend, draw_strip, genre_style
from genrescope.records import GenreScore, Prediction

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

MAX_WIDTH = 110
"""Characters; lines longer than that are hard to follow."""


def clock(seconds: float) -> str:
    """Write a time as m:ss, or h:mm:ss from an hour on.

    Examples
    --------
    >>> clock(83.4), clock(3600)
    ('1:23', '1:00:00')
    """
    whole = math.floor(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def percent(share: float) -> str:
    """Write a share in whole percent; a little is not nothing.

    Examples
    --------
    >>> percent(0.714), percent(0.002)
    ('71%', '<1%')
    """
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def shorten(text: str, width: int) -> str:
    """Cut a path to `width` columns from its beginning, because its end tells songs apart."""
    from rich.cells import cell_len

    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > width - 1:
        text = text[1:]
    return "…" + text


class PeopleSink:
    """Prints answers for people on standard output.

    Parameters
    ----------
    vocabulary : list of str
        The labels of the answers, in the model's order.
    top : int
        How many genres to show.
    single : bool
        Whether one file is asked for: it gets a picture instead of a row.
    """

    def __init__(self, vocabulary: list[str], top: int, *, single: bool) -> None:
        from rich.console import Console

        self._console = Console(highlight=False, soft_wrap=True)
        self._width = min(self._console.width, MAX_WIDTH)
        self._vocabulary, self._top, self._single = vocabulary, top, single
        self._shown: dict[str, None] = {}
        self._begun = False

    @property
    def console(self) -> "Console":
        """Where it prints."""
        return self._console

    def write(self, answer: Answer) -> None:
        """Print an answer."""
        if not isinstance(answer, Prediction):
            self._say(f"{plain(answer.path)}: no answer", f"{answer.kind}: {answer.message}", style="bold")
        elif self._single:
            self._print_song(answer)
        else:
            self._print_row(answer)

    def close(self) -> None:
        """Print what the letters of the table mean."""
        if self._shown and not self._single:
            in_order = [label for label in self._vocabulary if label in self._shown]
            self._console.print()
            for line in draw_legend(in_order, self._vocabulary, self._width):
                self._console.print(line)

    def _say(self, head: str, message: str, style: str) -> None:
        from rich.text import Text

        self._console.print(Text(head, style=style))
        self._console.print(Text(f"  {plain(message)}"))

    def _print_song(self, answer: Prediction) -> None:
        from rich.text import Text

        self._console.print(Text(plain(os.path.basename(answer.path)), style="bold"), Text(_facts(answer)))
        self._console.print(self._genre_table(answer))
        if answer.timeline is not None:
            n_cells = self._width - 2
            cells = course(answer.timeline, n_cells)
            end = clock(answer.duration_s)
            self._console.print()
            self._console.print(Text("  ") + draw_strip(cells, self._vocabulary, n_cells))
            self._console.print(Text("  0:00" + end.rjust(n_cells - 4)))
            by_share = sorted(dict.fromkeys(cells), key=lambda label: -cells.count(label))
            for line in draw_legend(by_share, self._vocabulary, n_cells):
                self._console.print(Text("  ") + line)
        for notice in answer.warnings:
            self._console.print(Text(f"  ! {notice.kind}: {plain(notice.message)}"))

    def _genre_table(self, answer: Prediction) -> "Table":
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
        for justify in ("left", "left", "right", "left"):
            table.add_column(justify=justify, no_wrap=True)
        for score in answer.genres[: self._top]:
            bar = "━" * max(1, round(score.confidence * (self._width - 40)))
            colour = genre_style(score.label, self._vocabulary).rsplit(" ", 1)[-1]
            table.add_row("", Text(score.label), percent(score.confidence), Text(bar, style=colour))
        return table

    def _print_row(self, answer: Prediction) -> None:
        from rich.text import Text

        table = self._row_table()
        genres = ("? " if answer.unsure else "") + _join(answer.genres[: self._top])
        table.add_row(Text(shorten(plain(answer.path), self._widths[0])), Text(genres), self._row_strip(answer))
        self._console.print(table)
        for notice in answer.warnings:
            self._console.print(Text(f"  ! {notice.kind}: {plain(notice.message)}"))

    @property
    def _widths(self) -> tuple[int, int, int]:
        """Columns of the path, the genres and the course."""
        strip = max(8, self._width // 5)
        name = max(12, (self._width - strip) * 7 // 20)
        return name, self._width - strip - name - 4, strip

    def _row_table(self) -> "Table":
        from rich.table import Table

        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=not self._begun, header_style="bold")
        for name, width in zip(("file", "genres", "course"), self._widths, strict=True):
            table.add_column(name, width=width, no_wrap=name != "genres", overflow="fold")
        self._begun = True
        return table

    def _row_strip(self, answer: Prediction) -> "Text":
        from rich.text import Text

        if answer.timeline is None:
            return Text()
        n_cells = self._widths[2]
        cells = course(answer.timeline, n_cells)
        self._shown |= dict.fromkeys(cells)
        return draw_strip(cells, self._vocabulary, n_cells)


def _facts(answer: Prediction) -> str:
    facts = [clock(answer.duration_s)]
    if answer.voice is not None:
        facts.append(f"voice in {answer.voice:.0%}")
    if answer.unsure:
        facts.append("unsure: take these as guesses")
    return " · ".join(facts)


def _join(scores: tuple[GenreScore, ...]) -> str:
    return ", ".join(f"{score.label} {percent(score.confidence)}" for score in scores)

"""How far a long run is, on standard error: a line that renews itself on a terminal, now and then a line elsewhere."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from genrescope.cli._terminal import clock

SILENT_S = 2.0
"""A run shorter than this says nothing."""
BETWEEN_LINES_S = 10.0
"""Where standard error is no terminal, lines come no more often than this."""


class _LateProgress(Progress):
    """A progress display that shows nothing in the first two seconds."""

    begun_s = 0.0

    def get_renderables(self) -> Iterator[RenderableType]:
        if time.monotonic() - self.begun_s >= SILENT_S:
            yield from super().get_renderables()


class Advance:
    """Tells how far a run is.

    Parameters
    ----------
    paths : sequence of str
        The files of the run; the time left is reckoned from their sizes.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._sizes = {path: _size(path) for path in paths}
        self._total, self._n_files = sum(self._sizes[path] for path in paths), len(paths)
        self._done = self._n_done = 0
        self._begun_s = time.monotonic()
        self._counted_from = (self._begun_s, 0.0)
        self._next_line_s = self._begun_s + SILENT_S
        console = Console(stderr=True)
        self._live = _LateProgress(
            SpinnerColumn(),
            MofNCompleteColumn(),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            expand=False,
        )
        self._live.begun_s = self._begun_s
        self._task = self._live.add_task("", total=self._n_files)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the display for as long as the run takes."""
        with self._live:
            yield

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the display away while something is printed on a terminal."""
        both = sys.stdout.isatty() and not self._live.disable
        if both:
            self._live.stop()
        try:
            yield
        finally:
            if both:
                self._live.start()

    def step(self, path: str) -> None:
        """Count a file as done."""
        self._done += self._sizes.get(path, 0)
        self._n_done += 1
        if self._n_done == 1 < self._n_files:
            # Workers start and models load before it: that says nothing of the files to come.
            self._counted_from = (time.monotonic(), self._done)
        words = self._left(self._done)
        self._live.update(self._task, completed=self._n_done, description=words)
        self._tell_now_and_then(words)

    def within(self, path: str, heard_s: float, claimed_s: float | None) -> None:
        """Tell how far a file is that has been heard for `heard_s` of the `claimed_s` that it may claim."""
        share = min(heard_s / claimed_s, 1.0) if claimed_s else 0.0
        done = self._done + share * self._sizes.get(path, 0)
        of = f" of {clock(claimed_s)}" if claimed_s else ""
        left = self._left(done)
        words = f"{clock(heard_s)}{of} heard{f', {left}' if left else ''}"
        self._live.update(self._task, completed=self._n_done + share, description=words)
        self._tell_now_and_then(words)

    def _tell_now_and_then(self, words: str) -> None:
        now_s = time.monotonic()
        if self._live.disable and now_s >= self._next_line_s and self._n_done < self._n_files:
            self._next_line_s = now_s + BETWEEN_LINES_S
            sys.stderr.write(f"{self._n_done} of {self._n_files} files{f', {words}' if words else ''}\n")
            sys.stderr.flush()

    def _left(self, done: float) -> str:
        """Return how long the rest will take, by the bytes that are done; nothing where that cannot be told yet."""
        since_s, before = self._counted_from
        if done <= before:
            return ""
        left_s = (time.monotonic() - since_s) * (self._total - done) / (done - before)
        return f"about {clock(left_s)} left"


def _size(path: str) -> int:
    try:
        return max(1, os.stat(path).st_size)
    except (OSError, ValueError):
        return 1

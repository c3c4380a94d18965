"""How far a download is, on standard error: a line that renews itself on a terminal, now and then a line elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import TransferSpeedColumn as SpeedColumn

from genrescope.cli._progress import BETWEEN_LINES_S, SILENT_S
from genrescope.cli._terminal import clock


class _LateProgress(Progress):
    """A progress display that shows nothing in the first two seconds."""

    begun_s = 0.0

    def get_renderables(self) -> Iterator[RenderableType]:
        if time.monotonic() - self.begun_s >= SILENT_S:
            yield from super().get_renderables()


class Transfer:
    """Tells how many bytes of which step are done, how fast it goes, and how long it still takes."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), SpeedColumn())
        left = (TimeRemainingColumn(), TextColumn("left"))
        self._live = _LateProgress(*columns, *left, console=console, transient=True, disable=not console.is_terminal)
        self._live.begun_s = time.monotonic()
        self._next_line_s = self._live.begun_s + SILENT_S
        self._words, self._task = "", TaskID(0)
        self._step_begun_s, self._step_first = 0.0, 0

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the display for as long as the run takes."""
        with self._live:
            yield

    def report(self, words: str, done: int, total: int | None) -> None:
        """Take the advance; it is a `fetch.Report`."""
        now_s = time.monotonic()
        if words != self._words:
            if self._words:
                self._live.remove_task(self._task)
            self._task = self._live.add_task(words, completed=done, total=total)
            self._words, self._step_begun_s, self._step_first = words, now_s, done
        self._live.update(self._task, completed=done, total=total)
        if self._live.disable and now_s >= self._next_line_s:
            self._next_line_s = now_s + BETWEEN_LINES_S
            sys.stderr.write(f"{words}: {self._course(done, total, now_s - self._step_begun_s)}\n")
            sys.stderr.flush()

    def _course(self, done: int, total: int | None, taken_s: float) -> str:
        if total is None:
            return f"{done / 1e6:,.1f} MB"
        new = done - self._step_first  # what an earlier run fetched says nothing of the speed
        left = f", about {clock(taken_s * (total - done) / new)} left" if new > 0 else ""
        return f"{done / 1e6:,.1f} of {total / 1e6:,.1f} MB{left}"

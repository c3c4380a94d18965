"""Many files in several processes: in order, few at a time, and no file can stop the others.

A decoder can hang or crash on a bad file. Each file is answered in a process of its own set; a process that passes
the time limit or dies is replaced, its file gets an error, and the rest go on.
"""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING

from genrescope.errors import AudioError, GenrescopeError
from genrescope.records import Prediction
from genrescope.runtime.blocks import Source, source_name

if TYPE_CHECKING:
    from pebble import ProcessFuture, ProcessPool

Answer = Prediction | AudioError
"""What becomes of a file."""

Answerer = Callable[[Source], Answer]

IN_FLIGHT = 4
"""Files a worker that are handed out ahead, so that one long file does not leave the other workers idle."""

_LOOK_S = 0.5
_answerer: Answerer | None = None  # a worker's own; set once, when the worker starts


def answer_in_processes(
    prepare: Callable[[], Answerer], sources: Iterable[Source], *, workers: int, limit_s: float
) -> Generator[Answer]:
    """Answer files in worker processes, one answer for every file, in order.

    Parameters
    ----------
    prepare : callable
        Makes what answers a file; sent to each worker, so it must be picklable.
    sources : iterable of Source
        The files; read only as far ahead as there is work.
    workers : int
        How many processes.
    limit_s : float
        Seconds that one file may take before its worker is replaced.

    Yields
    ------
    Prediction or AudioError
        In the order of `sources`.

    Raises
    ------
    GenrescopeError
        Where worker processes cannot be started at all.
    """
    crew = _Crew(prepare, workers, limit_s)
    todo = iter(sources)
    try:
        while True:
            while crew.has_room and (source := next(todo, None)) is not None:
                crew.hand_out(source)
            if crew.idle:
                return
            yield crew.next_answer()
    finally:
        crew.dismiss()


class _Crew:
    """Worker processes and the files they have, first come first served."""

    def __init__(self, prepare: Callable[[], Answerer], workers: int, limit_s: float) -> None:
        self._prepare, self._workers, self._limit_s = prepare, workers, limit_s
        self._handed_out: deque[tuple[Source, ProcessFuture[Answer]]] = deque()
        self._answered_since_start = True
        self._pool = self._new_pool()

    @property
    def has_room(self) -> bool:
        return len(self._handed_out) < IN_FLIGHT * self._workers

    @property
    def idle(self) -> bool:
        return not self._handed_out

    def hand_out(self, source: Source) -> None:
        if not self._pool.active:
            self._start_again()
        self._handed_out.append((source, self._schedule(source)))

    def next_answer(self) -> Answer:
        """Wait for the answer to the file that was handed out first."""
        while True:
            source, future = self._handed_out[0]
            done, _ = wait([future], timeout=_LOOK_S)
            # A file handed to a pool that breaks at that moment would be waited for without end.
            if (done and isinstance(future.exception(), BrokenProcessPool)) or not (done or self._pool.active):
                self._start_again()
            elif done:
                self._handed_out.popleft()
                self._answered_since_start = True
                return _answer(source, future)

    def dismiss(self) -> None:
        """Stop the workers at once, whatever they are doing."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def _start_again(self) -> None:
        """Hire a new set of workers after the pool broke, and hand out again what has no answer yet."""
        self.dismiss()
        if not self._answered_since_start:
            raise GenrescopeError(
                "worker processes end as soon as they start. In a script, call predict_many below "
                "`if __name__ == '__main__':`; otherwise leave `workers` out to work in this process."
            )
        self._answered_since_start = False
        self._pool = self._new_pool()
        self._handed_out = deque(
            (source, future if _has_answer(future) else self._schedule(source)) for source, future in self._handed_out
        )

    def _new_pool(self) -> "ProcessPool":
        from pebble import ProcessPool

        # Spawn, on every system: a forked copy of a process with threads (ONNX Runtime's) can hang.
        context = multiprocessing.get_context("spawn")
        pool = ProcessPool(self._workers, initializer=_start_worker, initargs=(self._prepare,), context=context)
        with _interrupts_held_back():
            _ = pool.active  # asking starts it: its threads, and the workers that they start
        return pool

    def _schedule(self, source: Source) -> "ProcessFuture[Answer]":
        return self._pool.schedule(_work, args=(source,), timeout=self._limit_s)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let Ctrl-C wait: what is started meanwhile never gets it, and a worker cannot break down while it still loads."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # before, because starting it lets interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _has_answer(future: "ProcessFuture[Answer]") -> bool:
    return future.done() and not isinstance(future.exception(), BrokenProcessPool)


def _answer(source: Source, future: "ProcessFuture[Answer]") -> Answer:
    """Say in words what became of a worker that has no answer."""
    from pebble import ProcessExpired

    try:
        return future.result()
    except TimeoutError:
        message = "it took too long and was given up; see whether it plays, or allow it more time."
        return AudioError("timeout", source_name(source), message)
    except ProcessExpired as error:
        message = f"the process that read it broke down (exit code {error.exitcode}); convert the file and try again."
        return AudioError("damaged", source_name(source), message)
    except MemoryError:
        return AudioError("too_large", source_name(source), "there is not enough memory for it; use fewer workers.")


def _start_worker(prepare: Callable[[], Answerer]) -> None:
    global _answerer  # noqa: PLW0603 - a worker has no other place to keep what it loaded once
    _answerer = prepare()


def _work(source: Source) -> Answer:
    if _answerer is None:
        raise GenrescopeError("the worker process was not set up; this is a fault of genrescope, please report it.")
    return _answerer(source)

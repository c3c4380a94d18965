"""Many tasks in processes of their own: results in order, few at a time, and no task can stop the others."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from genrescope.errors import GenrescopeError

if TYPE_CHECKING:
    from pebble import ProcessFuture, ProcessPool

T = TypeVar("T")
R = TypeVar("R")

IN_FLIGHT = 4
"""Tasks a worker that are handed out ahead, so that one long task does not leave the other workers idle."""

_LOOK_S = 0.5
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_job: Callable[[Any], Any] | None = None  # a worker's own; set once, when the worker starts


@dataclass(frozen=True)
class Lost(Generic[T]):
    """A task without a result: the process that had it took too long, broke down or ran out of memory."""

    task: T
    kind: str
    message: str


def work_through(
    prepare: Callable[[], Callable[[T], R]], tasks: Iterable[T], *, workers: int | None, limit_s: float
) -> Generator[R | Lost[T]]:
    """Yield a result for every task, in order; see `in_processes`. Without `workers` the work is done here."""
    if workers is None:
        job = prepare()
        return (job(task) for task in tasks)  # a generator, as the other
    return in_processes(prepare, tasks, workers=workers, limit_s=limit_s)


def in_processes(
    prepare: Callable[[], Callable[[T], R]], tasks: Iterable[T], *, workers: int, limit_s: float
) -> Generator[R | Lost[T]]:
    """Do tasks in worker processes of one thread each.

    Parameters
    ----------
    prepare : callable
        Makes what does a task; sent to each worker, so it must be picklable.
    tasks : iterable
        Read only as far ahead as there is work.
    workers : int
        How many processes.
    limit_s : float
        Seconds that one task may take before its worker is replaced.

    Yields
    ------
    result or Lost
        One for every task, in order.

    Raises
    ------
    GenrescopeError
        Where worker processes cannot be started at all.
    """
    todo = iter(tasks)
    with _one_thread_each():
        crew: _Crew[T, R] = _Crew(prepare, workers, limit_s)
        try:
            while True:
                while crew.has_room and (task := next(todo, None)) is not None:
                    crew.hand_out(task)
                if not crew.handed_out:
                    return
                yield crew.next_result()
        finally:
            crew.dismiss()


class _Crew(Generic[T, R]):
    """Worker processes and the tasks they have, first come first served."""

    def __init__(self, prepare: Callable[[], Callable[[T], R]], workers: int, limit_s: float) -> None:
        self._prepare, self._workers, self._limit_s = prepare, workers, limit_s
        self.handed_out: deque[tuple[T, ProcessFuture[R]]] = deque()
        self._worked_since_start = True
        self._pool = self._new_pool()

    @property
    def has_room(self) -> bool:
        return len(self.handed_out) < IN_FLIGHT * self._workers

    def hand_out(self, task: T) -> None:
        if not self._pool.active:
            self._start_again()
        self.handed_out.append((task, self._schedule(task)))

    def next_result(self) -> R | Lost[T]:
        """Wait for the result of the task that was handed out first."""
        while True:
            task, future = self.handed_out[0]
            done, _ = wait([future], timeout=_LOOK_S)
            # A task handed to a pool that breaks at that moment would be waited for without end.
            if (done and isinstance(future.exception(), BrokenProcessPool)) or not (done or self._pool.active):
                self._start_again()
            elif done:
                self.handed_out.popleft()
                self._worked_since_start = True
                return _result(task, future)

    def dismiss(self) -> None:
        """Stop the workers at once, whatever they are doing."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def _start_again(self) -> None:
        """Hire new workers after the pool broke, and hand out again what has no result yet."""
        self.dismiss()
        if not self._worked_since_start:
            raise GenrescopeError(
                "worker processes end as soon as they start. In a script, begin the work below "
                "`if __name__ == '__main__':`; otherwise leave `workers` out to work in this process."
            )
        self._worked_since_start = False
        self._pool = self._new_pool()
        self.handed_out = deque(
            (task, future if _has_result(future) else self._schedule(task)) for task, future in self.handed_out
        )

    def _new_pool(self) -> "ProcessPool":
        from pebble import ProcessPool

        # Spawn, on every system: a forked copy of a process with threads can hang.
        context = multiprocessing.get_context("spawn")
        return ProcessPool(self._workers, initializer=_start_worker, initargs=(self._prepare,), context=context)

    def _schedule(self, task: T) -> "ProcessFuture[R]":
        return self._pool.schedule(_work, args=(task,), timeout=self._limit_s)


def _has_result(future: "ProcessFuture[R]") -> bool:
    return future.done() and not isinstance(future.exception(), BrokenProcessPool)


def _result(task: T, future: "ProcessFuture[R]") -> R | Lost[T]:
    """Say in words what became of a worker that has no result."""
    from pebble import ProcessExpired

    try:
        return future.result()
    except TimeoutError:
        return Lost(task, "timeout", "it took too long and was given up; see whether it plays, or allow it more time.")
    except ProcessExpired as error:
        words = f"the process that read it broke down (exit code {error.exitcode}); convert the file and try again."
        return Lost(task, "damaged", words)
    except MemoryError:
        return Lost(task, "too_large", "there is not enough memory for it; use fewer workers.")


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let the processes that are started meanwhile use one thread; their numeric libraries read this when loaded."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _start_worker(prepare: Callable[[], Callable[[Any], Any]]) -> None:
    global _job  # noqa: PLW0603 - a worker has no other place to keep what it made once
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that keeps the results
    _job = prepare()


def _work(task: Any) -> Any:
    if _job is None:
        raise GenrescopeError("the worker process was not set up; this is a fault of genrescope, please report it.")
    return _job(task)

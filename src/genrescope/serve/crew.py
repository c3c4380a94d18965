"""The processes that hear, from the service's side: who is free, who is late, who died.

Each worker has a pipe of its own, so that one that is killed in the middle of a word takes nobody else's with it.
(A pool with shared queues does not give that, nor pieces of an answer before its end.)
"""

import asyncio
import json
import multiprocessing
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import chain, repeat
from multiprocessing import reduction, resource_tracker
from multiprocessing.connection import Connection

from genrescope.card import ModelCard
from genrescope.errors import GenrescopeError, ModelError
from genrescope.runtime.session import available_cores
from genrescope.serve import _worker
from genrescope.serve._worker import Job
from genrescope.serve.answers import error_json
from genrescope.serve.settings import ServeSettings

__all__ = ["Crew", "Event", "Job"]


@dataclass(frozen=True)
class Event:
    """Something that is said of an upload; the last is an answer or an error.

    Attributes
    ----------
    tag : str
        ``line``, ``answer`` or ``error``.
    fact : str
        Of an answer the seconds of sound, of an error its kind.
    body : bytes
        A line of JSON.
    """

    tag: str
    fact: str
    body: bytes

    @property
    def is_last(self) -> bool:
        """Whether nothing follows."""
        return self.tag != _worker.LINE


class Crew:
    """The workers of a service; start it inside a running event loop.

    Parameters
    ----------
    settings : ServeSettings
        How many there are, and what they may spend.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self._settings = settings
        self._threads = max(1, available_cores() // settings.workers)
        self._hired: set[_Worker] = set()
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()
        self._hiring: set[asyncio.Task[None]] = set()
        self._closed = False
        self.n_working = 0
        self.n_replaced = 0

    @property
    def n_alive(self) -> int:
        """Workers that run."""
        return sum(worker.is_alive for worker in self._hired)

    async def start(self) -> list[ModelCard]:
        """Start the workers, and return the cards of the models that they opened.

        Raises
        ------
        ModelError
            A model cannot be used.
        GenrescopeError
            Workers do not come up.
        """
        workers = [self._hire() for _ in range(self._settings.workers)]
        cards = [await worker.ready() for worker in workers]
        for worker in workers:
            self._free.put_nowait(worker)
        return cards[0]

    @asynccontextmanager
    async def hear(self, job: Job, descriptor: int) -> AsyncIterator[AsyncIterator[Event]]:
        """Have an upload heard as soon as a worker is free; who leaves early frees the worker at once.

        Parameters
        ----------
        job : Job
            What is asked.
        descriptor : int
            The upload's open file.

        Yields
        ------
        asynchronous iterator of Event
            As they come; the last is the answer or an error.
        """
        events: asyncio.Queue[Event] = asyncio.Queue()
        task = asyncio.create_task(self._hear(job, descriptor, events))
        try:
            yield _until_last(events, task)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def close(self) -> None:
        """Stop every worker at once."""
        self._closed = True
        for worker in list(self._hired):
            self._hired.discard(worker)
            worker.kill()

    async def _hear(self, job: Job, descriptor: int, events: asyncio.Queue[Event]) -> None:
        """Put all that a worker says into a queue; it is free for the next as soon as it is done."""
        worker = await self._take()
        self.n_working += 1
        is_well = False
        try:
            worker.ask(job, descriptor)
            async with asyncio.timeout(self._settings.max_wall_s):
                while not is_well:
                    event = await worker.next_event()
                    is_well = event.is_last
                    events.put_nowait(event)
        except TimeoutError:
            message = f"hearing it took more than {self._settings.max_wall_s:g} s and was given up; send a part of it."
            events.put_nowait(_failure(job, "timeout", message))
        except _GoneError as gone:
            events.put_nowait(_failure(job, gone.kind, gone.message))
        finally:
            self.n_working -= 1
            if is_well:
                self._free.put_nowait(worker)
            else:
                self._replace(worker)

    async def _take(self) -> "_Worker":
        """Wait for a worker that is free and alive."""
        while True:
            worker = await self._free.get()
            if worker.is_alive:
                return worker
            self._replace(worker)  # it died while it had nothing to do

    def _hire(self) -> "_Worker":
        worker = _Worker(self._settings, self._threads)
        self._hired.add(worker)
        return worker

    def _replace(self, worker: "_Worker") -> None:
        worker.kill()
        self._hired.discard(worker)
        if not self._closed:
            self.n_replaced += 1
            task = asyncio.create_task(self._bring_in())
            self._hiring.add(task)
            task.add_done_callback(self._hiring.discard)

    async def _bring_in(self) -> None:
        """Start a worker in the place of one that is gone, however often it takes."""
        for pause_s in chain((0.0, 1.0, 5.0), repeat(30.0)):
            await asyncio.sleep(pause_s)
            worker = self._hire()
            try:
                await worker.ready()
            except GenrescopeError:
                worker.kill()
                self._hired.discard(worker)
                continue
            self._free.put_nowait(worker)
            return


class _GoneError(Exception):
    """A worker's process has ended: a signal took it, as a file can bring about, or a fault of ours."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(f"exit code {exit_code}")
        by_fault = exit_code is not None and exit_code > 0
        self.kind = "failed" if by_fault else "damaged"
        self.message = (
            "the service failed on this; its log says why. Please report it."
            if by_fault
            else f"the process that read it broke down ({self}); convert the file and try again."
        )


class _Worker:
    """A process, its pipe, and the thread that listens to it."""

    def __init__(self, settings: ServeSettings, threads: int) -> None:
        # Spawn, on every system: a forked copy of a process with threads can hang.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_worker.work, args=(theirs, settings, threads), daemon=True)
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        with _signals_held_back():
            self._process.start()
        theirs.close()
        listen = threading.Thread(
            target=_listen, args=(self._connection, self._events, asyncio.get_running_loop()), daemon=True
        )
        listen.start()

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    async def ready(self) -> list[ModelCard]:
        """Wait until the models are open; return their cards."""
        try:
            event = await self.next_event()
        except _GoneError as gone:
            raise GenrescopeError(f"a worker process ended as soon as it started ({gone}); look above.") from gone
        if event.tag == _worker.FAILED:
            raise ModelError(event.body.decode())
        return [ModelCard.from_metadata(card, "the worker") for card in json.loads(event.body)]

    def ask(self, job: Job, descriptor: int) -> None:
        try:
            self._connection.send(asdict(job))
            reduction.send_handle(self._connection, descriptor, self._process.pid)
        except OSError as cause:
            raise _GoneError(self._exit_code()) from cause

    async def next_event(self) -> Event:
        event = await self._events.get()
        if event is None:
            raise _GoneError(self._exit_code())
        return event

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def _exit_code(self) -> int | None:
        self._process.join(1.0)
        return self._process.exitcode


def _listen(connection: Connection, events: "asyncio.Queue[Event | None]", loop: asyncio.AbstractEventLoop) -> None:
    """Carry what a worker says into the event loop, until it ends."""
    with suppress(RuntimeError):  # the loop has ended, and with it the service
        while True:
            try:
                head, _, body = connection.recv_bytes().partition(b"\n")
            except (EOFError, OSError):
                loop.call_soon_threadsafe(events.put_nowait, None)
                return
            tag, _, fact = head.decode().partition(" ")
            loop.call_soon_threadsafe(events.put_nowait, Event(tag, fact, body))


async def _until_last(events: "asyncio.Queue[Event]", task: "asyncio.Task[None]") -> AsyncIterator[Event]:
    while True:
        waiting = asyncio.ensure_future(events.get())
        try:
            await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done() and events.empty():
                task.result()  # it ended without a last event: raise what ended it
                return
            event = await waiting
        finally:
            waiting.cancel()  # whoever leaves early leaves nothing behind
        yield event
        if event.is_last:
            return


def _failure(job: Job, kind: str, message: str) -> Event:
    return Event(_worker.ERROR, kind, error_json(job.name, kind, message))


@contextmanager
def _signals_held_back() -> Iterator[None]:
    """Let Ctrl-C wait: a process that is started meanwhile never gets it before it can say that it will not hear."""
    resource_tracker.ensure_running()  # before, because starting it lets interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

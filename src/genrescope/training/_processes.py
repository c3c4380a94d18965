"""Learning in several processes: begun from this one, which hears from the first of them how it goes.

Each is begun with what it needs and never sees the command line again: started by the same command, the second process
would find the folder of the first, and refuse it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue
from threading import Event, Thread
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException

from genrescope.errors import GenrescopeError, ModelError, UsageError
from genrescope.training._keeper import Keeper
from genrescope.training._task import DivergedError

STRATEGY = "ddp_spawn"
"""Fork is no choice: neither CUDA nor a pool of threads that was once used outlives it."""


class Reporter(Callback):
    """Tells, from the process that learns, what it kept.

    Parameters
    ----------
    keeper : Keeper
        Of that process.
    queue : SimpleQueue
        To the process that began it.
    quiet : callable
        What keeps Lightning quiet there.
    """

    def __init__(self, keeper: Keeper, queue: "SimpleQueue[Any]", quiet: Callable[[], object]) -> None:
        self.keeper, self.queue, self.quiet, self.owner = keeper, queue, quiet, os.getpid()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if os.getpid() != self.owner:  # before Lightning says its first word there
            self.quiet()

    def on_train_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Tell what was kept."""
        if trainer.is_global_zero:
            self.queue.put(self.keeper.state())


@contextmanager
def hearing(queue: "SimpleQueue[Any]", keeper: Keeper, tell: Callable[[Any], object] | None) -> Iterator[None]:
    """Pass on what the other processes tell while they learn; at the end `keeper` knows what they kept.

    Raises
    ------
    GenrescopeError
        What one of them ended with.
    """
    over = Event()
    listener = Thread(target=_listen, args=(queue, keeper, tell, over), daemon=True)
    listener.start()
    try:
        yield
    except (ProcessRaisedException, ProcessExitedException) as cause:
        raise _error(str(cause)) from cause
    finally:
        over.set()
        listener.join(timeout=10)


def _listen(queue: "SimpleQueue[Any]", keeper: Keeper, tell: Callable[[Any], object] | None, over: Event) -> None:
    while not (over.is_set() and queue.empty()):
        if queue.empty():
            over.wait(0.05)
            continue
        said = queue.get()
        if isinstance(said, dict):
            keeper.take(said)
        elif tell is not None:
            tell(said)


def _error(traceback: str) -> GenrescopeError:
    """Return the error that a traceback's last line names: ours as it was raised, any other in words."""
    line = traceback.strip().splitlines()[-1]
    name, _, words = line.partition(": ")
    for kind in (DivergedError, ModelError, UsageError):
        if name == f"{kind.__module__}.{kind.__qualname__}":
            return kind(words)
    return ModelError(f"one of the processes that learn ended early ({line}); try training.devices=1.")

"""Ctrl-C that waits for the end of a line."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def in_one_piece() -> Iterator[None]:
    """Let Ctrl-C wait until an answer is written, so that no line is cut; a second Ctrl-C does not wait."""
    pressed: list[int] = []

    def note(number: int, _: object) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt

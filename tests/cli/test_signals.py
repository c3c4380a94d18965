"""Ctrl-C that waits for the end of a line."""

import signal

import pytest

from genrescope.cli._signals import in_one_piece


def test_ctrl_c_comes_after_the_line() -> None:
    before = signal.getsignal(signal.SIGINT)
    written = []
    with pytest.raises(KeyboardInterrupt), in_one_piece():  # noqa: PT012 - it raises at its end
        signal.raise_signal(signal.SIGINT)
        written.append("line")
    assert written == ["line"]
    assert signal.getsignal(signal.SIGINT) is before


def test_the_second_one_does_not_wait() -> None:
    written = []
    with pytest.raises(KeyboardInterrupt), in_one_piece():  # noqa: PT012 - it raises at its end
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        written.append("line")
    assert written == []


def test_without_ctrl_c_nothing_happens() -> None:
    with in_one_piece():
        written = "line"
    assert written == "line"

"""Progress on standard error."""

from pathlib import Path

import pytest

from genrescope.cli import _progress
from genrescope.cli._progress import Advance


class Clock:
    """A clock that the test moves."""

    now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(_progress, "time", clock)
    return clock


def test_short_runs_say_nothing(clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    advance = Advance(["a", "b"])
    with advance.shown():
        for path in ("a", "b"):
            clock.now_s += 0.9
            advance.step(path)
    assert capsys.readouterr().err.strip() == ""


def test_long_runs_say_the_time_left_by_size(clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(tmp_path / name) for name in ("a", "b", "c", "d")]
    for path, size in zip(paths, (100, 100, 100, 700), strict=True):
        Path(path).write_bytes(bytes(size))
    advance = Advance(paths)
    with advance.shown():
        for path in paths:
            clock.now_s += 6
            advance.step(path)
    lines = capsys.readouterr().err.split("\n")
    assert [line for line in lines if line.strip()] == [
        "1 of 4 files",  # how long the workers took to start tells nothing of the rest
        "3 of 4 files, about 0:42 left",
    ]


def test_a_long_file_says_how_much_of_it_is_heard(
    clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mix.mp3"
    path.write_bytes(bytes(1000))
    advance = Advance([str(path)])
    with advance.shown():
        for heard_s in (600.0, 1800.0):
            clock.now_s += 11
            advance.within(str(path), heard_s, 3600.0)
        clock.now_s += 11
        advance.within(str(path), 2000.0, None)
        advance.step(str(path))
    lines = [line for line in capsys.readouterr().err.split("\n") if line.strip()]
    assert lines == [
        "0 of 1 files, 10:00 of 1:00:00 heard, about 0:55 left",
        "0 of 1 files, 30:00 of 1:00:00 heard, about 0:22 left",
        "0 of 1 files, 33:20 heard",
    ]

"""The real command when it is stopped: Ctrl-C, kill -9, a reader that goes away."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MakeSong = Callable[..., Path]
N_SONGS = 24


@pytest.fixture
def songs(tmp_path: Path, make_song: MakeSong) -> Path:
    """Return a folder with enough songs to be stopped in the middle of."""
    folder = tmp_path / "songs"
    folder.mkdir()
    first = make_song(folder / "000.wav", seconds=5)
    for number in range(1, N_SONGS):
        os.link(first, folder / f"{number:03}.wav")
    return folder


@pytest.fixture
def start(
    command: list[str], environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Return a starter of the real command in a process group of its own; whatever is left is ended."""
    begun: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*command, *arguments],
            bufsize=0,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=environment, start_new_session=True,
        )  # fmt: skip
        begun.append(process)
        return process

    yield run
    for process in begun:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for_lines(path: Path, n_lines: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a file has so many lines."""
    until = time.monotonic() + 120
    while not (path.exists() and path.read_bytes().count(b"\n") >= n_lines):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_keeps_what_is_done(workers: str, songs: Path, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = start("predict", "songs", "--json", "--no-timeline", "--workers", workers)
    assert process.stdout is not None
    first = process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    rest, errors = process.communicate(timeout=120)
    lines = [json.loads(line) for line in (first + rest).splitlines()]
    assert process.returncode == 130
    assert 1 <= len(lines) < N_SONGS
    assert [Path(line["path"]).name for line in lines] == [f"{number:03}.wav" for number in range(len(lines))]
    assert b"Traceback" not in errors
    assert f"interrupted with {N_SONGS - len(lines)} left" in errors.decode("utf-8")


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
def test_resumed_after_kill_9(
    name: str, songs: Path, tmp_path: Path, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow", reason="pyarrow is in the extra 'explore'")
    growing = tmp_path / (f"{name}.unfinished.jsonl" if name.endswith(".parquet") else name)
    process = start("predict", "songs", "--no-timeline", "--out", name)
    wait_for_lines(growing, 4, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    kept = growing.read_bytes()
    n_kept = kept.count(b"\n") - name.endswith(".csv")
    growing.write_bytes(kept + b'{"path": "songs/023.wav", "durat')  # the line that the kill cut off
    again = start("predict", "songs", "--no-timeline", "--out", name, "--resume")
    _, errors = again.communicate(timeout=300)
    assert again.returncode == 0
    assert f"{N_SONGS - n_kept} answered, {n_kept} already there" in errors.decode("utf-8")
    assert sorted(paths_in(tmp_path / name)) == sorted(f"songs/{number:03}.wav" for number in range(N_SONGS))


def paths_in(out: Path) -> list[str]:
    """Return the paths that an output file answers."""
    if out.suffix == ".parquet":
        import pyarrow.parquet

        return [str(path) for path in pyarrow.parquet.read_table(out)["path"].to_pylist()]
    lines = out.read_text(encoding="utf-8").splitlines()
    return (
        [line.split(",")[0] for line in lines[1:]] if out.suffix == ".csv" else [json.loads(x)["path"] for x in lines]
    )


@pytest.mark.parametrize("form", ["--json", "--csv", "--jams", None])
def test_a_reader_that_goes_away(form: str | None, songs: Path, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = start("predict", "songs", "--no-timeline", *([form] if form else []))
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()  # what `| head -1` does
    assert process.stderr is not None
    errors = process.stderr.read()
    assert process.wait(timeout=120) == 1
    assert b"Traceback" not in errors
    assert b"Exception ignored" not in errors

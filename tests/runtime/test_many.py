"""Many files in several processes: really killed, really hung up on, really interrupted."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrescope.audio.stream import Limits
from genrescope.errors import AudioError, GenrescopeError, UsageError
from genrescope.records import Clip, Prediction
from genrescope.runtime.many import IN_FLIGHT, _Crew, answer_in_processes
from genrescope.runtime.model import Model, _open_worker, _Wish, load_model
from genrescope.runtime.names import find_model

Write = Callable[..., Path]
MakeNoise = Callable[..., Clip]

WISH = _Wish(vocabulary="native", timeline=True, fast=False, limits=Limits())
PREPARE = partial(_open_worker, find_model("bundled"), WISH)

linux_only = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at /proc for who reads which file")


@pytest.fixture
def model() -> Model:
    return load_model()


@pytest.fixture
def short(tmp_path: Path, noise: MakeNoise) -> Path:
    """Return a file that is answered at once."""
    return save(tmp_path / "short.wav", noise(3.5))


@pytest.fixture
def long(tmp_path: Path, noise: MakeNoise) -> Path:
    """Return a file that takes far longer than any test waits for it."""
    clip = noise(60)
    return save(tmp_path / "long.wav", Clip(np.tile(clip.samples, 120), clip.sample_rate_hz))


def save(path: Path, clip: Clip) -> Path:
    soundfile.write(path, clip.samples, clip.sample_rate_hz)
    return path


def reader_of(path: Path, seconds: float = 60) -> int:
    """Wait until a worker of this process has a file open; return the worker's id."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for worker in multiprocessing.active_children():
            if worker.pid is not None and has_open(worker.pid, path):
                return worker.pid
        time.sleep(0.02)
    raise AssertionError(f"no worker opened {path.name}")


def has_open(process: int, path: Path) -> bool:
    try:
        return any(entry.resolve() == path for entry in Path(f"/proc/{process}/fd").iterdir())
    except OSError:  # it has just ended
        return False


def is_running(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False


def test_answers_come_in_order_one_for_every_file(model: Model, short: Path, tmp_path: Path, noise: MakeNoise) -> None:
    longer = save(tmp_path / "longer.wav", noise(20, seed=1))
    sources: list[Path | Clip] = [longer, short, tmp_path / "none.wav", short, noise(4, seed=2), longer]
    answers = list(model.predict_many(sources, workers=2))
    assert [answer.path for answer in answers] == [str(s) if isinstance(s, Path) else "<clip>" for s in sources]
    assert isinstance(answers[2], AudioError)
    assert answers[2].kind == "not_found"
    for source, answer in zip(sources, answers, strict=True):
        if isinstance(answer, Prediction):
            alone = model.predict(source)
            assert alone.timeline is not None
            assert answer.timeline is not None
            np.testing.assert_allclose(answer.timeline.probabilities, alone.timeline.probabilities, atol=1e-5)


@linux_only
def test_a_killed_worker_costs_one_file(model: Model, short: Path, long: Path) -> None:
    answers = model.predict_many([short, long, short, short], workers=1)
    assert isinstance(next(answers), Prediction)
    os.kill(reader_of(long), signal.SIGKILL)
    killed, *rest = list(answers)
    assert isinstance(killed, AudioError)
    assert (killed.kind, killed.path) == ("damaged", str(long))
    assert "broke down" in killed.message
    assert [type(answer) for answer in rest] == [Prediction, Prediction]


@linux_only
def test_a_worker_killed_among_others_costs_one_file(model: Model, short: Path, long: Path) -> None:
    answers = model.predict_many([long, short, short, short], workers=2)
    killer = reader_when_asked(answers, long)
    assert [type(answer) for answer in killer] == [AudioError, Prediction, Prediction, Prediction]


def reader_when_asked(answers: Iterator[Prediction | AudioError], path: Path) -> list[Prediction | AudioError]:
    """Ask for all answers, and kill who reads `path` in the meantime."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor() as executor:
        asked = executor.submit(list, answers)
        os.kill(reader_of(path), signal.SIGKILL)
        return asked.result()


@linux_only
def test_a_worker_killed_while_it_waits_costs_nothing(short: Path) -> None:
    crew = _Crew(PREPARE, workers=1, limit_s=60)
    try:
        crew.hand_out(short)
        assert isinstance(crew.next_answer(), Prediction)
        (worker,) = multiprocessing.active_children()
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        for _ in range(3):
            crew.hand_out(short)
        assert [type(crew.next_answer()) for _ in range(3)] == [Prediction] * 3
    finally:
        crew.dismiss()


def test_a_file_that_takes_too_long(short: Path, long: Path) -> None:
    late, *rest = answer_in_processes(PREPARE, [long, short, short], workers=1, limit_s=5)
    assert isinstance(late, AudioError)
    assert (late.kind, late.path) == ("timeout", str(long))
    assert [type(answer) for answer in rest] == [Prediction, Prediction]


def test_few_files_are_handed_out_ahead(model: Model, short: Path) -> None:
    asked_for = 0

    def forty_thousand() -> Iterator[Path]:
        nonlocal asked_for
        for _ in range(40_000):
            asked_for += 1
            yield short

    answers = model.predict_many(forty_thousand(), workers=1)
    assert asked_for == 0
    for n_answered in range(1, 4):
        next(answers)
        assert asked_for <= IN_FLIGHT + n_answered
    answers.close()


def test_closing_stops_the_workers(model: Model, short: Path, long: Path) -> None:
    answers = model.predict_many([short, long, long], workers=2)
    next(answers)
    assert len(multiprocessing.active_children()) == 2
    answers.close()
    assert multiprocessing.active_children() == []


def test_there_are_no_more_workers_than_files(model: Model, short: Path) -> None:
    answers = model.predict_many([short, short], workers=8)
    next(answers)
    assert len(multiprocessing.active_children()) == 2
    answers.close()


def test_wrong_use_is_said_at_once(model: Model) -> None:
    with pytest.raises(UsageError, match="workers is at least 1"):
        model.predict_many([], workers=0)
    with pytest.raises(UsageError, match="no map to the vocabulary 'klingon'"):
        model.predict_many([], workers=2, vocabulary="klingon")


def test_workers_that_cannot_start(write_model: Write, short: Path) -> None:
    path = write_model()
    model = load_model(path)
    path.unlink()
    with pytest.raises(GenrescopeError, match="end as soon as they start"):
        list(model.predict_many([short], workers=1))


def run_script(tmp_path: Path, text: str) -> "subprocess.Popen[str]":
    script = tmp_path / "script.py"
    script.write_text(text)
    return subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_a_script_without_its_guard_gets_a_hint(tmp_path: Path, short: Path) -> None:
    text = f"import genrescope\nlist(genrescope.load_model().predict_many([{str(short)!r}], workers=1))\n"
    with run_script(tmp_path, text) as process:
        _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "if __name__ == '__main__':" in said.splitlines()[-1]


@linux_only
def test_ctrl_c_stops_everything(tmp_path: Path, short: Path, long: Path) -> None:
    text = f"""
import multiprocessing, genrescope
if __name__ == "__main__":
    answers = genrescope.load_model().predict_many([{str(short)!r}, {str(long)!r}, {str(long)!r}], workers=2)
    print(next(answers).path, *(child.pid for child in multiprocessing.active_children()), flush=True)
    list(answers)
"""
    with run_script(tmp_path, text) as process:
        assert process.stdout is not None
        path, *workers = process.stdout.readline().split()
        assert path == str(short)
        assert len(workers) == 2
        os.killpg(process.pid, signal.SIGINT)  # what a terminal does: everyone in the foreground gets it
        _, said = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert said.count("KeyboardInterrupt") == 1  # the workers end without a word
    assert not any(is_running(int(worker)) for worker in workers)

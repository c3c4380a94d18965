"""Workers that are late, die or break down, and what becomes of their uploads."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from genrescope.errors import ModelError
from genrescope.serve.crew import Crew, Event, Job
from genrescope.serve.settings import ServeSettings
from tests.serve._service import children, tone

JOB = Job("a.wav", "bundled", "native", top=3, timeline=False, streamed=True)


@asynccontextmanager
async def started(settings: ServeSettings) -> AsyncIterator[Crew]:
    crew = Crew(settings)
    try:
        await crew.start()
        yield crew
    finally:
        crew.close()


async def heard(crew: Crew, path: Path) -> list[Event]:
    with path.open("rb") as file:
        async with crew.hear(JOB, file.fileno()) as events:
            return [event async for event in events]


async def until_alive(crew: Crew, n_alive: int) -> None:
    async with asyncio.timeout(30):
        while crew.n_alive != n_alive or crew.n_working:
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("songs") / "song.wav"
    path.write_bytes(tone(60))
    return path


def test_a_worker_that_dies_or_hangs_takes_one_upload_with_it(song: Path) -> None:
    async def run() -> None:
        async with started(ServeSettings(workers=1, max_wall_s=15)) as crew:
            assert (await heard(crew, song))[-1].tag == "answer"

            for blow, kind in ((signal.SIGKILL, "damaged"), (signal.SIGSTOP, "timeout")):
                with song.open("rb") as file:
                    async with crew.hear(JOB, file.fileno()) as events:
                        assert (await anext(events)).tag == "line"
                        os.kill(children(os.getpid())[0], blow)
                        last = [event async for event in events][-1]
                assert (last.tag, last.fact) == ("error", kind)
                assert json.loads(last.body)["path"] == "a.wav"
                assert (await heard(crew, song))[-1].tag == "answer"
            await until_alive(crew, 1)
            assert crew.n_replaced == 2

            os.kill(children(os.getpid())[0], signal.SIGKILL)  # while it has nothing to do
            await until_alive(crew, 0)
            assert (await heard(crew, song))[-1].tag == "answer"

    asyncio.run(run())


def test_a_fault_of_ours_is_no_damage_of_the_file(song: Path) -> None:
    """A worker that ends by itself in the middle of a file had a fault: the service says so, as a 500."""

    async def run() -> None:
        async with started(ServeSettings(workers=1)) as crew:
            with song.open("rb") as file:
                unknown = replace(JOB, model="nobody")
                async with crew.hear(unknown, file.fileno()) as events:
                    last = [event async for event in events][-1]
            assert (last.tag, last.fact) == ("error", "failed")
            assert (await heard(crew, song))[-1].tag == "answer"

    asyncio.run(run())


def test_who_leaves_in_the_middle_leaves_nothing_pending(song: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with started(ServeSettings(workers=1)) as crew:
            with song.open("rb") as file:
                async with crew.hear(JOB, file.fileno()) as events:
                    waiting = asyncio.ensure_future(anext(aiter(events)))
                    await asyncio.sleep(0)
                    waiting.cancel()
                    await asyncio.gather(waiting, return_exceptions=True)
            assert {task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__name__", "") == "get"} == set()

    asyncio.run(run())
    assert "destroyed" not in caplog.text


def test_memory_has_a_bound(tmp_path: Path, song: Path) -> None:
    """A worker that may ask for next to nothing more fails, in words, and the next one is whole again."""

    async def run() -> None:
        async with started(ServeSettings(workers=1, memory_mib=0.01)) as crew:
            last = (await heard(crew, song))[-1]
            assert (last.tag, last.fact) in {("error", "too_large"), ("error", "damaged")}
            await until_alive(crew, 1)

    asyncio.run(run())


def test_a_model_that_cannot_be_used(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no graph")

    async def run() -> None:
        async with started(ServeSettings(models=(str(broken),), workers=1)):
            pass

    with pytest.raises(ModelError, match=r"broken\.onnx"):
        asyncio.run(run())

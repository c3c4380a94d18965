"""Predictions over the wire: the command line's objects, streams, errors, limits and places."""

import json
import os
import signal
import subprocess
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.serve._service import GENRESCOPE, Service, peak_bytes, running, sound_file, tone

NDJSON = {"accept": "application/x-ndjson"}


@pytest.fixture(scope="module")
def clip(shared_data: Path) -> Path:
    return shared_data / "fma" / "audio" / "000002.mp3"


@pytest.fixture(scope="module")
def on_the_command_line(clip: Path) -> dict[str, object]:
    done = subprocess.run([*GENRESCOPE, "predict", str(clip), "--json"], capture_output=True, check=True)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer | {"path": clip.name}


def test_a_form(service: Service, clip: Path, on_the_command_line: dict[str, object]) -> None:
    with clip.open("rb") as file:
        response = httpx.post(f"{service.address}/v1/predict", files={"file": file}, timeout=60)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.json() == on_the_command_line


@pytest.mark.parametrize("named", [{"headers": {"x-filename": "000002.mp3"}}, {"params": {"name": "a/000002.mp3"}}])
def test_a_raw_body(
    service: Service, clip: Path, on_the_command_line: dict[str, object], named: dict[str, dict[str, str]]
) -> None:
    assert service.post(clip.read_bytes(), **named).json() == on_the_command_line


def test_a_stream(service: Service, clip: Path, on_the_command_line: dict[str, object]) -> None:
    response = service.post(clip.read_bytes(), headers=NDJSON | {"x-filename": clip.name})
    assert response.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert {line["kind"] for line in lines[:-1]} == {"progress", "windows"}
    assert lines[-1].pop("kind") == "prediction"
    assert lines[-1] == on_the_command_line
    windows = [line for line in lines if line.get("kind") == "windows"]
    timeline = lines[-1]["timeline"]
    assert [row for line in windows for row in line["probabilities"]] == timeline["probabilities"]
    assert all(line["labels"] == timeline["labels"] for line in windows)


def test_a_long_stream_is_in_order(service: Service) -> None:
    lines = [json.loads(line) for line in service.post(tone(100), headers=NDJSON).text.splitlines()]
    starts_s = [line["start_s"] for line in lines if line["kind"] == "windows"]
    heard_s = [line["heard_s"] for line in lines if line["kind"] == "progress"]
    assert starts_s == sorted(set(starts_s))
    assert len(starts_s) > 2
    assert heard_s == sorted(heard_s)
    assert {line["duration_s"] for line in lines if line["kind"] == "progress"} == {100.0}


def test_what_was_asked(service: Service) -> None:
    response = service.post(tone(5), params={"vocabulary": "gtzan", "top": "10", "timeline": "false"})
    answer = response.json()
    assert (answer["path"], answer["vocabulary"], len(answer["genres"])) == ("upload", "gtzan", 10)
    assert answer["timeline"] is None
    assert sum(genre["confidence"] for genre in answer["genres"]) == pytest.approx(1, abs=1e-3)
    lines = service.post(tone(5), params={"timeline": "false"}, headers=NDJSON).text.splitlines()
    assert {json.loads(line)["kind"] for line in lines} == {"progress", "prediction"}


WRONG = {
    "not_audio": (415, b"These are words and no music. " * 99),
    "unsupported": (415, b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x00\x60MTrk" + bytes(200)),
    "empty": (422, b""),
    "damaged": (422, tone(5, "FLAC")[:3000]),
    "silent": (422, sound_file(np.zeros(40_000), 8000)),
    "too_short": (422, tone(0.4)),
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("kind", WRONG)
def test_files_without_an_answer(service: Service, kind: str, *, streamed: bool) -> None:
    status, content = WRONG[kind]
    headers = {"x-filename": "../odd.mp3"} | (NDJSON if streamed else {})
    response = service.post(content, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/json"), response.text
    assert set(response.json()) == {"path", "error"}
    assert (response.json()["path"], response.json()["error"]["kind"]) == ("odd.mp3", kind)


@pytest.mark.parametrize("hours", [10, pytest.param(100, marks=pytest.mark.long)])
def test_many_hours_in_a_small_file(service: Service, hours: int) -> None:
    bomb = sound_file(np.full(hours * 3600 * 1000, 3000, dtype=np.int16), 1000, "FLAC")
    assert len(bomb) < 13_000 * hours
    response = service.post(bomb)
    assert max(peak_bytes(worker) for worker in service.workers()) < 500e6
    assert response.status_code == 413
    assert response.json()["error"] == {
        "kind": "too_large",
        "message": "it lasts longer than the 0.166667 h that this service hears; send a part.",
    }


def test_a_sound_that_lasts_too_long(service: Service) -> None:
    assert service.post(tone(601, "FLAC")).json()["error"]["kind"] == "too_large"


def test_wrong_use(service: Service) -> None:
    for query in ({"model": "nobody"}, {"vocabulary": "latin"}, {"top": "0"}, {"timeline": "perhaps"}):
        response = service.post(tone(2), params=query)
        assert (response.status_code, response.json()["error"]["kind"]) == (400, "wrong_use"), response.text


def test_places_are_counted_and_a_client_that_leaves_frees_its_own(tmp_path: Path) -> None:
    with running(tmp_path, "--workers", "1", "--queue", "0") as service:
        long = tone(600)
        with httpx.stream("POST", f"{service.address}/v1/predict", content=long, headers=NDJSON, timeout=60) as first:
            os.kill(service.workers()[0], signal.SIGSTOP)
            lines = first.iter_lines()
            assert json.loads(next(lines))["kind"] == "windows"
            refused = service.post(tone(2))
            assert refused.status_code == 429
            assert refused.json()["error"]["kind"] == "busy"
            assert 1 <= int(refused.headers["retry-after"]) <= 60
        service.wait_for(requests_in_progress=0, workers=1)
        assert service.post(tone(2)).status_code == 200
        assert 'outcome="left"} 1.0' in service.get("/metrics").text
        assert "genrescope_workers_replaced 1.0" in service.get("/metrics").text

"""What clients send: names that are no paths, limits, and nothing that stays behind."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from genrescope.serve.uploads import base_name
from tests.serve._service import Service, open_files, running, tone


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\music\\a.mp3", "a.mp3"),
        ("/dev/fd/3", "3"),
        ("..", "upload"),
        ("a/", "upload"),
        ("", "upload"),
        (None, "upload"),
        ("song\0.mp3", "song.mp3"),
        ("x" * 1000, "x" * 255),
        ("Für Elise.mp3", "Für Elise.mp3"),
    ],
)
def test_names(given: str | None, said: str) -> None:
    assert base_name(given) == said


def test_a_name_is_only_said_back(service: Service) -> None:
    for name in ("/etc/passwd", "..\\..\\boot.ini", "Für Elise.mp3", "a b';--.mp3"):
        file = (name, tone(2))
        response = httpx.post(f"{service.address}/v1/predict", files={"file": file}, timeout=60)
        assert response.status_code == 200, response.text
        assert response.json()["path"] == name.replace("\\", "/").rpartition("/")[2]
    assert service.post(tone(2), headers={"x-filename": "Für Elise.mp3".encode()}).json()["path"] == "Für Elise.mp3"


@pytest.mark.parametrize(
    "form",
    [
        {"data": {"file": "words"}, "files": {"other": b"1234"}},
        {"files": {"song": b"1234"}},
        {"content": b"no form", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": b"no form", "headers": {"content-type": "multipart/form-data"}},
    ],
)
def test_a_form_that_is_none(service: Service, form: dict[str, object]) -> None:
    response = httpx.post(f"{service.address}/v1/predict", timeout=60, **form)  # type: ignore[arg-type]
    assert (response.status_code, response.json()["error"]["kind"]) == (400, "wrong_use")


def test_the_limit_holds_for_what_is_said_and_for_what_is_sent(service: Service) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(80):
            yield bytes(65_536)

    said = service.post(bytes(5 << 20))
    sent = httpx.post(f"{service.address}/v1/predict", content=endless(), timeout=60)
    form = httpx.post(f"{service.address}/v1/predict", files={"file": bytes(5 << 20)}, timeout=60)
    for response in (said, sent, form):
        assert (response.status_code, response.json()["error"]["kind"]) == (413, "too_large")
    assert "4 MiB" in said.text


def test_a_cut_connection_leaves_nothing(service: Service) -> None:
    host, port = service.address.removeprefix("http://").split(":")
    for n_sent in (0, 100, 2_000_000):
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n" + bytes(n_sent))
            time.sleep(0.1)
    service.wait_for(requests_in_progress=0)
    assert list(service.uploads.iterdir()) == []
    assert service.post(tone(2)).status_code == 200


def test_uploads_have_no_name_and_are_gone_after_a_kill(tmp_path: Path) -> None:
    with running(tmp_path, "--workers", "1", "--queue", "1") as service:
        host, port = service.address.removeprefix("http://").split(":")
        content = tone(200)
        with socket.create_connection((host, int(port))) as client:
            head = f"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n\r\n"
            client.sendall(head.encode() + content)
            service.wait_for(working=1)
            assert any(str(service.uploads) in name for name in open_files(service.process.pid))
            assert list(service.uploads.iterdir()) == []
            workers = service.workers()
            os.kill(service.process.pid, signal.SIGKILL)
            service.process.wait(10)
        assert list(service.uploads.iterdir()) == []
        for _ in range(100):
            if not any(Path(f"/proc/{worker}/exe").exists() for worker in workers):
                return
            time.sleep(0.1)
        raise AssertionError("workers outlive the service")

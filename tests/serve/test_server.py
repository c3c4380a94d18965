"""The service as a process: its address, its end, and those who connect and do not ask."""

import asyncio
import json
import os
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from genrescope.errors import UsageError
from genrescope.serve import server
from genrescope.serve.server import PatientProtocol, is_for_this_machine_only, open_socket
from tests.serve._service import running, tone


def test_a_port_that_is_taken() -> None:
    with open_socket("127.0.0.1", 0) as listener, pytest.raises(UsageError, match="is in use; choose another"):
        open_socket("127.0.0.1", listener.getsockname()[1])


def test_an_address_of_somebody_else() -> None:
    with pytest.raises(UsageError, match="cannot listen at 192\\.0\\.2\\.1"):
        open_socket("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("host", "alone"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("192.0.2.1", False), ("::", False)]
)
def test_who_can_reach_it(host: str, *, alone: bool) -> None:
    assert is_for_this_machine_only(host) is alone


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_being_heard_is_answered_before_the_end(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, "--workers", "1") as service:
        url, headers = f"{service.address}/v1/predict", {"accept": "application/x-ndjson"}
        with httpx.stream("POST", url, content=tone(300), headers=headers, timeout=60) as response:
            lines = response.iter_lines()
            next(lines)
            for worker in service.workers():  # Ctrl-C reaches every process of the group
                os.kill(worker, number)
            service.process.send_signal(number)
            last = json.loads(list(lines)[-1])
        assert last["kind"] == "prediction"
        assert service.process.wait(30) in {0, 130, -number}
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_who_does_not_ask_has_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "ASK_S", 0.2)
    with open_socket("127.0.0.1", 0) as listener:
        served = uvicorn.Server(
            uvicorn.Config(_slow_app, http=PatientProtocol, ws="none", lifespan="off", log_level="critical")
        )
        thread = threading.Thread(target=served.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            for words in (b"", b"GET / HTTP/1.1\r\nHost:", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"):
                with socket.create_connection(listener.getsockname(), timeout=10) as client:
                    client.sendall(words)
                    answer = _read_all(client)
                    assert (b"slowly" in answer) == words.endswith(b"\r\n\r\n")
        finally:
            served.should_exit = True
            thread.join()


def _read_all(client: socket.socket) -> bytes:
    found = b""
    try:
        while part := client.recv(1000):
            found += part
    except ConnectionResetError:
        pass
    return found


async def _slow_app(scope: Any, receive: Any, send: Any) -> None:
    """Take longer than a client may take to ask."""
    await asyncio.sleep(0.7)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"slowly"})

"""What every answer says to browsers, and clients that accept nothing."""

import asyncio
from typing import Any

import pytest

from genrescope.serve.guard import HEADERS, POLICY, Guard
from tests.serve._service import Service


@pytest.mark.parametrize("path", ["/", "/v1/models", "/docs", "/openapi.json", "/metrics", "/nothing"])
def test_headers(service: Service, path: str) -> None:
    headers = service.get(path, headers={"origin": "https://elsewhere.example"}).headers
    assert HEADERS.items() <= dict(headers).items()
    assert not [name for name in headers if name.startswith("access-control-")]
    assert "server" not in headers


def test_the_policy_allows_no_script_of_others() -> None:
    assert "unsafe-inline" not in POLICY
    assert "http" not in POLICY
    assert "*" not in POLICY


def test_a_client_that_accepts_nothing_is_given_up() -> None:
    sent = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        raise AssertionError("it went on")

    async def stuck(message: Any) -> None:
        sent.append(message["type"])
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    asyncio.run(Guard(app, send_s=0.05)({"type": "http"}, None, stuck))  # type: ignore[arg-type]
    assert sent == ["http.response.start", "http.response.body"]

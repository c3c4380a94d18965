"""Files of the page, plain and packed, with the types that browsers insist on."""

import asyncio
import gzip
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from genrescope.serve.page import Page


@dataclass(frozen=True)
class Client:
    """Asks for files of a folder, without a network."""

    folder: Path

    def get(self, path: str, **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            app = Starlette(routes=[Mount("/", Page(self.folder))])
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
                return await client.get(path, headers={name.replace("_", "-"): text for name, text in headers.items()})

        return asyncio.run(ask())


@pytest.fixture
def client(tmp_path: Path) -> Client:
    folder = tmp_path / "assets"
    (folder / "code").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>it</title>")
    (folder / "code" / "a-1.mjs").write_text("export {}")
    (folder / "code" / "b-2.wasm.gz").write_bytes(gzip.compress(b"\0asm" * 500))
    (tmp_path / "secret.txt").write_text("not yours")
    return Client(folder)


def test_the_page(client: Client) -> None:
    response = client.get("/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert "<title>it" in response.text
    assert client.get("/", if_none_match=response.headers["etag"]).status_code == 304


def test_a_script_may_be_kept_for_ever(client: Client) -> None:
    response = client.get("/code/a-1.mjs")
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in response.headers["cache-control"]


@pytest.mark.parametrize("accepted", ["gzip, br", "identity"])
def test_what_is_packed(client: Client, accepted: str) -> None:
    response = client.get("/code/b-2.wasm", accept_encoding=accepted)
    assert response.content == b"\0asm" * 500  # the client unpacked it where it was packed
    assert response.headers["content-type"] == "application/wasm"
    assert (response.headers.get("content-encoding") == "gzip") == ("gzip" in accepted)
    assert response.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize("path", ["/none.js", "/../secret.txt", "/%2e%2e/secret.txt", "/code/..%2f..%2fsecret.txt"])
def test_nothing_else(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "not yours" not in response.text


def test_without_a_page(tmp_path: Path) -> None:
    response = Client(tmp_path / "none").get("/")
    assert response.status_code == 200
    assert "make web" in response.text

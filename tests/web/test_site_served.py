"""The page as the service sends it: songs go to the service, and their answers come as they are computed."""

import importlib.util
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from genrescope import predict
from genrescope.web.site import ASSETS
from tests.web._browser import Visit, open_visit
from tests.web.test_site_browser import downloaded

START_S = 60
SONG = ASSETS / "examples" / "blues.flac"


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """Return the address of the real service."""
    if importlib.util.find_spec("genrescope.cli.serve") is None:
        pytest.skip("this genrescope has no service")
    if not (ASSETS / "index.html").is_file():
        pytest.skip("the page is not built: run  make web  (it needs Node.js)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "genrescope.cli", "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}/"
        try:
            wait_for(f"{address}v1/health", process)
            yield address
        finally:
            process.terminate()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(url, timeout=5).raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail(f"the service did not start (exit code {process.poll()})")


@pytest.fixture
def served(chromium: Browser, service: str) -> Iterator[Visit]:
    visit = open_visit(chromium, service)
    yield visit
    visit.page.context.close()
    assert [url for url in visit.asked if not url.startswith((service, f"blob:{service}", "data:"))] == []


def test_a_song_is_answered_by_the_service(served: Visit) -> None:
    served.hear(SONG)
    page = json.loads(downloaded(served, "JSON"))
    program = json.loads(json.dumps(predict(SONG).to_dict(top=1000)))
    assert page == program | {"path": SONG.name}
    assert [url for url in served.asked if url.endswith(".onnx")] == []
    assert served.complaints == []


def test_an_error_is_said_in_words(served: Visit, tmp_path: Path) -> None:
    (tmp_path / "notes.mp3").write_text("these are only words\n" * 99, encoding="utf-8")
    served.hear(tmp_path / "notes.mp3")
    expect(served.page.get_by_role("alert")).to_contain_text("notes.mp3: This file holds no sound we can read: its")
    expect(served.page.locator("#song")).to_be_hidden()

"""What the page's tests stand on: the built page as a static site on a plain file server, in a real browser."""

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from genrescope.web.site import ASSETS, write_site
from tests.web._browser import FLAGS, PlainServer, Visit, open_visit, unsure_twin


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the static site with two models."""
    if not (ASSETS / "index.html").is_file():
        pytest.skip("the page is not built: run  make web  (it needs Node.js)")
    folder = tmp_path_factory.mktemp("www")
    (folder / "below").mkdir()
    return write_site(folder / "below" / "site", ["bundled", unsure_twin(folder)]).folder


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Return the address of the folder above the site's, on a plain file server."""
    handler = functools.partial(PlainServer, directory=str(site.parent.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")  # while it is there, the process has a running event loop, which others cannot have
def chromium() -> Iterator[Browser]:
    """Return a real Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Visit]:
    """Return the page, open in a window; afterwards it has asked only its own place, and complained of nothing."""
    visit = open_visit(chromium, f"{address}below/site/", viewport={"width": 1200, "height": 900})
    yield visit
    visit.page.context.close()
    own = (address, f"blob:{address}", "data:")
    assert [url for url in visit.asked if not url.startswith(own)] == []
    assert visit.complaints == []

"""Draw the pictures of docs/images/page-*.png: python web/screenshots.py SITE_FOLDER [SONG].

The site is one that `genrescope site` wrote, with two models for the comparison; without a song, a medley of our own
pieces is heard.
"""

import functools
import http.server
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
IMAGES = PROJECT / "docs" / "images"
JUMP_SHARE, TIP_SHARE = 0.4, 0.7

sys.path.insert(0, str(PROJECT / "examples"))


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Python's file server without its log."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is Python's
        """Say nothing."""


def medley(folder: Path) -> Path:
    """Write our three pieces one after the other."""
    import numpy as np
    import soundfile
    from pieces import RATE_HZ, render

    path = folder / "medley.flac"
    soundfile.write(path, np.concatenate([render(name) for name in ("strings", "blues", "house")]), RATE_HZ)
    return path


def hear(page: Page, song: Path) -> None:
    """Choose a song, wait for its answer, and move into its middle."""
    page.wait_for_selector("html[data-ready=true]")
    page.set_input_files("#file", str(song))
    settle(page)


def settle(page: Page) -> None:
    """Wait until every panel has its answer."""
    page.wait_for_selector(".more button")
    page.wait_for_function("() => !document.querySelector('#song').ariaBusy")
    plot = page.locator(".plot").first
    plot.click(position={"x": JUMP_SHARE * plot.evaluate("plot => plot.clientWidth"), "y": 60})
    page.mouse.move(0, 0)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(300)


def shoot(browser: Browser, address: str, song: Path) -> None:
    """Draw every picture."""
    desk = ViewportSize(width=1180, height=900)
    page = browser.new_page(viewport=desk)
    page.goto(address)
    hear(page, song)
    page.get_by_text("Genres that rise and fall together").click()
    page.screenshot(path=IMAGES / "page-answer.png", full_page=True)
    page = browser.new_page(viewport=desk, color_scheme="dark")
    page.goto(address)
    hear(page, song)
    page.locator("#compare").select_option(index=1)
    settle(page)
    plot = page.locator(".plot").nth(1)
    plot.hover(position={"x": TIP_SHARE * plot.evaluate("plot => plot.clientWidth"), "y": 60})
    page.screenshot(path=IMAGES / "page-compare.png", full_page=True)
    page = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2)
    page.goto(address)
    hear(page, song)
    page.screenshot(path=IMAGES / "page-phone.png", full_page=True)
    page.set_input_files("#file", str(Path(__file__)))
    page.wait_for_selector("#problem:not([hidden])")
    page.screenshot(path=IMAGES / "page-error.png", full_page=True)


def main() -> None:
    """Serve the site and draw."""
    handler = functools.partial(Quiet, directory=sys.argv[1])
    with (
        tempfile.TemporaryDirectory() as folder,
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        song = Path(sys.argv[2]) if len(sys.argv) > 2 else medley(Path(folder))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        shoot(browser, f"http://127.0.0.1:{server.server_port}/", song)
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()

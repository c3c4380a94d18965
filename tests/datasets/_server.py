"""A web server on this machine that can be as bad as the real ones: it drops, lies, ignores, and disappears."""

import email.utils
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Behaviour:
    """How the next answers are; `files` by their path, what was asked for lands in `asked`."""

    files: dict[str, bytes] = field(default_factory=dict)
    drop_after: int | None = None  # bytes of each answer, then the connection breaks
    n_drops: int = 1_000_000  # of so many answers
    extra_length: int = 0  # how much too long the announced length is
    ranges: bool = True
    wrong_ranges: bool = False  # goes on at another byte than was asked for
    lengths: bool = True
    versions: bool = True
    version: str = '"1"'
    statuses: list[int] = field(default_factory=list)  # of the first answers
    content_type: str = "application/octet-stream"
    pause_s: float = 0.0  # before each piece
    asked: list[tuple[str, str | None]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    behaviour: Behaviour

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name
        """Say nothing on standard error."""

    def do_GET(self) -> None:
        how = self.behaviour
        wanted = self.headers.get("Range")
        how.asked.append((self.path, wanted))
        if how.statuses:
            self._refuse(how.statuses.pop(0))
        elif self.path not in how.files:
            self._refuse(404)
        else:
            self._answer(how.files[self.path], wanted, how)

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, content: bytes, wanted: str | None, how: Behaviour) -> None:
        start = 0
        if wanted and how.ranges and self.headers.get("If-Range", how.version) == how.version:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(content)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start = 0 if how.wrong_ranges else start
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self._headers(len(content) - start + how.extra_length, how)
        self._send(content[start:], how)

    def _headers(self, length: int, how: Behaviour) -> None:
        self.send_header("Content-Type", how.content_type)
        self.send_header("Last-Modified", email.utils.formatdate(0, usegmt=True))
        if how.versions:
            self.send_header("ETag", how.version)
        if how.lengths:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send(self, content: bytes, how: Behaviour) -> None:
        drops = how.drop_after is not None and how.n_drops > 0
        if drops:
            how.n_drops -= 1
            content = content[: how.drop_after]
        stopped = threading.Event()
        for first in range(0, len(content), 1 << 16):
            if how.pause_s:
                stopped.wait(how.pause_s)
            self.wfile.write(content[first : first + (1 << 16)])
        self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is what some tests are about."""


class Site:
    """A running server: its address and its behaviour.

    Parameters
    ----------
    files : dict
        Content by path, such as ``/a.zip``.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self.how = Behaviour(files=files)
        handler = type("Handler", (_Handler,), {"behaviour": self.how})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Disappear: nobody answers at the address any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Site]:
    """Run a server for as long as it is needed."""
    site = Site(files)
    try:
        yield site
    finally:
        site.close()

"""What holds for every answer: who may use it and how, and how long a client may take to accept it."""

import asyncio

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "style-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The Content-Security-Policy: the page runs its own scripts and WebAssembly, and speaks with nobody else."""

HEADERS = {
    "content-security-policy": POLICY,
    # These two let the page's WebAssembly use threads.
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""What every answer says to browsers. Nothing allows another origin to read an answer (no CORS)."""


class Guard:
    """Puts `HEADERS` on every answer, and gives up a client that accepts nothing for a while.

    Parameters
    ----------
    app : ASGI application
        What answers.
    send_s : float
        Longest time that a client may take to make room for a piece of an answer, in seconds.
    """

    def __init__(self, app: ASGIApp, send_s: float) -> None:
        self._app, self._send_s = app, send_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            try:
                async with asyncio.timeout(self._send_s):
                    await send(message)
            except TimeoutError as error:
                raise _StuckError from error

        try:
            await self._app(scope, receive, guarded)
        except _StuckError:
            return  # the server closes the connection of an answer that is not whole


class _StuckError(Exception):
    """A client does not accept what it asked for."""

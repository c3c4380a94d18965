"""The service on a port: uvicorn, with a time limit for whoever connects and does not ask."""

import asyncio
import errno
import ipaddress
import math
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from genrescope.errors import UsageError
from genrescope.serve.app import create_app
from genrescope.serve.hearing import Desk
from genrescope.serve.page import ASSETS
from genrescope.serve.settings import ServeSettings

BACKLOG = 512
"""Connections that the system may hold until they are accepted."""

MAX_CONNECTIONS = 1000
"""Connections at once; more are answered with 503."""

ASK_S = 20.0
"""So long a connection may go without a whole request, in seconds."""


class PatientProtocol(H11Protocol):
    """HTTP, to a client that asks within `ASK_S` or has to go; however slowly it sends, headers count when whole."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look after a connection."""
        super().connection_made(transport)
        self._seen: object = None
        self._timer = self.loop.call_later(ASK_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """End it."""
        self._timer.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Close the connection where nothing was asked since the last look."""
        cycle: Any = self.cycle
        is_idle = cycle is None or cycle.response_complete
        if is_idle and cycle is self._seen:
            self.transport.abort()
            return
        self._seen = cycle if is_idle else object()
        self._timer = self.loop.call_later(ASK_S, self._look)


def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes one that is free.

    Raises
    ------
    UsageError
        The port is taken, or the address is not one of this machine's.
    """
    try:
        info = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server((info[4][0], port), family=info[0], backlog=BACKLOG)
    except OSError as cause:
        if cause.errno == errno.EADDRINUSE:
            raise UsageError(f"port {port} of {host} is in use; choose another with --port.") from cause
        raise UsageError(f"cannot listen at {host}, port {port} ({cause.strerror}); see --host and --port.") from cause


def is_for_this_machine_only(host: str) -> bool:
    """Tell whether an address cannot be reached from another machine.

    Examples
    --------
    >>> is_for_this_machine_only("127.0.0.1"), is_for_this_machine_only("0.0.0.0")
    (True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve(settings: ServeSettings, listener: socket.socket, tell: Callable[[str], None], assets: Path = ASSETS) -> None:
    """Serve until told to stop; what is being answered then is answered to its end.

    Parameters
    ----------
    settings : ServeSettings
        What the service takes on.
    listener : socket
        Where it listens; closed at the end.
    tell : callable
        Told, in words, that the service can be used, and where.
    assets : Path
        Where the built page lies.

    Raises
    ------
    GenrescopeError
        The service could not start.
    """
    asyncio.run(_serve(settings, listener, tell, assets))


async def _serve(settings: ServeSettings, listener: socket.socket, tell: Callable[[str], None], assets: Path) -> None:
    desk = Desk(settings)
    config = uvicorn.Config(
        create_app(desk, assets),
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=math.ceil(settings.max_wall_s),
    )
    try:
        await desk.open()
        tell(_welcome(listener))
        await uvicorn.Server(config).serve(sockets=[listener])
    finally:
        desk.crew.close()
        listener.close()


def _welcome(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    name = f"[{host}]" if listener.family == socket.AF_INET6 else host
    reach = "for this machine only" if is_for_this_machine_only(host) else "for every machine that can reach this one"
    return f"http://{name}:{port} ({reach}; Ctrl-C stops it)"

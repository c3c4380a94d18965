"""One request for a prediction, from its first byte to its last: admitted, taken in, heard, answered."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from genrescope.card import ModelCard
from genrescope.serve._metrics import Metrics
from genrescope.serve.answers import STATUS_OF, RefusedError, choose_card
from genrescope.serve.crew import Crew, Event, Job
from genrescope.serve.settings import ServeSettings
from genrescope.serve.uploads import Upload, receive

NDJSON = "application/x-ndjson"
JSON = "application/json"

_MAX_RETRY_S = 60
_MEMORY = 0.8  # weight of what was usual so far in how long an answer usually takes


@dataclass(frozen=True)
class Ask:
    """What a client asks, unchecked; named as in the query."""

    model: str | None
    vocabulary: str
    top: int
    timeline: bool
    name: str | None


class Desk:
    """Where requests come in: it knows who is admitted and how long the next will have to wait.

    Parameters
    ----------
    settings : ServeSettings
        What the service takes on.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self.settings = settings
        self.crew = Crew(settings)
        self.metrics = Metrics(self.crew)
        self.cards: list[ModelCard] = []
        self.n_admitted = 0
        self._usual_s = 1.0

    async def open(self) -> None:
        """Start the workers; GenrescopeError where they cannot be."""
        self.cards = await self.crew.start()

    def admit(self) -> None:
        """Give a request its place; RefusedError ``busy`` where there is none."""
        if self.n_admitted >= self.settings.workers + self.settings.queue:
            raise RefusedError("busy", f"all places are taken; try again in {self.retry_s} s.")
        self.n_admitted += 1
        self.metrics.admitted.set(self.n_admitted)

    def leave(self) -> None:
        """Give a place back."""
        self.n_admitted -= 1
        self.metrics.admitted.set(self.n_admitted)

    @property
    def retry_s(self) -> int:
        """Whole seconds after which a place may be free: what is admitted, at the usual pace, is half done."""
        return min(_MAX_RETRY_S, math.ceil(0.5 * self._usual_s * self.n_admitted / self.settings.workers) or 1)

    def count(self, event: Event, took_s: float) -> None:
        """Remember how a request ended, and how long it took from the end of the upload."""
        self._usual_s = _MEMORY * self._usual_s + (1 - _MEMORY) * took_s
        if event.tag == "answer":
            self.metrics.answered(float(event.fact), took_s)
        else:
            self.metrics.failed(event.fact)


class Hearing(Response):
    """The answer to one request: all of its work is done when it is sent, and stops when the client leaves.

    Parameters
    ----------
    desk : Desk
        Where it comes in.
    ask : Ask
        What is asked.
    """

    def __init__(self, desk: Desk, ask: Ask) -> None:  # the parent would set up a body that is there
        self.status_code, self.background = 200, None
        self._desk, self._ask = desk, ask

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        request = Request(scope, receive)
        try:
            card = choose_card(self._desk.cards, self._ask.model, self._ask.vocabulary)
            self._desk.admit()
        except RefusedError as refused:
            await self._refuse(send, refused)
            return
        try:
            await self._admitted(request, card, send)
        except RefusedError as refused:
            await self._refuse(send, refused)
        except ClientDisconnect:
            self._desk.metrics.failed("left")
        finally:
            self._desk.leave()

    async def _admitted(self, request: Request, card: ModelCard, send: Send) -> None:
        upload = await receive(request, self._desk.settings.max_upload_bytes, self._ask.name)
        try:
            await self._while_there(request, self._hear(request, card, upload, send))
        finally:
            await upload.close()

    async def _while_there(self, request: Request, work: Coroutine[None, None, None]) -> None:
        """Work until it is done or the client has gone."""
        working, watching = asyncio.create_task(work), asyncio.create_task(_left(request))
        try:
            await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise ClientDisconnect
            working.result()
        finally:
            working.cancel()
            watching.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    async def _hear(self, request: Request, card: ModelCard, upload: Upload, send: Send) -> None:
        streamed = NDJSON in Headers(scope=request.scope).get("accept", "")
        ask, since_s = self._ask, time.monotonic()
        job = Job(upload.name, card.name, ask.vocabulary, ask.top, ask.timeline and card.window_s > 0, streamed)
        async with self._desk.crew.hear(job, upload.descriptor) as events:
            last = await self._send_events(send, events, streamed=streamed)
        self._desk.count(last, time.monotonic() - since_s)

    async def _send_events(self, send: Send, events: AsyncIterator[Event], *, streamed: bool) -> Event:
        """Send what is said as it comes; the first thing decides the status."""
        event = await anext(events)
        if event.is_last and (event.tag == "error" or not streamed):
            await _send_whole(send, STATUS_OF.get(event.fact, 500) if event.tag == "error" else 200, event.body)
            return event
        await send(_start(200, NDJSON))
        await send(_body(event.body + b"\n", more=not event.is_last))
        async for event in events:
            await send(_body(event.body + b"\n", more=not event.is_last))
        return event

    async def _refuse(self, send: Send, refused: RefusedError) -> None:
        self._desk.metrics.failed(refused.kind)
        more = [(b"retry-after", str(self._desk.retry_s).encode())] if refused.kind == "busy" else []
        await _send_whole(send, refused.status, refused.to_bytes(), more)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _send_whole(send: Send, status: int, body: bytes, more: list[tuple[bytes, bytes]] | None = None) -> None:
    length = (b"content-length", str(len(body) + 1).encode())
    await send(_start(status, JSON, [length, *(more or [])]))
    await send(_body(body + b"\n", more=False))


def _start(status: int, media_type: str, more: list[tuple[bytes, bytes]] | None = None) -> dict[str, object]:
    headers = [(b"content-type", media_type.encode()), *(more or [])]
    return {"type": "http.response.start", "status": status, "headers": headers}


def _body(body: bytes, *, more: bool) -> dict[str, object]:
    return {"type": "http.response.body", "body": body, "more_body": more}

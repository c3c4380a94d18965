"""Taking in an upload: into a file without a name, no larger and no slower than allowed.

The file never has a name on the disk, so that it is gone with the last process that has it open, however that ends;
and whatever a client calls its file is only ever said back.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from genrescope.serve.answers import UNNAMED, RefusedError

FIELD = "file"
"""The field of a form that holds the upload."""

NAME_HEADER = "x-filename"
"""The header that names a raw body."""

GRACE_S = 20.0
"""So long a client may be silent, and after so long its upload must have run at `MIN_BYTES_A_SECOND` so far."""

MIN_BYTES_A_SECOND = 16_384

_MAX_NAME = 255
_SPOOL_BYTES = 1 << 20
_PIECE_BYTES = 1 << 20  # each piece costs a trip to a thread that writes it, however small it is


@dataclass(frozen=True)
class Upload:
    """What a client sent.

    Attributes
    ----------
    name : str
        The last part of what the client calls it; never to be used as a path.
    content : UploadFile
        Its bytes.
    """

    name: str
    content: UploadFile

    @property
    def descriptor(self) -> int:
        """The open file; what was held in memory goes to the disk."""
        descriptor = self.content.file.fileno()
        self.content.file.seek(0)
        self.content.file.flush()
        return descriptor

    async def close(self) -> None:
        """Let go of it; the disk has nothing of it from then on."""
        await self.content.close()


async def receive(request: Request, max_bytes: int, name: str | None) -> Upload:
    """Take in a request's body, a form with the field `FIELD` or the bytes of the file itself.

    Parameters
    ----------
    request : Request
        Its body was not read.
    max_bytes : int
        What is larger is refused as soon as it is.
    name : str, optional
        What a raw body is called, where the header `NAME_HEADER` does not say it.

    Raises
    ------
    RefusedError
        ``too_large``, ``too_slow``, or ``wrong_use`` for a form that is none.
    """
    stream = _in_pieces(_in_bounds(request, max_bytes))
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await _receive_raw(stream, base_name(_header_name(request) or name))
    try:
        form = await MultiPartParser(request.headers, stream, max_files=1, max_fields=8).parse()
    except MultiPartException as error:
        raise RefusedError(
            "wrong_use", f"the form cannot be read ({error.message}); send the field '{FIELD}'."
        ) from error
    return await _file_of(form)


def base_name(name: str | None) -> str:
    r"""Return the last part of what a client calls its file.

    Examples
    --------
    >>> base_name("../../etc/passwd"), base_name("C:\\music\\a.mp3"), base_name("..")
    ('passwd', 'a.mp3', 'upload')
    """
    last = re.split(r"[/\\]", name or "")[-1].replace("\0", "")[:_MAX_NAME]
    return UNNAMED if last in {"", ".", ".."} else last


def _header_name(request: Request) -> str | None:
    raw = request.headers.get(NAME_HEADER)
    return None if raw is None else raw.encode("latin-1").decode("utf-8", "replace")


async def _receive_raw(stream: AsyncGenerator[bytes], name: str) -> Upload:
    file = SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 - the upload closes it
    content = UploadFile(file, size=0, filename=name)  # type: ignore[arg-type]  # it is a binary file for all purposes
    try:
        async for chunk in stream:
            await content.write(chunk)
    except BaseException:
        await content.close()
        raise
    return Upload(name, content)


async def _file_of(form: FormData) -> Upload:
    found = form.get(FIELD)
    if isinstance(found, UploadFile):
        return Upload(base_name(found.filename), found)
    await form.close()
    there = ", ".join(f"'{name}'" for name in form) or "none"
    raise RefusedError("wrong_use", f"the form has no file in the field '{FIELD}' (its fields: {there}); send one.")


async def _in_pieces(chunks: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the same bytes in fewer, larger pieces."""
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        if len(held) >= _PIECE_BYTES:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


async def _in_bounds(request: Request, max_bytes: int) -> AsyncGenerator[bytes]:
    """Yield the body's chunks while it is small and quick enough."""
    loop, n_bytes = asyncio.get_running_loop(), 0
    too_large = RefusedError("too_large", f"it is larger than the {max_bytes / 2**20:g} MiB that this service takes.")
    if int(request.headers.get("content-length", 0)) > max_bytes:
        raise too_large
    since_s, chunks = loop.time(), request.stream()
    while True:
        late_s = since_s + GRACE_S + n_bytes / MIN_BYTES_A_SECOND
        try:
            async with asyncio.timeout_at(min(late_s, loop.time() + GRACE_S)):
                chunk = await anext(chunks, None)
        except TimeoutError as error:
            message = f"it came too slowly: {n_bytes} bytes in {loop.time() - since_s:.0f} s; try a better connection."
            raise RefusedError("too_slow", message) from error
        if chunk is None:
            return
        n_bytes += len(chunk)
        if n_bytes > max_bytes:
            raise too_large
        yield chunk

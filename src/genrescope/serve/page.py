"""The page as it lies in the package, built by ``make web``; large files lie there compressed."""

import gzip
import mimetypes
import os
from importlib.resources import files
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

ASSETS = Path(str(files("genrescope"))) / "web" / "assets"
"""Where the build puts the page."""

NOT_BUILT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="color-scheme" content="light dark">
<title>genrescope</title><link rel="icon" href="data:,"></head>
<body>
<h1>genrescope</h1>
<p>The service runs; its page is not built. In a checkout run <code>make web</code>, which needs Node.js 20.19 or
later, and load this page again.</p>
<p>The API works without it: <code>curl -F file=@song.mp3 ADDRESS/v1/predict</code>. See <a href="docs">its
description</a>.</p>
</body>
</html>
"""
"""What stands in for the page."""

MEDIA_TYPES = {
    ".css": "text/css",
    ".flac": "audio/flac",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".onnx": "application/octet-stream",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
}
"""What the system's own table of types may not know, or know otherwise."""

_HASHED = "code/"  # names in there change with what is in them
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


class Page(StaticFiles):
    """Serves a folder's files, ``NAME.gz`` as ``NAME``.

    Parameters
    ----------
    folder : Path
        The built page; it may come later, or never.
    """

    def __init__(self, folder: Path = ASSETS) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)
        self._folder = folder

    async def check_config(self) -> None:
        """Let the folder be absent."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file of the page."""
        if path == "." and not (self._folder / "index.html").is_file():
            return HTMLResponse(NOT_BUILT, headers={"cache-control": _ASK_AGAIN})
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or path.endswith(".gz"):
                raise
            response = await self._packed(path, scope)
        suffix = os.path.splitext("index.html" if path == "." else path)[1]
        if response.status_code != 304:
            response.headers["content-type"] = _media_type(suffix)
        response.headers["cache-control"] = _FOR_EVER if path.startswith(_HASHED) else _ASK_AGAIN
        return response

    async def _packed(self, path: str, scope: Scope) -> Response:
        """Return a file that lies there compressed, unpacked where the client asks for that."""
        response = await super().get_response(f"{path}.gz", scope)
        if "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            response.headers["content-encoding"] = "gzip"
        elif response.status_code == 200:
            full_path, _ = self.lookup_path(f"{path}.gz")
            response = Response(await run_in_threadpool(_unpack, full_path))
        response.headers["vary"] = "accept-encoding"
        return response


def _unpack(path: str) -> bytes:
    with gzip.open(path) as file:
        return file.read()


def _media_type(suffix: str) -> str:
    media_type = MEDIA_TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
    is_text = media_type.startswith("text/") or media_type == "application/json"
    return f"{media_type}; charset=utf-8" if is_text else media_type

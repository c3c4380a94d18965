"""Playlists: M3U, M3U8 and PLS, with the spellings that real players write."""

import os
import re
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from genrescope.errors import AudioError

PLAYLIST_SUFFIXES = frozenset({".m3u", ".m3u8", ".pls"})

_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_PLS_ENTRY = re.compile(r"^\s*File(\d+)\s*=\s*(.*?)\s*$", re.IGNORECASE)


def is_playlist(path: str) -> bool:
    """Tell by the suffix whether `path` is a list of songs rather than a song."""
    return os.path.splitext(path)[1].lower() in PLAYLIST_SUFFIXES


def net_address(path: str) -> AudioError | None:
    """Return the error for an address on the net (``https://...``), None for anything else."""
    if not _ADDRESS.match(path) or path.lower().startswith("file:"):
        return None
    return AudioError("unsupported", path, "an address on the net, not a file; download it and give the file.")


def read_playlist(path: str) -> list[str | AudioError]:
    """Read the entries of a playlist.

    Parameters
    ----------
    path : str
        The playlist; relative entries are relative to its folder.

    Returns
    -------
    list of str or AudioError
        Paths in the list's order, whether they exist or not; an error for an entry on the net, or the one error that
        keeps the list itself from being read.
    """
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError as cause:
        return [_unreadable(path, cause)]
    text = os.fsdecode(raw.removeprefix(b"\xef\xbb\xbf"))
    entries = _pls_entries(text) if path.lower().endswith(".pls") else _m3u_entries(text)
    if not entries:
        return [AudioError("empty", path, "the playlist names no file.")]
    return [_resolve(entry, os.path.dirname(path)) for entry in entries]


def _unreadable(path: str, cause: OSError) -> AudioError:
    if isinstance(cause, FileNotFoundError):
        return AudioError("not_found", path, "there is no such playlist; check the spelling.")
    if isinstance(cause, PermissionError):
        return AudioError("no_permission", path, "the playlist may not be read by you; change its permissions.")
    return AudioError("unsupported", path, f"the playlist cannot be read ({cause.strerror}).")


def _m3u_entries(text: str) -> list[str]:
    lines = (line.strip("\r\n\t ") for line in text.split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def _pls_entries(text: str) -> list[str]:
    found = (_PLS_ENTRY.match(line) for line in text.split("\n"))
    numbered = [(int(match[1]), match[2]) for match in found if match and match[2]]
    return [entry for _, entry in sorted(numbered, key=lambda pair: pair[0])]


def _resolve(entry: str, folder: str) -> str | AudioError:
    if address := net_address(entry):
        return address
    if entry.lower().startswith("file:"):
        return url2pathname(urlsplit(entry).path)
    readings = [os.path.join(folder, reading) for reading in _readings(entry)]
    return next((reading for reading in readings if os.path.exists(reading)), readings[0])


def _readings(entry: str) -> list[str]:
    """List what an entry may mean, likeliest first: as it is, percent-coded, from Windows (slashes, letters)."""
    western = os.fsencode(entry).decode("cp1252", errors="replace")
    spellings = [entry, unquote(entry, errors="surrogateescape"), western]
    return spellings + [spelling.replace("\\", "/") for spelling in spellings]

"""Everything that genrescope raises on purpose.

One root, few children. A message says what was given, what was expected and what to do about it.
"""

from pathlib import Path
from typing import Literal, get_args

ErrorKind = Literal[
    "not_found",
    "no_permission",
    "is_folder",
    "empty",
    "not_audio",
    "no_audio_stream",
    "damaged",
    "too_short",
    "silent",
    "unsupported",
    "timeout",
    "too_large",
]
"""Why a file has no answer."""

ERROR_KINDS: tuple[str, ...] = get_args(ErrorKind)


class GenrescopeError(Exception):
    """Root of every error that genrescope raises on purpose."""


class AudioError(GenrescopeError):
    """A file has no answer.

    Parameters
    ----------
    kind : ErrorKind
        The reason, one of `ERROR_KINDS`.
    path : str or Path
        The file, as it was given.
    message : str
        What happened and what to do, in words; the path is put before it.

    Examples
    --------
    >>> str(AudioError("empty", "a.mp3", "the file holds 0 bytes; copy it again."))
    'a.mp3: the file holds 0 bytes; copy it again.'
    """

    def __init__(self, kind: ErrorKind, path: str | Path, message: str) -> None:
        super().__init__(kind, path, message)
        self.kind: ErrorKind = kind
        self.path = str(path)
        self.message = message

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"

    def to_dict(self) -> dict[str, object]:
        """Return the error line of the command line's JSON output."""
        return {"path": self.path, "error": {"kind": self.kind, "message": self.message}}


class ModelError(GenrescopeError):
    """A model file is missing, is not ours, or cannot do what was asked of it."""


class UsageError(GenrescopeError):
    """An argument is wrong; the command line ends with exit code 2."""


class MissingExtraError(GenrescopeError):
    """A part of genrescope was used whose optional packages are not installed.

    Parameters
    ----------
    what : str
        The thing that was asked for, such as ``"--plot"``.
    extra : str
        The extra that brings its packages, such as ``"explore"``.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the extra '{extra}': run  pip install 'genrescope[{extra}]'")
        self.extra = extra

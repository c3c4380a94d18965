"""Errors as the service says them: the command line's object, with the status that fits."""

import json
from difflib import get_close_matches
from typing import get_args

from genrescope.card import ModelCard
from genrescope.errors import ErrorKind, UsageError

STATUS_OF: dict[str, int] = {
    "too_large": 413,
    "not_audio": 415,
    "no_audio_stream": 415,
    "unsupported": 415,
    "damaged": 422,
    "silent": 422,
    "too_short": 422,
    "empty": 422,
    "timeout": 504,
    "wrong_use": 400,
    "too_slow": 408,
    "busy": 429,
}
"""The status of each kind of error that an upload can have; the last three are the service's own."""

KINDS = tuple(dict.fromkeys((*get_args(ErrorKind), *STATUS_OF, "not_found", "failed")))
"""Every kind that an error of the service can have."""

UNNAMED = "upload"
"""What an upload without a name is called."""


class RefusedError(Exception):
    """A request has no answer.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    message : str
        What happened and what to do, in words.
    name : str
        The upload's name.
    """

    def __init__(self, kind: str, message: str, name: str = UNNAMED) -> None:
        super().__init__(message)
        self.kind, self.message, self.name = kind, message, name

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS_OF.get(self.kind, 500)

    def to_bytes(self) -> bytes:
        """Return the error object as JSON."""
        return error_json(self.name, self.kind, self.message)


def error_json(name: str, kind: str, message: str) -> bytes:
    """Return the error object of the command line's contract as JSON."""
    return to_json({"path": name, "error": {"kind": kind, "message": message}})


def to_json(value: object) -> bytes:
    """Return a value as one line of JSON in UTF-8; half a surrogate pair, which no text has, is escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "), allow_nan=False)
    return text.encode("utf-8", errors="backslashreplace")


def choose_card(cards: list[ModelCard], model: str | None, vocabulary: str) -> ModelCard:
    """Return the card of the model that was asked for, by default the first.

    Raises
    ------
    RefusedError
        There is no such model here, or it does not know the vocabulary.
    """
    named = {card.name: card for card in cards}
    if model is not None and model not in named:
        near = get_close_matches(model, named, n=1)
        meant = f" (did you mean '{near[0]}'?)" if near else ""
        raise RefusedError("wrong_use", f"no model '{model}' is served{meant}; there is: {', '.join(named)}.")
    card = cards[0] if model is None else named[model]
    try:
        card.vocabulary_labels(vocabulary)
    except UsageError as error:
        raise RefusedError("wrong_use", f"{error}.") from error
    return card

"""Answers as lines of text: JSON lines (the contract, `schemas/prediction.schema.json`) and CSV for people."""

import csv
import io
import json
import os
from dataclasses import dataclass
from typing import Protocol

from genrescope.errors import AudioError, UsageError
from genrescope.records import Prediction

Answer = Prediction | AudioError
"""What a file is answered with."""


@dataclass(frozen=True)
class Held:
    """What a line written earlier holds.

    Attributes
    ----------
    path : str
        The file that it answers, as `plain` writes it.
    failed : bool
        True for an error.
    model, vocabulary : str or None
        Who answered, in whose words; None for an error.
    """

    path: str
    failed: bool
    model: str | None
    vocabulary: str | None


class Lines(Protocol):
    """A way to write each answer as one line that can be read back."""

    @property
    def header(self) -> bytes:
        """The first line of a file; may be empty."""

    def encode(self, answer: Answer) -> bytes:
        """Write an answer as one line, with its line break."""

    def decode(self, line: bytes) -> Held:
        """Read a line back; ValueError where it is none of ours."""


def plain(text: str) -> str:
    r"""Write what cannot stand in a line of text as escapes: line breaks, control characters, bytes that are no text.

    Examples
    --------
    >>> plain("a\nb.mp3")
    'a\\nb.mp3'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def path_key(path: str) -> str:
    """Return what makes two spellings of a path the same line (``./a.mp3`` and ``a.mp3``)."""
    return plain(os.path.normpath(path))


def to_dict(answer: Answer, top: int) -> dict[str, object]:
    """Return the object of the JSON output, for an answer or an error."""
    return answer.to_dict(top) if isinstance(answer, Prediction) else answer.to_dict()


class JsonLines:
    """One JSON object a line.

    Parameters
    ----------
    top : int
        How many genres to write.
    """

    header = b""

    def __init__(self, top: int) -> None:
        self._top = top

    def encode(self, answer: Answer) -> bytes:
        """Write an answer as one line."""
        text = json.dumps(to_dict(answer, self._top), ensure_ascii=False, separators=(", ", ": "), allow_nan=False)
        # Bytes of a file name that are no text are lone surrogates here; "\udcff" is how JSON writes those.
        return text.encode("utf-8", errors="backslashreplace") + b"\n"

    def decode(self, line: bytes) -> Held:
        """Read a line back; ValueError where it is none of ours."""
        found = json.loads(line)
        if (
            not isinstance(found, dict)
            or not isinstance(found.get("path"), str)
            or not {"error", "genres"} & set(found)
        ):
            raise ValueError("no answer of genrescope")
        return Held(plain(found["path"]), "error" in found, found.get("model"), found.get("vocabulary"))


class CsvLines:
    """One row a file, the best genres side by side.

    Parameters
    ----------
    top : int
        How many genres to write.
    """

    def __init__(self, top: int) -> None:
        self._top = top
        best = [name for place in range(1, top + 1) for name in (f"genre_{place}", f"confidence_{place}")]
        self.columns = ["path", "duration_s", "model", "vocabulary", *best, "unsure", "voice", "warnings"]
        self.columns += ["error_kind", "error_message"]

    @property
    def header(self) -> bytes:
        """The names of the columns."""
        return self._line(self.columns)

    def encode(self, answer: Answer) -> bytes:
        """Write an answer as one row."""
        row = flat_row(answer, self._top)
        return self._line([_cell(row.get(column)) for column in self.columns])

    def decode(self, line: bytes) -> Held:
        """Read a row back; ValueError where it is none of ours."""
        try:
            cells = next(csv.reader([line.decode("utf-8")], strict=True), [])
        except csv.Error as cause:
            raise ValueError(str(cause)) from cause
        row = dict(zip(self.columns, cells, strict=True))
        failed = bool(row["error_kind"])
        return Held(row["path"], failed, None if failed else row["model"], None if failed else row["vocabulary"])

    @staticmethod
    def _line(cells: list[str]) -> bytes:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(cells)
        return text.getvalue().encode("utf-8")


def flat_row(answer: Answer, top: int) -> dict[str, object]:
    """Return an answer as the cells of one table row; a cell that has nothing to say is absent."""
    if isinstance(answer, AudioError):
        return {"path": answer.path, "error_kind": answer.kind, "error_message": answer.message}
    row: dict[str, object] = {
        "path": answer.path,
        "duration_s": round(answer.duration_s, 3),
        "model": answer.model,
        "vocabulary": answer.vocabulary,
        "unsure": answer.unsure,
        "voice": None if answer.voice is None else round(answer.voice, 4),
        "warnings": "; ".join(f"{notice.kind}: {notice.message}" for notice in answer.warnings),
    }
    for place, score in enumerate(answer.genres[:top], start=1):
        row |= {f"genre_{place}": score.label, f"confidence_{place}": round(score.confidence, 4)}
    return row


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else plain(str(value))


def check_same(held: Held, model: str, vocabulary: str, where: str) -> None:
    """UsageError where an answer written earlier is another model's or in other words: they would mix unnoticed."""
    if not held.failed and (held.model, held.vocabulary) != (model, vocabulary):
        raise UsageError(
            f"{where} holds answers of the model '{held.model}' in the vocabulary '{held.vocabulary}', and this run "
            f"asks '{model}' in '{vocabulary}'; name another --out, or ask the same."
        )

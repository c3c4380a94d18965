"""Parquet: a file that can only be written whole. Answers go to a journal of JSON lines beside it until the end."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from genrescope.cli._lines import Answer, Held, JsonLines, plain
from genrescope.cli._resume import LineFile, recover, replacing
from genrescope.errors import MissingExtraError, UsageError


def need_pyarrow() -> Any:
    """Import pyarrow; MissingExtraError where it is not installed."""
    try:
        import pyarrow.parquet
    except ImportError as cause:
        raise MissingExtraError("writing Parquet", "explore") from cause
    return pyarrow


def journal_of(out: Path) -> Path:
    """Return the journal of a Parquet file that is being written."""
    return out.with_name(f"{out.name}.unfinished.jsonl")


class ParquetFile:
    """One row a file: the best genres side by side, and the course over time as a nested column.

    Parameters
    ----------
    out : Path
        The Parquet file.
    top : int
        How many genres to write.
    keep : bool
        Whether the rows that are already there (and those of a journal that was left) stay.
    """

    def __init__(self, out: Path, top: int, *, keep: bool) -> None:
        need_pyarrow()
        self._out, self._top, self._keep = out, top, keep
        self._journal = LineFile(journal_of(out), JsonLines(top), keep=keep)

    def write(self, answer: Answer) -> None:
        """Take an answer."""
        self._journal.write(answer)

    def close(self) -> None:
        """Turn the journal into the file, with what the file held before where that is kept."""
        self._journal.close()
        pa = need_pyarrow()
        schema = _schema(self._top)
        old = _answers(_read(self._out)) if self._keep and self._out.exists() else None
        if old is not None:  # --top may have been another
            schema = pa.unify_schemas([schema, old.schema])
            old = pa.concat_tables([old, schema.empty_table()], promote_options="default").select(schema.names)
        with replacing(self._out) as temporary, pa.parquet.ParquetWriter(temporary, schema) as writer:
            if old is not None:
                writer.write_table(old)
            for rows in _chunks(journal_of(self._out)):
                writer.write_table(pa.Table.from_pylist(rows, schema=schema))
        journal_of(self._out).unlink()


def _chunks(journal: Path) -> Iterator[list[dict[str, object]]]:
    """Read a journal in pieces, because the timelines of a whole library do not fit in memory."""
    with open(journal, "rb") as lines:
        while rows := [_row(json.loads(line)) for line in islice(lines, 256)]:
            yield rows


def recover_parquet(out: Path, top: int) -> list[Held]:
    """Return the answers that a Parquet file and its journal hold (errors left out: they are tried again)."""
    held = recover(journal_of(out), JsonLines(top))
    if out.exists():
        rows = _answers(_read(out)).select(["path", "model", "vocabulary"]).to_pylist()
        held += [Held(row["path"], False, row["model"], row["vocabulary"]) for row in rows]
    return held


def _read(out: Path) -> Any:
    pa = need_pyarrow()
    try:
        table = pa.parquet.read_table(out)
    except (pa.ArrowInvalid, OSError) as cause:
        raise UsageError(f"{out}: cannot be read as Parquet ({cause}); name another --out.") from cause
    if not {"path", "error_kind", "model", "vocabulary"} <= set(table.column_names):
        raise UsageError(f"{out}: not written by this command; name another --out.")
    return table


def _answers(table: Any) -> Any:
    """Leave out the errors: they are tried again."""
    return table.filter(table["error_kind"].is_null())


def _schema(top: int) -> Any:
    pa = need_pyarrow()
    text, share = pa.string(), pa.float32()
    best = [pair for k in range(1, top + 1) for pair in ((f"genre_{k}", text), (f"confidence_{k}", share))]
    course = [("start_s", pa.float64()), ("window_s", pa.float64()), ("hop_s", pa.float64())]
    course += [("labels", pa.list_(text)), ("probabilities", pa.list_(pa.list_(share)))]
    columns = [("path", text), ("duration_s", pa.float64()), ("model", text), ("vocabulary", text), *best]
    columns += [("unsure", pa.bool_()), ("voice", share), ("warnings", text), ("timeline", pa.struct(course))]
    return pa.schema([*columns, ("error_kind", text), ("error_message", text)])


def _row(found: dict[str, Any]) -> dict[str, object]:
    """Turn an object of the JSON output into a row; what it has not is null."""
    row = {"path": plain(found["path"])}
    if error := found.get("error"):
        return row | {"error_kind": error["kind"], "error_message": plain(error["message"])}
    for place, score in enumerate(found["genres"], start=1):
        row |= {f"genre_{place}": score["label"], f"confidence_{place}": score["confidence"]}
    warnings = "; ".join(f"{notice['kind']}: {notice['message']}" for notice in found["warnings"])
    return {**{key: found[key] for key in ("duration_s", "model", "vocabulary", "unsure", "voice", "timeline")},
            **row, "warnings": plain(warnings)}  # fmt: skip

"""Where answers go: one sink a form. It is told each answer as it comes and keeps nothing that a kill could lose."""

import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from genrescope.cli._formats import Format
from genrescope.cli._jams import to_jams
from genrescope.cli._lines import Answer, CsvLines, Held, JsonLines, Lines, check_same, path_key, plain
from genrescope.cli._resume import LineFile, recover, replacing
from genrescope.errors import UsageError
from genrescope.records import Prediction


class Sink(Protocol):
    """Takes answers, one after the other."""

    def write(self, answer: Answer) -> None:
        """Take an answer."""

    def close(self) -> None:
        """Finish what can only be finished at the end. Called after an interruption, too."""


class LineStream:
    """Lines on standard output, each at once.

    Parameters
    ----------
    lines : Lines
        How an answer is written.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._put(lines.header)

    def write(self, answer: Answer) -> None:
        """Print an answer."""
        self._put(self._lines.encode(answer))

    def close(self) -> None:
        """Nothing is left to do."""

    @staticmethod
    def _put(line: bytes) -> None:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


class JamsStream:
    """JAMS objects on standard output, one a line; a file without an answer has none.

    Parameters
    ----------
    top : int
        How many genres of the whole track to write.
    """

    def __init__(self, top: int) -> None:
        self._top = top

    def write(self, answer: Answer) -> None:
        """Print an answer."""
        if isinstance(answer, Prediction):
            sys.stdout.buffer.write(json.dumps(to_jams(answer, self._top)).encode("ascii") + b"\n")
            sys.stdout.buffer.flush()

    def close(self) -> None:
        """Nothing is left to do."""


class JamsFolder:
    """One JAMS file a track, named after the track; a track whose name is taken by another gets a mark of its path.

    Parameters
    ----------
    out : Path
        The folder, or one file whose name ends in ``.jams``.
    paths : sequence of str
        All files that will be answered.
    top : int
        How many genres of the whole track to write.

    Raises
    ------
    UsageError
        Where `out` is one file and the tracks are several.
    """

    def __init__(self, out: Path, paths: Sequence[str], top: int) -> None:
        self._one_file = out.suffix.lower() == ".jams" and not out.is_dir()
        if self._one_file and len(paths) > 1:
            raise UsageError(
                f"--out {out}: a .jams file describes one track, and there are {len(paths)}; "
                "name a folder:  --jams --out FOLDER"
            )
        self._out = out
        self._top = top
        self._stems = Counter(_stem(path) for path in dict.fromkeys(paths))
        if not self._one_file:
            out.mkdir(exist_ok=True)

    def held(self, path: str) -> Held | None:
        """Return what a track's file holds, where it is already there."""
        target = self._target(path)
        if self._recorded_path(target) != plain(path):
            return None
        annotations = json.loads(target.read_text(encoding="utf-8"))["annotations"]
        annotator = annotations[0]["annotation_metadata"]["annotator"]
        return Held(path, False, annotator["model"], annotator["vocabulary"])

    def write(self, answer: Answer) -> None:
        """Write an answer's file."""
        if isinstance(answer, Prediction):
            with replacing(self._target(answer.path)) as temporary:
                temporary.write_text(json.dumps(to_jams(answer, self._top), indent=1) + "\n", encoding="utf-8")

    def close(self) -> None:
        """Nothing is left to do."""

    def _target(self, path: str) -> Path:
        if self._one_file:
            return self._out
        stem = _stem(path)
        target = self._out / f"{stem}.jams"
        if self._stems[stem] > 1 or self._recorded_path(target) not in {None, plain(path)}:
            mark = hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
            target = self._out / f"{stem}~{mark}.jams"
        return target

    @staticmethod
    def _recorded_path(target: Path) -> str | None:
        try:
            found = json.loads(target.read_text(encoding="utf-8"))
            return str(found["sandbox"]["genrescope"]["path"])
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def open_sink(form: Format, out: Path | None, paths: Sequence[str], top: int, *, resume: bool) -> Sink:
    """Open the place where answers go.

    Parameters
    ----------
    form : Format
        Any but `Format.PEOPLE`.
    out : Path or None
        A file, a folder (JAMS), or None for standard output.
    paths : sequence of str
        The files that will be answered.
    top : int
        How many genres to write.
    resume : bool
        Whether to go on with what `out` holds (see `held_by`) instead of beginning anew.
    """
    if form is Format.JAMS:
        return JamsStream(top) if out is None else JamsFolder(out, paths, top)
    if form is Format.PARQUET and out is not None:
        from genrescope.cli._parquet import ParquetFile

        return ParquetFile(out, top, keep=resume)
    lines = line_form(form, top)
    return LineStream(lines) if out is None else LineFile(out, lines, keep=resume)


def line_form(form: Format, top: int) -> Lines:
    """Return how a form writes an answer as a line."""
    return CsvLines(top) if form is Format.CSV else JsonLines(top)


def held_by(form: Format, out: Path, paths: Sequence[str], asked: tuple[str, str], top: int) -> set[str]:
    """Return the keys (`path_key`) of the files that `out` already answers, and make it ready to be continued.

    Parameters
    ----------
    form, out, paths, top
        As for `open_sink`.
    asked : tuple of str
        Model and vocabulary of this run.

    Raises
    ------
    UsageError
        Where `out` was not written by this command, or by another model or in another vocabulary.
    """
    if form is Format.JAMS:
        folder = JamsFolder(out, paths, top)
        held = [one for one in map(folder.held, paths) if one is not None]
    elif form is Format.PARQUET:
        from genrescope.cli._parquet import recover_parquet

        held = recover_parquet(out, top)
    else:
        held = recover(out, line_form(form, top))
    for one in held:
        check_same(one, *asked, where=str(out))
    return {path_key(one.path) for one in held}

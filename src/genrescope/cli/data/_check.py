"""The course of ``genrescope data check``, and its report in the terminal."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from genrescope.cli._data import alike_warnings
from genrescope.cli._progress import Advance
from genrescope.cli._run import INTERRUPTED, tell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from genrescope.audit.check import Check
    from genrescope.audit.faults import Fault
    from genrescope.audit.report import Report
    from genrescope.datasets._base import Dataset

EXAMPLES = 6
"""Faults of a kind that the terminal shows; all are in the report."""


@dataclass(frozen=True)
class Request:
    """The arguments of ``genrescope data check``, named as there."""

    name: str
    root: Path
    work: Path | None
    workers: int | None
    split: Path | None
    near: bool
    as_json: bool
    html: Path | None


def run(request: Request) -> int:
    """Check what was asked.

    Returns
    -------
    int
        The exit code: 0 every file was decoded, 1 at least one was not, 130 interrupted.

    Raises
    ------
    GenrescopeError
        For wrong use, before anything is written; where the report cannot be written.
    """
    from genrescope.audit.check import Check, Settings, sound_of
    from genrescope.datasets.catalogue import open_dataset
    from genrescope.datasets.quarantine import make_work_folder, see_that_it_takes_files
    from genrescope.runtime.session import available_cores

    dataset = open_dataset(request.name, request.root)
    sound_of(dataset)  # where there is none, that is said before anything is written
    parts = _parts(request.split, dataset)
    work = make_work_folder(dataset.root, request.work)
    if request.html is not None:
        see_that_it_takes_files(request.html.parent, "name a file in a folder that can with --html FILE")
    settings = Settings(workers=request.workers or available_cores(), near=request.near)
    check = Check(dataset, work, settings)
    try:
        _listen(check, len(dataset.tracks))
    except KeyboardInterrupt:
        tell("interrupted; what was heard is kept, and the same command goes on.")
        return INTERRUPTED
    report = check.report(parts, request.split.name if request.split else "official")
    _write_page(report, request.html or work / "check.html", work, as_json=request.as_json)
    return 1 if report.known.broken else 0


def _listen(check: "Check", n_tracks: int) -> None:
    if len(check.todo) < n_tracks:
        tell(f"{n_tracks - len(check.todo):,} of {n_tracks:,} files were heard before and have not changed.")
    advance = Advance(check.todo)
    with advance.shown():
        check.hear(advance.step)
    candidates = check.candidates()
    if not candidates:
        return
    paths = sorted({path for first, second, _ in candidates for path in (first, second)})
    tell(f"{len(candidates):,} pairs may be one recording; their {len(paths):,} files are compared by ear.")
    advance = Advance(paths)
    with advance.shown():
        check.compare(candidates, advance.step)


def _parts(path: Path | None, dataset: "Dataset") -> dict[str, str] | None:
    """Return the part of each track in the split file, None where none is named."""
    if path is None:
        return None
    from genrescope.datasets.splits import read_split

    part_of = read_split(path).part_of
    if strangers := [track_id for track_id in part_of if track_id not in dataset.by_id]:
        tell(f"{path}: {len(strangers):,} of its tracks, such as {strangers[0]}, are not in {dataset.facts.name}.")
    return part_of


def _write_page(report: "Report", path: Path, work: Path, *, as_json: bool) -> None:
    from genrescope.audit.check import REPORT
    from genrescope.audit.page import page
    from genrescope.datasets.quarantine import replace_text

    replace_text(path, page(report))
    if as_json:
        typer.echo(report.to_json())
        return
    _say(report)
    typer.echo(f"report: {work / REPORT}, {path}")


def _say(report: "Report") -> None:
    from rich.console import Console

    from genrescope.datasets._base import alike
    from genrescope.notebook import clock

    facts = report.dataset.facts
    known = report.known
    typer.echo(f"{facts.name}: {len(known.heard):,} files decoded, {clock(report.total_s)} of sound")
    for kind, faults in report.by_kind.items():
        Console(highlight=False, soft_wrap=True).print(_table(kind, faults))
    if report.torn:
        n_tracks = sum(map(len, report.torn))
        typer.echo(
            f"split {report.split}: {len(report.torn):,} groups by artist, album and recording, {n_tracks:,} tracks, "
            "lie on several sides; split with --method grouped, or say so with the score"
        )
    for line in alike_warnings([list(group) for group in alike(report.dataset.genres)]):
        typer.echo(line)
    typer.echo(report.used)


def _table(kind: str, faults: "list[Fault]") -> "Table":
    from rich.table import Table
    from rich.text import Text

    from genrescope.audit.page import WORDS
    from genrescope.cli._lines import plain

    heading = Text(f"{WORDS[kind]}: {_many(faults)}", style="bold")
    heading.append(f"\n{faults[0].advice}", style="not bold")
    table = Table(title=heading, title_justify="left", box=None, padding=(0, 2, 0, 2), show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    for fault in faults[:EXAMPLES]:
        table.add_row(Text(plain(_some(fault.tracks))), Text(plain(fault.message)))
    if len(faults) > EXAMPLES:
        table.add_row(Text(f"… and {len(faults) - EXAMPLES:,} more"), Text(""))
    return table


def _many(faults: "Iterable[Fault]") -> str:
    n = len({track_id for fault in faults for track_id in fault.tracks})
    return f"{n:,} track{'s' * (n != 1)}"


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")

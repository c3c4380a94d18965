"""The course of ``genrescope reproduce``, and its tables in the terminal."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from genrescope.cli._data import tell_used
from genrescope.cli._run import INTERRUPTED, tell
from genrescope.cli._terminal import clock
from genrescope.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table
    from rich.text import Text

    from genrescope.datasets._base import Dataset
    from genrescope.datasets._groups import Duplicates
    from genrescope.datasets.splits import Split
    from genrescope.features.store import Done
    from genrescope.recipes.grid import Progress
    from genrescope.recipes.reproduce import Reproduced, RowOfCells


@dataclass(frozen=True)
class Request:
    """The arguments of ``genrescope reproduce``, named as there."""

    slug: str
    data: str
    root: Path
    split: str | None
    embedding: str
    quick: bool
    genres: str | None
    out: Path | None
    work: Path | None
    workers: int | None
    seed: int
    as_json: bool


def run(request: Request) -> int:
    """Measure what was asked, and write it.

    Returns
    -------
    int
        The exit code: 0 there are figures, 1 there are none, 130 interrupted.

    Raises
    ------
    GenrescopeError
        For wrong use, before anything is written; where results cannot be written.
    """
    from genrescope.datasets._base import Selection
    from genrescope.datasets.catalogue import open_dataset
    from genrescope.datasets.quarantine import make_work_folder, read_duplicates, respect
    from genrescope.recipes.reproduce import Settings, reproduce
    from genrescope.recipes.results import to_dict, write_results
    from genrescope.recipes.sources import Asked
    from genrescope.recipes.tables import read_table
    from genrescope.runtime.session import available_cores

    table = read_table(request.slug)
    chosen = tuple(genre.strip() for genre in request.genres.split(",")) if request.genres else ()
    dataset = respect(open_dataset(request.data, request.root, Selection(chosen)), request.work)
    tell_used(dataset, request.work)
    work = make_work_folder(dataset.root, request.work)
    same = read_duplicates(work)
    split = _split(request, table.split, dataset, same)
    out = request.out or work / "reproduce" / request.slug
    workers = request.workers or available_cores()
    tracks = _Tracks(len(dataset.tracks))
    asked = Asked(dataset, split, work, request.embedding, workers, tracks.step)
    settings = Settings(out, workers, request.seed, request.quick, same, _say_cell, _say)
    try:
        found = reproduce(request.slug, asked, settings)
    except KeyboardInterrupt:
        tell("interrupted; finished cells are kept, and the same command goes on.")
        return INTERRUPTED
    _say("")
    paths = write_results(found, out)
    for one in found:
        typer.echo(json.dumps(to_dict(one), ensure_ascii=False)) if request.as_json else show(one)
    tell(f"written: {', '.join(map(str, paths))}")
    return 0 if any(_has_figures(one) for one in found) else 1


def _split(request: Request, of_report: str, dataset: "Dataset", same: "Duplicates") -> "Split":
    """Return the split that is asked for, or else the report's; where the data has none such, its own or a fair one."""
    if request.split is not None:
        return split_of(request.split, dataset, same, request.seed)
    try:
        return split_of(of_report, dataset, same, request.seed)
    except UsageError:
        other = next(iter(dataset.facts.splits), "grouped")
        tell(f"{dataset.facts.name} has no split '{of_report}'; '{other}' is used (see --split).")
        return split_of(other, dataset, same, request.seed)


def split_of(asked: str, dataset: "Dataset", same: "Duplicates", seed: int) -> "Split":
    """Return the split that a file holds, or make it in the way that is named."""
    from genrescope.datasets.splits import METHODS, make_split, read_split

    if asked not in METHODS and Path(asked).is_file():
        split = read_split(Path(asked))
        split.check(dataset)
        return split
    return make_split(dataset, asked, seed=seed, duplicates=same)


def _has_figures(found: "Reproduced") -> bool:
    cells = any(cell.score is not None for row in found.rows for cell in row.cells.values())
    return cells or any(result.score is not None for _, result in found.recipes)


# ------------------------------------------------------------------------------------------------------------ progress


class _Tracks:
    """Tells how far an extraction is."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0

    def step(self, done: "Done") -> None:
        self._done += 1
        if self._done >= self._total:
            self._done = 0  # the next feature begins
        _say(f"{self._done} of {self._total} tracks: {done.track_id}")


def _say_cell(progress: "Progress") -> None:
    row, classifier = progress.cell
    left = f", about {clock(progress.left_s)} left" if progress.done < progress.total else ""
    _say(f"{progress.done} of {progress.total} cells{left}: {row}, {classifier}")


def _say(words: str) -> None:
    """Say on a terminal what is being done."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{words}")
        sys.stderr.flush()


# ------------------------------------------------------------------------------------------------------- the terminal


def show(found: "Reproduced") -> None:
    """Print a table: measured above, reported below it."""
    from rich.console import Console

    from genrescope.cli._lines import plain
    from genrescope.recipes.results import caption, differs, reasons, without_numbers

    console = Console(highlight=False)
    console.print(f"\n[bold]{found.table.title}[/bold]")
    for line in caption(found):
        typer.echo(plain(line))
    if found.rows:
        typer.echo("Accuracy measured, and below it as reported; bold: best of its row, underlined: of its column.")
        for names in _that_fit(found.table.classifiers, console.width):
            console.print(_grid(found, names))
    _list("No figure, and why:", reasons(found))
    _list("Tracks without numbers:", without_numbers(found))
    if found.recipes:
        console.print(_recipes(found))
        _list(
            "Remarks:",
            [f"{one.name}: {why}" for one, result in found.recipes for why in (result.why, *result.notes) if why],
        )
    _list("Today's library differs from the report's:", [f"{name}: {words}" for name, words in differs(found).items()])


def _list(heading: str, lines: "Sequence[str]") -> None:
    from genrescope.cli._lines import plain

    if lines:
        typer.echo("\n".join([heading, *(f"  {plain(line)}" for line in lines)]))


INPUT_WIDTH = 26
"""Of the column that names the inputs."""


def _that_fit(names: "Sequence[str]", width: int) -> "Iterator[Sequence[str]]":
    """Yield as many columns at a time as a terminal has room for.

    Examples
    --------
    >>> list(_that_fit(["LR", "kNN", "SVCrbf", "AdaBoost"], 60))
    [['LR', 'kNN', 'SVCrbf'], ['AdaBoost']]
    """
    room = width - INPUT_WIDTH - 6
    each = max(1, room // (max(map(len, names)) + 1))
    for first in range(0, len(names), each):
        yield names[first : first + each]


def _grid(found: "Reproduced", names: "Sequence[str]") -> "Table":
    from rich.table import Table

    from genrescope.recipes.results import best

    marks = best(found)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("input", overflow="fold", width=INPUT_WIDTH)
    table.add_column("n", justify="right", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for row in found.rows:
        if row.cells:
            cells = [_cell(row, name, marks) for name in names]
            table.add_row(row.row.name, str(row.dimension), *cells)
    return table


def _cell(row: "RowOfCells", name: str, marks: tuple[set[tuple[str, str]], set[tuple[str, str]]]) -> "Text":
    from rich.text import Text

    cell, place = row.cells[name], (row.row.name, name)
    styles = ["bold"] * (place in marks[0]) + ["underline"] * (place in marks[1])
    text = Text("–" if cell.score is None else f"{cell.score.accuracy:.3f}", style=" ".join(styles))
    if cell.reported is not None:
        text.append(f"\n{cell.reported:.3f}", style="dim not bold not underline")
    return text


def _recipes(found: "Reproduced") -> "Table":
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("recipe", "accuracy", "95 % interval", "macro F1", "reported", "seconds"):
        table.add_column(heading, overflow="fold")
    for recipe, result in found.recipes:
        score = result.score
        figures = ["–"] * 3
        if score is not None:
            figures = [f"{score.accuracy:.3f}", f"{score.low:.3f} to {score.high:.3f}", f"{score.macro_f1:.3f}"]
        reported = ", ".join(f"{name} {value}" for name, value in recipe.reported.items()) or "–"
        table.add_row(recipe.name, *figures, reported, "–" if result.seconds is None else f"{result.seconds:.1f}")
    return table

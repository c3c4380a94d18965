"""``genrescope evaluate``: what a model's answers are worth, with intervals and beside chance."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrescope.errors import UsageError

if TYPE_CHECKING:
    from genrescope.evaluation.comparison import Comparison
    from genrescope.evaluation.report import Report


def evaluate(  # noqa: PLR0913, PLR0917 - a verb has the options of its contract
    target: Annotated[
        str | None, typer.Argument(metavar="RUN|MODEL", help="The folder of a run, a model's name or its file.")
    ] = None,
    data: Annotated[str | None, typer.Option(metavar="NAME", help="A data set of 'data list'.")] = None,
    root: Annotated[Path | None, typer.Option(metavar="DIR|FILE", help="Where it lies; of a table, its file.")] = None,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="METHOD|FILE", help="Whose test part is scored; default the run's own, and all tracks for a model."
        ),
    ] = None,
    inflation: Annotated[
        bool, typer.Option("--inflation", help="Train the run's recipe under a random and a fair split, and compare.")
    ] = False,
    work: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where notes and features lie; default ROOT/.genrescope.")
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Anybody's predictions: CSV or Parquet with truth and predicted, a row each."
        ),
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another model's predictions of the same tracks.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Write the report as a page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as one JSON object.")] = False,
) -> None:
    """Score a model or anybody's predictions: accuracy with its interval, each genre, the confusions, and chance.

    Example:  genrescope evaluate runs/mine --data gtzan --root music/gtzan

    Example:  genrescope evaluate --predictions mine.csv --out mine.html
    """
    if out is not None and (out.is_dir() or not out.parent.is_dir()):
        raise UsageError(f"--out {out}: name a file in a folder that exists, such as report.html.")
    if predictions is None and target is not None:
        _of_target(target, data, root, split, work, out, inflation=inflation, as_json=as_json)
    elif predictions is not None and target is None:
        _give(*_of_predictions(predictions, compare), out, as_json)
    else:
        raise UsageError("name a run or a model with its data, or a table:  genrescope evaluate --predictions FILE.csv")


def _of_target(
    target: str,
    data: str | None,
    root: Path | None,
    split: str | None,
    work: Path | None,
    out: Path | None,
    *,
    inflation: bool,
    as_json: bool,
) -> None:
    from genrescope.cli._evaluate import Request, inflate, score
    from genrescope.cli._several import give_several
    from genrescope.recipes.several import learned_several

    if data is None or root is None:
        raise UsageError(f"say on what:  genrescope evaluate {target} --data NAME --root DIR")
    request = Request(target, data, root.expanduser(), split, work)
    if learned_several(target):
        if inflation or out is not None:
            raise UsageError(f"{target}: it learned several genres a track; --inflation and --out are for one genre.")
        give_several(request, as_json=as_json)
    elif inflation:
        inflate(request, as_json=as_json)
    else:
        _give(score(request), None, out, as_json)


def _of_predictions(path: Path, other: Path | None) -> "tuple[Report, Comparison | None]":
    from genrescope.evaluation.comparison import compare
    from genrescope.evaluation.predictions import read_predictions
    from genrescope.evaluation.report import make_report

    first = read_predictions(path)
    _say_passed_over(path, first.passed_over)
    report = make_report(first.answers, name=path.stem, data=path.name, group_word=first.group_word)
    if other is None:
        return report, None
    second = read_predictions(other)
    _say_passed_over(other, second.passed_over)
    names = (path.stem, other.stem) if path.stem != other.stem else (str(path), str(other))
    return report, compare(first.answers, second.answers, names)


def _give(report: "Report", comparison: "Comparison | None", out: Path | None, as_json: bool) -> None:
    """Print a report, and write its page where one is asked for."""
    if out is not None:
        from genrescope.evaluation.page import write

        write(report, out, comparison)
    if as_json:
        found = report.to_dict() | ({"comparison": comparison.to_dict()} if comparison else {})
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    from genrescope.cli._report import print_report

    print_report(report, comparison)
    if out is not None:
        typer.echo(f"{out}: the whole report")


def _say_passed_over(path: Path, columns: tuple[str, ...]) -> None:
    if columns:
        typer.echo(f"genrescope: {path.name}: columns not used: {', '.join(columns)}", err=True)

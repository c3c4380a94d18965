"""``genrescope evaluate RUN`` of a run that learned several genres a track."""

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from genrescope.cli._data import tell_used
from genrescope.cli._evaluate import Request
from genrescope.cli._report import UNKNOWN, add_row, new_table
from genrescope.cli._run import tell

if TYPE_CHECKING:
    from genrescope.evaluation.multilabel import MultiLabelReport, PrecisionRecall
    from genrescope.recipes.several import ScoredSeveral


def give_several(request: Request, *, as_json: bool) -> None:
    """Answer the test part, and print what the answers are worth."""
    from genrescope.recipes.several import evaluate_several
    from genrescope.recipes.train import Asked

    on_open = partial(tell_used, work=request.work)
    asked = Asked(request.data, request.root, request.split, work=request.work, on_open=on_open)
    scored = evaluate_several(Path(request.target), asked)
    for note in scored.notes:
        tell(note)
    if as_json:
        said = {"name": scored.name, "data": scored.data, "split": scored.split, **scored.report.to_dict()}
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        _print(scored)


def _print(scored: "ScoredSeveral") -> None:
    from rich.console import Console
    from rich.text import Text

    report = scored.report
    console = Console(highlight=False, soft_wrap=True)
    line = f"{scored.data} · {scored.split}: {report.n:,} tracks of several of {len(report.labels)} genres"
    console.print(Text(line, style="bold"))
    figures = new_table("", "value", "95 % interval")
    for name, value, interval in _figures(report):
        add_row(figures, name, value, interval)
    console.print(figures)
    console.print()
    genres = new_table("genre", "average precision")
    for label, precision in zip(report.labels, report.average_precision.per_genre, strict=True):
        add_row(genres, label, _shown(precision))
    console.print(genres)


def _figures(report: "MultiLabelReport") -> list[tuple[str, str, str]]:
    precision = report.average_precision
    rows = [
        ("average precision, of all pairs (micro)", _shown(precision.micro), ""),
        ("… of scores that say nothing", _shown(report.chance), ""),
        ("average precision, mean of genres (macro)", _shown(precision.macro), ""),
        ("label ranking average precision", _shown(report.ranking_average_precision), ""),
        (f"F1 of genres of {report.threshold:g} and more", *_f1(report.flat)),
    ]
    if report.hierarchical is not None:
        rows.append(("F1 with all parents counted", *_f1(report.hierarchical)))
    return rows


def _f1(scores: "PrecisionRecall") -> tuple[str, str]:
    interval = scores.f1_95ci
    return _shown(scores.f1), "" if interval is None else f"{interval.low:.3f}–{interval.high:.3f}"


def _shown(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.3f}"

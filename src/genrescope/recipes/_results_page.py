"""A measured table as one HTML page that needs nothing else."""

from collections.abc import Sequence
from html import escape

from genrescope.recipes._base import Recipe
from genrescope.recipes.reproduce import CellResult, Reproduced, RowOfCells
from genrescope.recipes.results import best, caption, differs, reasons, without_numbers
from genrescope.recipes.rows import RowResult

_STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1d1f23;--faint:#5b6068;--line:#d9dce1;--mark:#fff2cc;--warn:#a34700}
@media(prefers-color-scheme:dark){:root{--paper:#15171a;--ink:#e6e8eb;--faint:#a2a8b0;--line:#33373d;--mark:#4a3d10;
--warn:#e69f00}}
body{margin:0 auto;max-width:90rem;padding:1rem;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,
sans-serif}h1{font-size:1.5rem;margin:.4rem 0}h2{font-size:1.15rem;margin:2rem 0 .4rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .55rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top;white-space:nowrap}
th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:var(--paper)}
td small{display:block;font-weight:400;
color:var(--faint);font-size:.72rem;line-height:1.3}td.words{white-space:normal;text-align:left;
min-width:12rem}.row b{font-weight:700}.row{font-weight:700}.column{background:var(--mark)}.none{color:var(--faint)}
.warn{color:var(--warn);font-weight:600}li{margin:.15rem 0}caption,.faint{color:var(--faint);text-align:left}
"""


def page(found: Reproduced) -> str:
    """Return a measured table as HTML."""
    title = escape(found.table.title)
    lines = "".join(
        f"<li{' class=warn' if line.startswith('Warning') else ''}>{escape(line)}</li>" for line in caption(found)
    )
    body = [f"<h1>{title}</h1><ul>{lines}</ul>"]
    if found.rows:
        body.append(_grid(found))
    if found.recipes:
        body.append(_recipes(found))
    body.append(
        _list("Where today's library differs from the report's", [f"{k}: {v}" for k, v in differs(found).items()])
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _grid(found: Reproduced) -> str:
    marks = best(found)
    heading = "".join(f"<th>{escape(name)}</th>" for name in ("input", "numbers", *found.table.classifiers))
    rows = "".join(_row(row, found.table.classifiers, marks) for row in found.rows)
    words = (
        "Accuracy on the test part. Bold: the best of its row; shaded: the best of its column. Below it the 95 % "
        "interval, the reported figure, seconds to learn and answer, MiB of the process at its peak."
    )
    more = _list("What has no figure, and why", reasons(found))
    more += _list("Tracks without numbers", without_numbers(found))
    return (
        f'<p class="faint">{words}</p><div class="scroll"><table><thead><tr>{heading}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{more}"
    )


def _list(heading: str, lines: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<h2>{escape(heading)}</h2><ul>{items}</ul>" if lines else ""


def _row(row: RowOfCells, names: tuple[str, ...], marks: tuple[set[tuple[str, str]], set[tuple[str, str]]]) -> str:
    head = f"<td>{escape(row.row.name)}</td><td>{row.dimension or '–'}</td>"
    if row.why:
        reported = "".join(
            f"<td class=none>–<small>{_reported(row.row.reported.get(name))}</small></td>" for name in names
        )
        return f'<tr title="{escape(row.why)}">{head}{reported}</tr>'
    cells = "".join(_cell(row.cells[name], (row.row.name, name), marks) for name in names)
    return f"<tr>{head}{cells}</tr>"


def _cell(cell: CellResult, place: tuple[str, str], marks: tuple[set[tuple[str, str]], set[tuple[str, str]]]) -> str:
    if cell.score is None:
        return f'<td class=none title="{escape(cell.why)}">–<small>{_reported(cell.reported)}</small></td>'
    score, outcome = cell.score, cell.outcome
    kinds = " ".join(kind for kind, marked in zip(("row", "column"), marks, strict=True) if place in marked)
    notes = f' title="{escape("; ".join(outcome.notes))}"' if outcome.notes else ""
    return (
        f'<td class="{kinds}"{notes}>{score.accuracy:.3f}<small>{score.low:.3f}–{score.high:.3f}</small>'
        f"<small>{_reported(cell.reported)}</small>"
        f"<small>{outcome.seconds:.2f} s, {outcome.peak_mib:.0f} MiB</small></td>"
    )


def _reported(value: float | None) -> str:
    return "&nbsp;" if value is None else f"reported {value:.3f}"


def _recipes(found: Reproduced) -> str:
    names = ("recipe", "accuracy", "95 % interval", "macro F1", "reported", "seconds", "MiB", "remarks")
    heading = "".join(f"<th>{name}</th>" for name in names)
    rows = "".join(_recipe(recipe, result) for recipe, result in found.recipes)
    genres = "".join(_genres(recipe, result) for recipe, result in found.recipes if result.per_genre)
    return (
        f'<h2>Recipes</h2><div class="scroll"><table><thead><tr>{heading}</tr></thead><tbody>{rows}</tbody></table>'
        f"</div>{genres}"
    )


def _recipe(recipe: Recipe, result: RowResult) -> str:
    score = result.score
    figures = ["–"] * 3
    if score is not None:
        figures = [f"{score.accuracy:.3f}", f"{score.low:.3f}–{score.high:.3f}", f"{score.macro_f1:.3f}"]
    reported = ", ".join(f"{name} {value}" for name, value in recipe.reported.items()) or "–"
    costs = ["–" if value is None else f"{value:.1f}" for value in (result.seconds, result.peak_mib)]
    remarks = "; ".join(filter(None, (result.why, *result.notes)))
    cells = "".join(f"<td>{escape(text)}</td>" for text in (*figures, reported, *costs))
    name = f"{escape(recipe.name)}<small>{escape(recipe.line)}</small>"
    return f"<tr><td>{name}</td>{cells}<td class=words>{escape(remarks)}</td></tr>"


def _genres(recipe: Recipe, result: RowResult) -> str:
    heading = "".join(f"<th>{name}</th>" for name in ("genre", "precision", "recall", "F1", "tracks"))
    rows = "".join(
        f"<tr><td>{escape(label)}</td>"
        + "".join(
            f"<td>{'–' if facts[name] is None else format(facts[name], '.2f')}</td>"
            for name in ("precision", "recall", "f1")
        )
        + f"<td>{facts['support']}</td></tr>"
        for label, facts in result.per_genre.items()
    )
    return (
        f"<h2>{escape(recipe.name)}, genre by genre</h2><table><thead><tr>{heading}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )

"""A measured table as files: JSON and Parquet for machines, Markdown and HTML for people."""

import json
from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

from genrescope.datasets.quarantine import replace_text
from genrescope.errors import MissingExtraError
from genrescope.evaluation.intervals import Z95
from genrescope.recipes._base import Recipe
from genrescope.recipes.reproduce import CellResult, Reproduced, RowOfCells
from genrescope.recipes.rows import RowResult

DIGITS = 4


def write_results(found: Sequence[Reproduced], folder: Path) -> list[Path]:
    """Write each table as ``SLUG.json``, ``.md``, ``.html`` and, where it has cells, ``.parquet``.

    Raises
    ------
    UsageError
        The folder cannot be written to.
    MissingExtraError
        pyarrow is not installed.
    """
    from genrescope.recipes._results_page import page

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for one in found:
        stem = folder / one.table.slug
        texts = {".json": json.dumps(to_dict(one), indent=1) + "\n", ".md": markdown(one), ".html": page(one)}
        for suffix, text in texts.items():
            replace_text(stem.with_suffix(suffix), text)
        paths += [stem.with_suffix(suffix) for suffix in texts]
        if rows := list(flat(one)):
            _write_parquet(stem.with_suffix(".parquet"), rows)
            paths.append(stem.with_suffix(".parquet"))
    return paths


def to_dict(found: Reproduced) -> dict[str, Any]:
    """Return a measured table as JSON has it."""
    table = found.table
    return {
        "slug": table.slug,
        "title": table.title,
        "report": table.report,
        "reported_on": table.reported_on,
        "data": found.data,
        "data_fingerprint": found.data_fingerprint,
        "split": found.split,
        "split_fingerprint": found.split_fingerprint,
        "counts": found.counts,
        "labels": list(found.labels),
        "chance": round(found.chance, DIGITS),
        "majority": round(found.majority, DIGITS),
        "warnings": list(found.warnings),
        "notes": list(table.notes),
        "differs": differs(found),
        "rows": [_row_dict(row) for row in found.rows],
        "recipes": [_recipe_dict(recipe, result) for recipe, result in found.recipes],
    }


def _row_dict(row: RowOfCells) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": row.row.name, "dimension": row.dimension, "reported_dimension": row.row.dimension}
    if row.why:
        return {**facts, "why": row.why, "reported": dict(row.row.reported)}
    facts |= {"input": row.what, "n_training": row.n_training, "n_test": row.n_test, "fingerprint": row.fingerprint}
    facts |= {"missing": row.missing}
    return {**facts, "cells": {name: _cell_dict(cell) for name, cell in row.cells.items()}}


def _cell_dict(cell: CellResult) -> dict[str, Any]:
    score, outcome = cell.score, cell.outcome
    return {
        "accuracy": None if score is None else round(score.accuracy, DIGITS),
        "accuracy_95ci": None if score is None else [round(score.low, DIGITS), round(score.high, DIGITS)],
        "macro_f1": None if score is None else round(score.macro_f1, DIGITS),
        "reported": cell.reported,
        "seconds": outcome.seconds,
        "peak_mib": outcome.peak_mib,
        "notes": list(outcome.notes),
        "why": outcome.why or None,
    }


def _recipe_dict(recipe: Recipe, result: RowResult) -> dict[str, Any]:
    score = result.score
    return {
        "name": recipe.name,
        "line": recipe.line,
        "reported": dict(recipe.reported),
        "accuracy": None if score is None else round(score.accuracy, DIGITS),
        "accuracy_95ci": None if score is None else [round(score.low, DIGITS), round(score.high, DIGITS)],
        "macro_f1": None if score is None else round(score.macro_f1, DIGITS),
        "per_genre": {label: dict(facts) for label, facts in result.per_genre.items()},
        "seconds": result.seconds,
        "peak_mib": result.peak_mib,
        "notes": list(result.notes),
        "why": result.why or None,
    }


def flat(found: Reproduced) -> Iterator[dict[str, Any]]:
    """Yield one flat row a cell, as the Parquet file has it."""
    for row in found.rows:
        for name, cell in row.cells.items():
            facts = _cell_dict(cell)
            low, high = facts.pop("accuracy_95ci") or (None, None)
            notes = "; ".join(facts.pop("notes"))
            place = {"table": found.table.slug, "row": row.row.name, "classifier": name, "dimension": row.dimension}
            yield {**place, **facts, "accuracy_low": low, "accuracy_high": high, "notes": notes, "n_test": row.n_test}


def _write_parquet(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as cause:
        raise MissingExtraError("writing a table as Parquet", "train") from cause
    import os

    new = path.with_name(f".{path.name}.{os.getpid()}")
    parquet.write_table(pa.Table.from_pylist([dict(row) for row in rows]), new)
    os.replace(new, path)


# ---------------------------------------------------------------------------------------------------------- for people


def caption(found: Reproduced) -> list[str]:
    """Say on what a table was measured, how sure its figures are, and what to beware of; a sentence each."""
    counts = ", ".join(f"{n:,} {part}" for part, n in found.counts.items())
    n_test = found.counts["test"]
    half = Z95 * sqrt(0.25 / n_test)
    lines = [
        f"Measured on {found.data}; split {found.split}: {counts}; {len(found.labels)} genres.",
        f"Chance is {found.chance:.3f}; always the commonest genre gives {found.majority:.3f}.",
        f"With {n_test:,} test tracks the 95 % interval (Wilson) of an accuracy near .5 is ±{half:.3f}.",
        f"Reported on {found.table.reported_on}.",
        f"Data fingerprint {found.data_fingerprint}, split {found.split_fingerprint}.",
    ]
    whats = dict.fromkeys(row.what for row in found.rows if row.what)
    if whats:
        lines.insert(1, f"Inputs: {'; '.join(whats)}.")
    return [*(f"Warning: {words}" for words in found.warnings), *lines, *found.table.notes]


def best(found: Reproduced) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return the cells (row, classifier) that are the best of their row, and the best of their column."""
    scores = {
        (row.row.name, name): cell.score.accuracy
        for row in found.rows
        for name, cell in row.cells.items()
        if cell.score is not None
    }
    return tuple(
        {cell for cell, value in scores.items() if value == max(v for c, v in scores.items() if c[at] == cell[at])}
        for at in (0, 1)
    )  # type: ignore[return-value]


def markdown(found: Reproduced) -> str:
    """Return a measured table as Markdown."""
    parts = [f"# {found.table.title}", "\n".join(f"- {line}" for line in caption(found))]
    if found.rows:
        words = (
            "Accuracy on the test part, the reported figure in parentheses; bold: best of its row, †: of its column."
        )
        parts += [
            words,
            _accuracies(found),
            "Seconds to learn and answer, and MiB of the process at its peak.",
            _costs(found),
        ]
        whys = [f"- {line}" for line in reasons(found)]
        parts += ["## What has no figure, and why", "\n".join(whys)] if whys else []
        missing = [f"- {line}" for line in without_numbers(found)]
        parts += ["## Tracks without numbers", "\n".join(missing)] if missing else []
    if found.recipes:
        parts += ["## Recipes", _recipes(found)]
        parts += [f"### {recipe.name}\n\n{_genres(result)}" for recipe, result in found.recipes if result.per_genre]
    differences = [f"- {name}: {words}" for name, words in differs(found).items()]
    parts += ["## Where today's library differs from the report's", "\n".join(differences)] if differences else []
    return "\n\n".join(parts) + "\n"


def reasons(found: Reproduced) -> list[str]:
    """Say of each row or cell without a figure why; a line for a row of which no cell has one, for one reason."""
    lines = []
    for row in found.rows:
        whys = {name: cell.why for name, cell in row.cells.items() if cell.why}
        if row.why or (len(whys) == len(row.cells) and len(set(whys.values())) == 1):
            lines.append(f"{row.row.name}: {row.why or next(iter(whys.values()))}")
        else:
            lines += [f"{row.row.name}, {name}: {why}" for name, why in whys.items()]
    return lines


def differs(found: Reproduced) -> dict[str, str]:
    """Return where today's library answers otherwise than that of the report, by classifier or recipe."""
    from genrescope.models.classic import CLASSIFIERS

    models = {name: name for name in found.table.classifiers}
    models |= {recipe.name: recipe.model for recipe, _ in found.recipes if recipe.model in CLASSIFIERS}
    return {name: CLASSIFIERS[model].differs for name, model in models.items() if CLASSIFIERS[model].differs}


def _accuracies(found: Reproduced) -> str:
    of_row, of_column = best(found)
    lines = []
    for row in found.rows:
        texts = []
        for name in found.table.classifiers:
            cell, reported = row.cells.get(name), row.row.reported.get(name)
            text = "–" if cell is None or cell.score is None else f"{cell.score.accuracy:.3f}"
            text = f"**{text}**" if (row.row.name, name) in of_row else text
            text += "†" * ((row.row.name, name) in of_column)
            texts.append(text + (f" ({reported:.3f})" if reported is not None else ""))
        lines.append([row.row.name, str(row.dimension or "–"), *texts])
    return table_text([["input", "numbers", *found.table.classifiers], *lines])


def _costs(found: Reproduced) -> str:
    lines = []
    for row in found.rows:
        if not row.why:
            costs = [row.cells[name].outcome for name in found.table.classifiers]
            texts = [f"{one.seconds:.2f} s, {one.peak_mib:.0f}" if not one.why else "–" for one in costs]
            lines.append([row.row.name, *texts])
    return table_text([["input", *found.table.classifiers], *lines]) if lines else "–"


def without_numbers(found: Reproduced) -> list[str]:
    """Say of each row how many tracks of the split had no numbers, and why."""
    lines = []
    for row in found.rows:
        if row.missing:
            track_id, why = next(iter(row.missing.items()))
            lines.append(f"{row.row.name}: {len(row.missing)}, first {track_id}: {why}")
    return lines


def _recipes(found: Reproduced) -> str:
    lines = [["recipe", "what", "accuracy", "95 % interval", "macro F1", "reported", "seconds", "MiB", "remarks"]]
    for recipe, result in found.recipes:
        reported = ", ".join(f"{name} {value}" for name, value in recipe.reported.items()) or "–"
        score = result.score
        figures = ["–"] * 3
        if score is not None:
            figures = [f"{score.accuracy:.3f}", f"{score.low:.3f} to {score.high:.3f}", f"{score.macro_f1:.3f}"]
        seconds = "–" if result.seconds is None else f"{result.seconds:.1f}"
        memory = "–" if result.peak_mib is None else f"{result.peak_mib:.0f}"
        remarks = "; ".join(filter(None, (result.why, *result.notes)))
        lines.append([recipe.name, recipe.line, *figures, reported, seconds, memory, remarks])
    return table_text(lines)


def _genres(result: RowResult) -> str:
    lines = [["genre", "precision", "recall", "F1", "tracks"]]
    for label, facts in result.per_genre.items():
        figures = [_two(facts[name]) for name in ("precision", "recall", "f1")]
        lines.append([label, *figures, str(facts["support"])])
    return table_text(lines)


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def table_text(lines: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as a Markdown table, the first being its heading."""
    escaped = [[cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    rule = ["---"] * len(escaped[0])
    return "\n".join("| " + " | ".join(line) + " |" for line in (escaped[0], rule, *escaped[1:]))

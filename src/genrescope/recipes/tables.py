"""The tables of the reports, as their files have them: rows, columns, and every figure that was reported."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from genrescope.errors import UsageError
from genrescope.features._settings import nearest

FOLDER = Path(__file__).parent.parent / "reports"
"""The tables that come with genrescope, one TOML file each."""

POOLINGS = ("all", "mean")


@dataclass(frozen=True)
class TableRow:
    """A row of a table of classifiers: what they see of a track.

    Attributes
    ----------
    name : str
        As the report calls it.
    input : str
        ``fma518``, or ``embedding``: of the model that is asked for.
    columns : tuple of str
        Groups of columns, such as ``mfcc``; empty means all.
    pca : int or None
        To how many numbers principal components bring them.
    pooling : str
        Of an embedding: ``all`` windows one after the other, or their ``mean``.
    dimension : int or None
        How many numbers a track had in the report.
    reported : mapping of str to float
        Accuracy on the test part in the report, by classifier.
    """

    name: str
    input: str
    columns: tuple[str, ...] = ()
    pca: int | None = None
    pooling: str = "all"
    dimension: int | None = None
    reported: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A report's table.

    Attributes
    ----------
    slug : str
        Its name on the command line: that of its file.
    title, line : str
        Its heading, and what it is in one line.
    report : str
        The slug of the report that it belongs to.
    split : str
        The way of splitting that the report used.
    reported_on : str
        On what the reported figures were measured, in words.
    notes : tuple of str
        What a reader of the table must know.
    classifiers : tuple of str
        The columns, in the report's order.
    rows : tuple of TableRow
        The rows of classifiers.
    recipes : tuple of str
        Recipes that are trained for rows of their own.
    tables : tuple of str
        Slugs of tables that are part of this one.
    """

    slug: str
    title: str
    line: str
    report: str
    split: str
    reported_on: str
    notes: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    rows: tuple[TableRow, ...] = ()
    recipes: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


_NEEDED = ("title", "line", "report", "split", "reported_on")


def table_names(folder: Path = FOLDER) -> list[str]:
    """Return the slugs of all tables, in the alphabet's order."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def read_table(slug: str, folder: Path = FOLDER) -> Table:
    """Read a table by its slug.

    Raises
    ------
    UsageError
        There is none of that name, or its file says something that no table has.
    """
    path = folder / f"{slug}.toml"
    if slug not in table_names(folder):
        raise UsageError(f"there is no table {slug!r} to reproduce: {nearest(slug, table_names(folder))}")
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        raise UsageError(f"{path}: the table cannot be read ({cause}).") from cause
    _check_keys(path, said, [one.name for one in fields(Table) if one.name != "slug"])
    if missing := [key for key in _NEEDED if key not in said]:
        raise UsageError(f"{path}: a table says its {', '.join(missing)}.")
    classifiers = tuple(said.pop("classifiers", ()))
    rows = tuple(_row(path, row, classifiers) for row in said.pop("rows", ()))
    said |= {key: tuple(said.get(key, ())) for key in ("notes", "recipes", "tables")}
    return Table(**{**said, "slug": slug, "classifiers": classifiers, "rows": rows})


def _row(path: Path, said: dict[str, Any], classifiers: tuple[str, ...]) -> TableRow:
    _check_keys(path, said, [one.name for one in fields(TableRow)])
    if not {"name", "input"} <= said.keys():
        raise UsageError(f"{path}: a row says its name and its input; got {sorted(said)}.")
    if said.get("pooling", "all") not in POOLINGS:
        raise UsageError(f"{path}: pooling is one of {', '.join(POOLINGS)}; got {said['pooling']!r}.")
    figures = said.pop("reported", ())
    if len(figures) > len(classifiers):
        raise UsageError(f"{path}: the row {said['name']!r} has {len(figures)} figures, the table fewer columns.")
    # The report's columns come first; what stands behind them is ours and has no figure there.
    reported = dict(zip(classifiers, figures, strict=False))
    return TableRow(**{**said, "columns": tuple(said.get("columns", ())), "reported": reported})


def _check_keys(path: Path, said: Mapping[str, Any], known: list[str]) -> None:
    for key in said:
        if key not in known:
            raise UsageError(f"{path}: a table has no {key!r}: {nearest(key, known)}")

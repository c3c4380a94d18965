"""A report of scores on the terminal: the headline, what chance would score, and a row a genre."""

from typing import TYPE_CHECKING

from genrescope.cli._lines import plain

if TYPE_CHECKING:
    from rich.table import Table

    from genrescope.evaluation.comparison import Comparison
    from genrescope.evaluation.intervals import Interval
    from genrescope.evaluation.report import Report

UNKNOWN = "–"


def print_report(report: "Report", comparison: "Comparison | None" = None) -> None:
    """Print a report, and how it compares with another model's."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(headline(report), style="bold"))
    console.print(_scores(report))
    console.print()
    console.print(_genres(report))
    if comparison is not None:
        console.print()
        console.print(_comparison(comparison))
        console.print(Text(mcnemar_words(comparison)))
    for warning in report.warnings:
        console.print(Text(f"! {plain(warning)}"))


def headline(report: "Report") -> str:
    """Say in one line what was scored on what."""
    where = " · ".join(word for word in (report.data, report.split) if word)
    tracks = f"{report.n:,} tracks, {sum(g.support > 0 for g in report.per_genre)} genres"
    groups = "" if report.group_word == "tracks" else f", {report.n_groups:,} {report.group_word}"
    return plain(f"{where or report.name}: {tracks}{groups}")


def new_table(*headings: str) -> "Table":
    """Return an empty table; all but its first column stand to the right."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for place, heading in enumerate(headings):
        table.add_column(Text(plain(heading)), justify="right" if place else "left", no_wrap=place > 0)
    return table


def add_row(table: "Table", *cells: str) -> None:
    """Add a row whose cells are text, whatever a genre is called."""
    from rich.text import Text

    table.add_row(*(Text(plain(cell)) for cell in cells))


def _scores(report: "Report") -> "Table":
    bootstrap = f"bootstrap over {report.group_word}"
    table = new_table("", "score", "95 % interval")
    table.columns[2].justify = "left"
    table.columns[0].no_wrap, table.columns[2].no_wrap = True, False
    add_row(table, "accuracy", _figure(report.accuracy), f"{_interval(report.accuracy_95ci)} Wilson")
    add_row(table, "", "", f"{_interval(report.accuracy_95ci_groups)} {bootstrap}")
    add_row(table, f"  chance: one of {round(1 / report.chance)} genres", _figure(report.chance), "")
    add_row(table, f"  chance: always {report.majority_genre}", _figure(report.majority), "")
    add_row(
        table,
        "balanced accuracy",
        _figure(report.balanced_accuracy),
        f"{_interval(report.balanced_accuracy_95ci)} {bootstrap}",
    )
    add_row(table, "macro F1", _figure(report.macro_f1), f"{_interval(report.macro_f1_95ci)} {bootstrap}")
    add_row(table, "weighted F1", _figure(report.weighted_f1), "")
    if report.confidence is not None:
        for name, figure in confidence_rows(report).items():
            add_row(table, name, _figure(figure), "")
    return table


def confidence_rows(report: "Report") -> dict[str, float | None]:
    """Return the scores that need probabilities, by their names for people; empty where there are none."""
    known = report.confidence
    if known is None:
        return {}
    return {
        "among the best 2": known.top_2,
        "among the best 3": known.top_3,
        "log loss": known.log_loss,
        "ROC-AUC, macro": known.roc_auc.macro,
        "ROC-AUC, micro": known.roc_auc.micro,
        "average precision, macro": known.average_precision.macro,
        "average precision, micro": known.average_precision.micro,
        "calibration error (ECE)": known.ece,
    }


def _genres(report: "Report") -> "Table":
    table = new_table("genre", "precision", "recall", "F1", "tracks", "most taken for")
    table.columns[5].justify = "left"
    for place, genre in enumerate(report.per_genre):
        wrong = [0 if column == place else n for column, n in enumerate(report.confusion[place].tolist())]
        most = max(range(len(wrong)), key=wrong.__getitem__)
        taken = f"{report.labels[most]} ({wrong[most]})" if wrong[most] else ""
        figures = (_figure(genre.precision), _figure(genre.recall), _figure(genre.f1), str(genre.support))
        add_row(table, genre.label, *figures, taken)
    return table


def _comparison(comparison: "Comparison") -> "Table":
    table = new_table("", comparison.first, comparison.second, "difference", "95 % interval")
    for one in comparison.differences:
        cells = (_figure(one.first), _figure(one.second), f"{one.value:+.3f}", _interval(one.interval))
        add_row(table, one.name.replace("_", " ").replace(" f1", " F1"), *cells)
    return table


def mcnemar_words(comparison: "Comparison") -> str:
    """Say the test of McNemar in words."""
    test, kind = comparison.test, "exact" if comparison.test.exact else "chi-squared"
    return (
        f"Right in only one: {plain(comparison.first)} {test.only_first}, {plain(comparison.second)} "
        f"{test.only_second}; McNemar ({kind}) p = {test.p:.3g}"
    )


def _figure(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.3f}"


def _interval(interval: "Interval") -> str:
    return f"{interval.low:.3f} to {interval.high:.3f}"

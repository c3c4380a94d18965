"""A report as one HTML page that needs nothing else, light and dark, wide and narrow."""

import os
import tempfile
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from genrescope.evaluation import _draw, _plots
from genrescope.evaluation.similarity import FEWEST

if TYPE_CHECKING:
    from genrescope.evaluation.comparison import Comparison
    from genrescope.evaluation.intervals import Interval
    from genrescope.evaluation.report import Report

UNKNOWN = "–"
_MOST_PAIRS = 10

_STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1d1f23;--faint:#5b6068;--line:#d9dce1;--card:#f3f4f6}
@media(prefers-color-scheme:dark){:root{--paper:#15171a;--ink:#e6e8eb;--faint:#a2a8b0;--line:#33373d;--card:#1f2226}}
body{margin:0 auto;max-width:60rem;padding:1rem;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.4rem 0 0}h2{font-size:1.2rem;margin:2.2rem 0 .4rem}
.faint,figcaption{color:var(--faint);font-size:.9rem}
.head{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.75rem;padding:0;margin:1rem 0}
.head li{list-style:none;background:var(--card);border-radius:.5rem;padding:.75rem 1rem;font-size:.9rem}
.head b{display:block;font-size:1.8rem;line-height:1.2}
figure{margin:1rem 0}figure svg{max-width:100%;height:auto;display:block}.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.92rem}th,td{padding:.2rem .9rem .2rem 0;text-align:right;
border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums;vertical-align:top}
td,th{white-space:nowrap}
th:first-child,td:first-child,td.w,th.w{text-align:left}td.w,h2{overflow-wrap:anywhere}td.w{white-space:normal;min-width:9rem}
.warn{border-left:.25rem solid #E69F00;padding-left:.8rem}
"""


def render(report: "Report", comparison: "Comparison | None" = None) -> str:
    """Return the report as an HTML page; whatever a genre or a file is called stays text.

    Raises
    ------
    MissingExtraError
        Where matplotlib or SciPy is not installed.
    """
    _draw.need_extra()
    title = f"Scores of {report.name}" if report.name else "Scores"
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="faint">{escape(_where(report))}</p>',
        _head(report),
        *(f'<p class="warn">{escape(warning)}</p>' for warning in report.warnings),
        _comparison(comparison),
        "<h2>All scores</h2>",
        _scores(report),
        "<h2>By genre</h2>",
        _genres(report),
        _figure(_plots.by_genre(report), "Bars are F1; a long interval means few tracks."),
        "<h2>Confusion matrix</h2>",
        _figure(
            _plots.confusion(report),
            f"{_drawn(report)}Each row is the tracks of one true genre, each column what was predicted. Figures are "
            "tracks, colours are shares of the row; what stands on the diagonal is right.",
        ),
        _reliability(report),
        _similarity(report),
        _over_time(report),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body>{''.join(body)}</body></html>\n"
    )


def write(report: "Report", out: Path, comparison: "Comparison | None" = None) -> None:
    """Write the page; it is there whole or not at all."""
    content = render(report, comparison).encode("utf-8", "backslashreplace")
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, out)
    finally:
        Path(name).unlink(missing_ok=True)


def _where(report: "Report") -> str:
    groups = "" if report.group_word == "tracks" else f" by {report.n_groups:,} {report.group_word}"
    genres = sum(genre.support > 0 for genre in report.per_genre)
    data = " · ".join(word for word in (report.data, report.split) if word)
    return f"{data + ': ' if data else ''}{report.n:,} tracks{groups}, {genres} genres"


def _head(report: "Report") -> str:
    over = f"(95 %, bootstrap over {escape(report.group_word)})"
    cards = [
        _card(
            _percent(report.accuracy),
            "accuracy: tracks that are right",
            f"{_interval(report.accuracy_95ci)} (95 %, Wilson)",
            f"{_interval(report.accuracy_95ci_groups)} {over}",
        ),
        _card(
            _percent(report.chance),
            f"chance: guessing among {round(1 / report.chance)} genres",
            f"{_percent(report.majority)} by always saying {escape(report.majority_genre)}",
        ),
        _card(f"{report.macro_f1:.3f}", "macro F1: mean over genres", f"{_three(report.macro_f1_95ci)} {over}"),
    ]
    return f'<ul class="head">{"".join(cards)}</ul>'


def _card(figure: str, *lines: str) -> str:
    return f"<li><b>{figure}</b>{'<br>'.join(lines)}</li>"


def _scores(report: "Report") -> str:
    rows: list[tuple[str, float | None, Interval | None]] = [
        ("accuracy", report.accuracy, report.accuracy_95ci_groups),
        ("balanced accuracy: mean recall over genres", report.balanced_accuracy, report.balanced_accuracy_95ci),
        ("macro F1: mean over genres", report.macro_f1, report.macro_f1_95ci),
        ("weighted F1: genres weigh as many as their tracks", report.weighted_f1, None),
    ]
    if report.confidence is None:
        rows.append(("scores that need probabilities (log loss, ROC-AUC, calibration …)", None, None))
    else:
        known = report.confidence
        rows += [
            ("right genre among the likeliest 2", known.top_2, None),
            ("right genre among the likeliest 3", known.top_3, None),
            ("log loss (0 is best)", known.log_loss, None),
            ("ROC-AUC, macro: mean over genres (0.5 is chance)", known.roc_auc.macro, None),
            ("ROC-AUC, micro: over all pairs of track and genre", known.roc_auc.micro, None),
            ("average precision, macro", known.average_precision.macro, None),
            ("average precision, micro", known.average_precision.micro, None),
            ("expected calibration error (0 is best)", known.ece, None),
        ]
    cells = (
        f"<tr><td>{escape(name)}</td><td>{_number(value)}</td><td>{_three(interval)}</td></tr>"
        for name, value, interval in rows
    )
    over = escape(report.group_word)
    head = f"<tr><th>score</th><th></th><th>95 % interval, bootstrap over {over}</th></tr>"
    return f'<div class="scroll"><table>{head}{"".join(cells)}</table></div>'


def _genres(report: "Report") -> str:
    rows = []
    for place, genre in enumerate(report.per_genre):
        wrong = sorted(
            ((int(n), report.labels[column]) for column, n in enumerate(report.confusion[place]) if column != place),
            reverse=True,
        )
        taken = ", ".join(f"{label} ({n})" for n, label in wrong[:2] if n)
        figures = (_number(genre.precision), _number(genre.recall), _three(genre.recall_95ci), _number(genre.f1))
        cells = "".join(f"<td>{figure}</td>" for figure in (*figures, f"{genre.support:,}", f"{genre.said:,}"))
        rows.append(f'<tr><td>{escape(genre.label)}</td>{cells}<td class="w">{escape(taken)}</td></tr>')
    names = ("genre", "precision", "recall", "recall, 95 % (Wilson)", "F1", "tracks", "predicted")
    head = "".join(f"<th>{name}</th>" for name in names) + '<th class="w">most taken for</th>'
    return f'<div class="scroll"><table><tr>{head}</tr>{"".join(rows)}</table></div>'


def _comparison(comparison: "Comparison | None") -> str:
    if comparison is None:
        return ""
    first, second = escape(comparison.first), escape(comparison.second)
    rows = "".join(
        f"<tr><td>{escape(one.name.replace('_', ' ').replace('f1', 'F1'))}</td>"
        f"<td>{one.first:.3f}</td><td>{one.second:.3f}</td>"
        f"<td>{one.value:+.3f}</td><td>{one.interval.low:+.3f} to {one.interval.high:+.3f}</td></tr>"
        for one in comparison.differences
    )
    test = comparison.test
    head = f"<tr><th></th><th>{first}</th><th>{second}</th><th>difference</th><th>95 %, paired bootstrap</th></tr>"
    words = (
        f"{first} alone is right in {test.only_first} tracks, {second} alone in {test.only_second}: McNemar "
        f"({'exact' if test.exact else 'chi-squared'}) p = {test.p:.3g}."
    )
    return f'<h2>{first} against {second}</h2><div class="scroll"><table>{head}{rows}</table></div><p>{words}</p>'


def _drawn(report: "Report") -> str:
    n = len(_plots.shown(report))
    return f"Drawn are the {n} genres with the most tracks, here and below. " if n < len(report.labels) else ""


def _reliability(report: "Report") -> str:
    if report.confidence is None:
        return '<h2>Reliability</h2><p class="faint">Unknown: the model says no probabilities.</p>'
    words = (
        "A model that is as often right as it says lies on the dashed line; below it is too sure, above it too modest. "
        "Lines are 95 % intervals (Wilson)."
    )
    return f"<h2>Reliability</h2>{_figure(_plots.reliability(report), words)}"


def _similarity(report: "Report") -> str:
    similar = _plots.similar_genres(report)
    if len(similar.labels) < FEWEST:
        return ""
    pairs = "; ".join(f"{one} and {other} {alike:.2f}" for one, other, alike in similar.pairs()[:_MOST_PAIRS])
    tree = _figure(
        _plots.dendrogram(similar),
        "Genres that are taken for each other are joined early. Similarity is the share that is confused, both ways, "
        "against the share that is right.",
    )
    plane = _figure(_plots.genres_on_a_plane(similar), "The same as a map: near genres are confused more often.")
    words = escape(pairs) if pairs else "No two genres are confused."
    return f"<h2>Which genres are alike</h2><p>{words}</p>{tree}{plane}"


def _over_time(report: "Report") -> str:
    found = report.over_time
    if found is None or len(_plots.moving(found)) < FEWEST:
        return ""
    rows = "".join(
        f'<tr><td>{escape(one)}</td><td class="w">{escape(other)}</td><td>{r:+.2f}</td></tr>'
        for one, other, r in found.pairs()[:_MOST_PAIRS]
    )
    table = f'<div class="scroll"><table><tr><th>genre</th><th class="w">and</th><th>r</th></tr>{rows}</table></div>'
    words = (
        f"Pearson's r of two genres' confidences over {found.n_windows:,} windows of {found.n_tracks:,} tracks, each "
        "track's mean taken away. Confidences share a whole: genres that know nothing of each other have an r of about "
        f"{-1 / (len(found.labels) - 1):.2f}, not 0."
    )
    return f"<h2>Which genres rise and fall together</h2>{table}{_figure(_plots.over_time(found), words)}"


def _figure(picture: str, caption: str) -> str:
    return f'<figure><div class="scroll">{picture}</div><figcaption>{escape(caption)}</figcaption></figure>'


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _interval(interval: "Interval") -> str:
    return f"{_percent(interval.low)} to {_percent(interval.high)}"


def _three(interval: "Interval | None") -> str:
    return UNKNOWN if interval is None else f"{interval.low:.3f} to {interval.high:.3f}"


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.3f}"

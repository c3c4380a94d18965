"""The report as one HTML page that needs nothing else: counts, faults with what to do, lengths and rates."""

from collections.abc import Iterable, Mapping
from html import escape

from genrescope.audit.faults import ADVICE, Fault
from genrescope.audit.report import Histogram, Report
from genrescope.notebook import clock
from genrescope.palette import COLOURS

WORDS: dict[str, str] = {
    "broken": "Cannot be decoded",
    "too_short": "Too short",
    "silent": "Silent, or mostly",
    "label_conflict": "One recording under two genres",
    "duplicate": "The same samples more than once",
    "near_duplicate": "The same recording more than once, not sample for sample",
    "cut": "Cut or damaged",
    "shorter_than_usual": "Shorter than the others",
    "shorter_than_declared": "Shorter than declared",
    "clipped": "Clipped",
    "odd_rate": "Another sample rate than the others",
    "odd_channels": "Other channels than the others",
    "duplicate_across_parts": "One recording on several sides of the split",
    "album_across_parts": "One album on several sides of the split",
    "artist_across_parts": "One artist on several sides of the split",
}
"""Kinds of fault, for people."""

_NAMED = 8
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 640, 220, 52, 40, 12

_STYLE = f"""
:root {{ color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --faint: #5c5c5c; --line: #d4d4d4;
  --card: #f5f5f5; --bar: {COLOURS[4]}; --out: #a34700; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #eaeaea; --paper: #16181b; --faint: #a8a8a8; --line: #3a3d42;
  --card: #212429; --bar: {COLOURS[1]}; --out: {COLOURS[0]}; }} }}
body {{ font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 64rem; padding: 0 1rem; }}
h1 {{ margin-bottom: 0; }} h2 {{ margin-top: 2.5rem; }}
.faint, figcaption {{ color: var(--faint); }}
.counts {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0.75rem; padding: 0; }}
.counts li {{ list-style: none; background: var(--card); border-radius: 0.5rem; padding: 0.75rem 1rem; }}
.counts b {{ display: block; font-size: 1.6rem; line-height: 1.2; }}
details {{ border-top: 1px solid var(--line); padding: 0.6rem 0; }}
summary {{ cursor: pointer; }} summary b {{ font-size: 1.05rem; }}
table {{ border-collapse: collapse; width: 100%; font-size: 0.92rem; }}
th, td {{ text-align: left; vertical-align: top; padding: 0.3rem 0.8rem 0.3rem 0;
  border-bottom: 1px solid var(--line); }}
td {{ overflow-wrap: anywhere; }} td.n, th.n {{ text-align: right; white-space: nowrap; }}
.out {{ color: var(--out); font-weight: 600; }}
.scroll {{ overflow-x: auto; max-height: 32rem; }}
figure {{ margin: 1rem 0; }} svg {{ width: 100%; max-width: {_WIDTH}px; height: auto; }}
svg text {{ fill: var(--ink); font: 12px system-ui, sans-serif; }} svg .bar {{ fill: var(--bar); }}
svg line {{ stroke: var(--line); }}
"""


def page(report: Report) -> str:
    """Return the report as an HTML page; whatever a file name holds stays text."""
    facts = report.dataset.facts
    title = f"What the check of {facts.name} found"
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="faint">{escape(facts.title)} in {_text(str(report.dataset.root))}</p>',
        f"<p><b>{_text(report.used)}.</b></p>",
        _counts(report),
        "<h2>Faults</h2>",
        *(_kind(report, kind, faults) for kind, faults in report.by_kind.items()),
        "" if report.faults else "<p>None was found.</p>",
        _split(report),
        "<h2>What there is</h2>",
        _durations(report.durations()),
        _shares("Sample rate", {f"{rate:,} Hz": n for rate, n in report.rates.items()}),
        _shares("Channels", {str(channels): n for channels, n in report.channels.items()}),
        _left_out(report),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body>{''.join(body)}</body></html>\n"
    )


def _text(text: str) -> str:
    """Return text as HTML; bytes of a file name that are no text are shown as escapes."""
    return escape(text.encode("utf-8", "backslashreplace").decode())


def _counts(report: Report) -> str:
    tracks = len(report.dataset.tracks)
    out = len({track_id for fault in report.faults for track_id in fault.out})
    figures = {
        "tracks": f"{tracks:,}",
        "decoded": f"{len(report.known.heard):,}",
        "broken": f"{len(report.known.broken):,}",
        "passed over from now on": f"{out:,}",
        "of sound": clock(report.total_s),
    }
    cards = (f"<li><b>{figure}</b>{escape(words)}</li>" for words, figure in figures.items())
    return f'<ul class="counts">{"".join(cards)}</ul>'


def _kind(report: Report, kind: str, faults: list[Fault]) -> str:
    n_tracks = len({track_id for fault in faults for track_id in fault.tracks})
    many = f"{n_tracks:,} track{'s' * (n_tracks != 1)}"
    if any(len(fault.tracks) > 1 for fault in faults):
        many = f"{len(faults):,} group{'s' * (len(faults) != 1)}, {many}"
    rows = "".join(_row(report, fault) for fault in faults)
    is_open = " open" * (len(faults) <= 20)
    return (
        f'<details id="{kind}"{is_open}><summary><b>{escape(WORDS[kind])}</b>: {many}. '
        f'<span class="faint">{escape(ADVICE[faults[0].kind])}</span></summary><div class="scroll"><table>'
        f"<thead><tr><th>track</th><th>file</th><th>what is wrong</th><th>passed over</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _row(report: Report, fault: Fault) -> str:
    ids, out = _members(fault.tracks), ""
    if fault.out:
        out = "yes" if len(fault.tracks) == 1 else _members(fault.out)
    files = _members([_file(report, track_id) for track_id in fault.tracks])
    return f'<tr><td>{ids}</td><td>{files}</td><td>{_text(fault.message)}</td><td class="out">{out}</td></tr>'


def _members(names: Iterable[str]) -> str:
    """Return names one below the other; of many, the rest folded away."""
    lines = [_text(name) for name in names]
    first = "<br>".join(lines[:_NAMED])
    if len(lines) <= _NAMED:
        return first
    rest = "<br>".join(lines[_NAMED:])
    return f"{first}<details><summary>{len(lines) - _NAMED:,} more</summary>{rest}</details>"


def _file(report: Report, track_id: str) -> str:
    path, root = report.dataset.by_id[track_id].path, report.dataset.root
    if path is None:
        return ""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _split(report: Report) -> str:
    if not report.parts:
        return "<h2>Split</h2><p>No split was looked at: the data set brings none, and --split named none.</p>"
    parts = ", ".join(f"{n:,} {escape(part)}" for part, n in sorted(report.parts.items()))
    n_tracks = sum(map(len, report.torn))
    words = (
        f"{len(report.torn):,} groups that share artist, album or recording, {n_tracks:,} tracks, lie on several sides."
        if report.torn
        else "No artist, album or recording lies on several sides, as far as they are known."
    )
    return f"<h2>Split {escape(report.split)}</h2><p>{parts}. {words}</p>"


def _durations(histogram: Histogram | None) -> str:
    if histogram is None:
        return "<p>Nothing could be decoded.</p>"
    top, right = max(histogram.counts), histogram.edges[-1]
    wide, high = _WIDTH - _LEFT - 12, _HEIGHT - _BOTTOM - _TOP
    base = _HEIGHT - _BOTTOM
    bars = []
    for count, left, end in zip(histogram.counts, histogram.edges, histogram.edges[1:], strict=False):
        # One track among thousands must be seen too: it is the one that matters.
        tall = max(high * count / top, 2.0) if count else 0.0
        x, width = _LEFT + wide * left / right, wide * (end - left) / right - 1
        tip = f"{count:,} track{'s' * (count != 1)} of {left:.1f} to {end:.1f} s"
        bars.append(
            f'<rect class="bar" x="{x:.1f}" y="{base - tall:.1f}" width="{width:.1f}" height="{tall:.1f}">'
            f"<title>{tip}</title></rect>"
        )
    ticks = [
        f'<text x="{_LEFT + wide * share:.1f}" y="{base + 16}" text-anchor="middle">{right * share:.3g}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    axes = (
        f'<line x1="{_LEFT}" y1="{base}" x2="{_WIDTH - 12}" y2="{base}"/>'
        f'<line x1="{_LEFT}" y1="{_TOP}" x2="{_LEFT}" y2="{base}"/>'
        f'<text x="{_LEFT - 6}" y="{_TOP + 8}" text-anchor="end">{top:,}</text>'
        f'<text x="{_LEFT - 6}" y="{base}" text-anchor="end">0</text>'
        f'<text x="{_LEFT + 6}" y="{_TOP + 8}">tracks</text>'
        f'<text x="{_LEFT + wide / 2:.0f}" y="{_HEIGHT - 6}" text-anchor="middle">length in seconds</text>'
    )
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="tracks by length">'
        f"{axes}{''.join(bars)}{''.join(ticks)}</svg><figcaption>Tracks by length. Bars far from the others are worth "
        "a look; a bar of one track is drawn a little taller than it is.</figcaption></figure>"
    )


def _shares(heading: str, counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    rows = "".join(
        f'<tr><td>{escape(name)}</td><td class="n">{n:,}</td><td class="n">{n / total:.1%}</td></tr>'
        for name, n in counts.items()
    )
    head = f'<tr><th>{escape(heading)}</th><th class="n">tracks</th><th class="n">share</th></tr>'
    return f'<table style="max-width: 24rem; margin-bottom: 1.5rem"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def _left_out(report: Report) -> str:
    if not report.passed_over:
        return ""
    rows = "".join(
        f"<tr><td>{_text(skip.name)}</td><td>{escape(skip.reason)}</td><td>{_text(skip.message)}</td></tr>"
        for skip in report.passed_over
    )
    n = len(report.passed_over)
    return (
        f"<h2>Left out when the data set was opened</h2><details><summary>{n:,} files and rows</summary>"
        f'<div class="scroll"><table><thead><tr><th>name</th><th>reason</th><th>what was found</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )

"""The page: whole, self-contained, and safe whatever a file is called."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from genrescope.audit.faults import KINDS, Fault, Known
from genrescope.audit.hear import Heard
from genrescope.audit.page import WORDS, page
from genrescope.audit.report import Report
from genrescope.datasets._base import Dataset, Facts, Skip
from genrescope.records import Track

FACTS = Facts("toy", "Toy <set>", "", "", "", "", "")
VOID = {"meta", "br"}


class _Balanced(HTMLParser):
    """Fails where a tag is closed that is not open, and collects what the page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.loads: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.loads += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> _Balanced:
    parser = _Balanced()
    parser.feed(html)
    assert parser.open == []
    return parser


@pytest.fixture
def make_report(heard: Callable[..., Heard]) -> Callable[..., Report]:
    def make(ids: list[str], faults: list[Fault], parts: dict[str, str] | None = None) -> Report:
        songs = tuple(Track(i, Path("root") / f"{i}.mp3", "rock") for i in ids)
        known = Known(songs, {i: heard() for i in ids}, {}, [], parts or {})
        skips = (Skip("lost", "no_file", "lost.mp3 is not there"),)
        return Report(Dataset(FACTS, Path("root"), songs, skips), known, tuple(faults), (), {}, "official", "all used")

    return make


def test_every_kind_of_fault_is_shown_with_what_to_do(make_report: Callable[..., Report]) -> None:
    faults = [Fault(kind, (f"track {kind}",), f"so it is with {kind}", ()) for kind in KINDS]
    shown = read(page(make_report([f"track {kind}" for kind in KINDS], faults)))
    for fault in faults:
        assert WORDS[fault.kind] in shown.text
        assert fault.message in shown.text
        assert fault.advice in shown.text
        assert f"{fault.tracks[0]}.mp3" in shown.text
    assert shown.seen >= {"svg", "table", "figcaption"}
    assert "lost.mp3 is not there" in shown.text


def test_it_needs_nothing_else_and_knows_the_dark(make_report: Callable[..., Report]) -> None:
    html = page(make_report(["a"], []))
    assert read(html).loads == []
    assert "@import" not in html
    assert "url(" not in html
    assert "prefers-color-scheme: dark" in html
    assert "None was found." in html


def test_a_name_stays_text(make_report: Callable[..., Report]) -> None:
    evil = '<script>alert(1)</script>\udcff & "quoted"'
    shown = read(page(make_report([evil], [Fault("silent", (evil,), f"message {evil}", (evil,))])))
    assert "script" not in shown.seen
    assert "<script>alert(1)</script>\\udcff" in shown.text
    page(make_report([evil], [])).encode("utf-8")


def test_of_a_large_group_the_rest_is_folded_but_there(make_report: Callable[..., Report]) -> None:
    ids = [f"song{n:03}" for n in range(100)]
    shown = read(page(make_report(ids, [Fault("odd_rate", tuple(ids), "48,000 Hz in 100")])))
    assert "92 more" in shown.text
    assert all(i in shown.text for i in ids)


def test_the_split_is_named(make_report: Callable[..., Report]) -> None:
    assert "No split was looked at" in page(make_report(["a"], []))
    with_split = page(make_report(["a", "b"], [], {"a": "training", "b": "test"}))
    assert "1 test, 1 training" in with_split

"""The page: one file, nothing fetched, words escaped."""

import re
from pathlib import Path

import pytest

from genrescope.explore._draw import figure, named, style
from genrescope.explore.page import Page, Plot, Section, render, write


@pytest.fixture
def page() -> Page:
    with style("t"):
        drawn, axes = figure()
        axes.plot([0, 1], [1, 0])
        named(axes, "time (s)", "share")
    return Page("A <song>", "so & so", [Section("Part", [Plot("line", "A line", "It falls.", drawn)])], b"OggS")


def test_the_page_needs_nothing_else(page: Page) -> None:
    html = render(page)
    assert "A &lt;song&gt;" in html
    assert "so &amp; so" in html
    assert "time (s)" in html
    assert "currentColor" in html
    assert "#010203" not in html
    fetched = re.findall(r'(?:src|href)="([^"#]+)"', html)
    assert all(address.startswith("data:") for address in fetched), fetched
    assert not re.search(r"url\(\s*[\"']?http", html)


def test_plots_are_saved_as_pictures(page: Page, tmp_path: Path) -> None:
    write(page, tmp_path / "page.html", tmp_path / "plots")
    assert (tmp_path / "plots" / "line.png").read_bytes()[:4] == b"\x89PNG"
    assert "currentColor" not in (tmp_path / "plots" / "line.svg").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "plots"]

"""The page: one file, nothing fetched, words escaped."""

import re
from pathlib import Path

import pytest

from genrescope.errors import UsageError
from genrescope.explore._draw import figure, named, style
from genrescope.explore.page import Page, Plot, Section, make_folder, render, write


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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said_and_leaves_nothing(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = Path.open
    monkeypatch.setattr(Path, "open", lambda _, mode: really(Path("/dev/full"), mode))
    with pytest.raises(UsageError, match=r"page\.html: cannot be written to \(No space left"):
        write(page, tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_no_folder_is_said_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="name another place"):
        make_folder(tmp_path / "file" / "plots")


def test_names_in_any_script_are_drawn_without_a_word(tmp_path: Path) -> None:
    with style("t"):
        drawn, axes = figure()
        axes.barh(["日本語 ♫"], [1])
    write(Page("p", "", [Section("s", [Plot("line", "l", "c.", drawn)])]), tmp_path / "page.html", tmp_path / "plots")
    assert "日本語" in (tmp_path / "page.html").read_text()


def test_a_narrow_screen_moves_a_plot_sideways_instead_of_shrinking_it(page: Page) -> None:
    html = render(page)
    assert re.search(r'<div class="wide" tabindex="0"><svg .*</svg>\s*</div><figcaption>', html, re.DOTALL)
    assert re.search(r"\.wide\{overflow-x:auto\}\.wide svg\{[^}]*min-width:\d+rem", html)

"""The page: whole in one file, every part there, and nothing of a name taken for HTML."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from genrescope.evaluation.answers import Answers
from genrescope.evaluation.comparison import compare
from genrescope.evaluation.page import render, write
from genrescope.evaluation.report import make_report

pytest.importorskip("matplotlib", reason="matplotlib is in the extra 'explore'")


@pytest.fixture
def answers(make_answers: Callable[..., Answers]) -> Answers:
    return make_answers(group_size=3)


class Headings(HTMLParser):
    """Collect headings, and the names of pictures."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag in {"h1", "h2"}
        if tag == "svg":
            self.found.append(f"picture: {dict(attrs)['aria-label']}")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(data)
            self._inside = False


def test_the_page_says_and_draws_everything(answers: Answers, make_answers: Callable[..., Answers]) -> None:
    report = make_report(answers, name="toy", data="toys", split="test", group_word="artists")
    page = render(report, compare(answers, make_answers(group_size=3, said_seed=2), ("toy", "other")))
    assert Headings(page).found == [
        "Scores of toy",
        "toy against other",
        "All scores",
        "By genre",
        "picture: F1, precision and recall of each genre",
        "Confusion matrix",
        "picture: Confusion matrix: rows are the true genre, columns the predicted one",
        "Reliability",
        "picture: Reliability: accuracy against confidence",
        "Which genres are alike",
        "picture: Genres joined by how often they are confused",
        "picture: Map of genres: near ones are often confused",
    ]
    for words in (
        "toys · test: 300 tracks by 100 artists, 4 genres",
        f"{report.accuracy:.1%}",
        "(95 %, Wilson)",
        "(95 %, bootstrap over artists)",
        "guessing among 4 genres",
        f"always saying {report.majority_genre}",
        "predicted genre",
        "true genre (tracks)",
    ):
        assert words in page
    assert not re.search(r"""(?:src|href)=["']https?:|@import|<script""", page)


def test_the_absent_genre_is_unknown_in_the_table(answers: Answers) -> None:
    row = re.search(r"<tr><td>folk</td>(.*?)</tr>", render(make_report(answers)))
    assert row is not None
    cells = re.findall(r"<td>(.*?)</td>", row.group(1))
    assert cells[:4] == ["0.000", "–", "–", "–"]
    assert cells[4] == "0"


def test_without_probabilities_the_page_says_so(answers: Answers) -> None:
    page = render(make_report(replace(answers, probabilities=None)))
    assert "the model says no probabilities" in page
    assert "Reliability: accuracy" not in page


def test_names_stay_text(answers: Answers) -> None:
    labels = ("<b>$x_1$</b>", "a&b", "c", "d", "<script>")
    page = render(make_report(replace(answers, labels=labels), name="<img>", data="</style>"))
    assert "<script>" not in page
    assert "<img>" not in page
    assert "</style>:" not in page
    assert "&lt;/style&gt;: 300 tracks" in page
    assert "&lt;b&gt;$x_1$&lt;/b&gt;" in page


@pytest.mark.parametrize("n_labels", [1, 2, 60])
def test_few_and_very_many_genres(n_labels: int) -> None:
    names = [f"genre {i}" for i in range(n_labels)]
    truth = np.random.default_rng(0).integers(n_labels, size=400)
    said = np.where(np.arange(400) % 3 == 0, (truth + 1) % n_labels, truth)
    answers = Answers(tuple(names), truth, said)
    page = render(make_report(answers))
    assert ("Which genres are alike" in page) == (n_labels > 2)
    assert ("Drawn are the 40 genres with the most tracks" in page) == (n_labels > 40)
    assert len(re.findall(r"<tr><td>genre \d+</td>", page)) == n_labels


def test_it_is_written_whole_or_not_at_all(answers: Answers, tmp_path: Path) -> None:
    write(make_report(answers), tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").endswith("</html>\n")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]

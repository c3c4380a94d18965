"""The verb evaluate, as it is typed."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genrescope.cli import app

CSV = """id,artist,truth,predicted,prob_blues,prob_folk,prob_[b]rock
1,A,blues,blues,0.8,0.1,0.1
2,A,blues,[b]rock,0.3,0.1,0.6
3,B,[b]rock,[b]rock,0.1,0.1,0.8
4,C,[b]rock,[b]rock,0.2,0.2,0.6
"""
OTHER = "id,truth,predicted\n4,[b]rock,blues\n3,[b]rock,blues\n2,blues,blues\n1,blues,blues\n"


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "other.csv").write_text(OTHER, encoding="utf-8")
    return tmp_path / "mine.csv"


def test_the_answer_for_people(table: Path) -> None:
    done = CliRunner().invoke(app, ["evaluate", "--predictions", "mine.csv"])
    assert done.exit_code == 0, done.output
    rows = {row[0]: row[1:] for row in (re.split(r" {2,}", line.strip()) for line in done.stdout.splitlines())}
    assert "mine.csv: 4 tracks, 2 genres, 3 artists" in rows
    assert rows["accuracy"] == ["0.750", "0.301 to 0.954 Wilson"]
    assert "bootstrap over artists" in done.stdout
    assert rows["chance: one of 2 genres"] == ["0.500"]
    assert rows["chance: always blues"] == ["0.500"]
    assert rows["[b]rock"] == ["0.667", "1.000", "0.800", "2"]
    assert rows["blues"] == ["1.000", "0.500", "0.667", "2", "[b]rock (1)"]
    assert rows["folk"] == ["–", "–", "–", "0"]
    assert "! Only 3 groups" in done.stdout


def test_the_answer_for_programs(table: Path) -> None:
    done = CliRunner().invoke(app, ["evaluate", "--predictions", "mine.csv", "--compare", "other.csv", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["accuracy"], found["accuracy_95ci"], found["n"]) == (0.75, [0.3006, 0.9544], 4)
    assert (found["data"], found["split"]) == ("mine.csv", None)
    assert found["per_genre"]["folk"]["f1"] is None
    assert found["comparison"]["mcnemar"] == {
        "only_first_right": 2, "only_second_right": 1, "p": 1.0, "exact": True,
    }  # fmt: skip


def test_the_comparison_for_people(table: Path) -> None:
    done = CliRunner().invoke(app, ["evaluate", "--predictions", "mine.csv", "--compare", "other.csv"])
    assert done.exit_code == 0, done.output
    assert re.search(r"accuracy +0\.750 +0\.500 +\+0\.250", done.stdout)
    assert "Right in only one: mine 2, other 1; McNemar (exact) p = 1" in done.stdout


def test_the_page(table: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is in the extra 'explore'")
    done = CliRunner().invoke(app, ["evaluate", "--predictions", "mine.csv", "--out", "mine.html"])
    assert done.exit_code == 0, done.output
    assert "mine.html: the whole report" in done.stdout
    assert (tmp_path / "mine.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_columns_that_are_not_used_are_said(table: Path) -> None:
    table.write_text(CSV.replace("id,artist", "id,tempo"), encoding="utf-8")
    done = CliRunner().invoke(app, ["evaluate", "--predictions", "mine.csv", "--json"])
    assert done.exit_code == 0
    assert "mine.csv: columns not used: tempo" in done.stderr
    json.loads(done.stdout)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "evaluate --predictions FILE.csv"),
        (["--predictions", "nosuch.csv"], "nosuch.csv: cannot be read"),
        (["--predictions", "mine.csv", "--out", "no/such/page.html"], "a folder that exists"),
        (["--predictions", "mine.csv", "--compare", "strangers.csv"], "on the same tracks"),
    ],
)
def test_slips_are_said(arguments: list[str], words: str, table: Path, tmp_path: Path) -> None:
    (tmp_path / "strangers.csv").write_text("id,truth,predicted\n9,blues,blues\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["evaluate", *arguments])
    assert done.exit_code == 2
    assert words in done.output
    assert not list(tmp_path.glob("*.html"))

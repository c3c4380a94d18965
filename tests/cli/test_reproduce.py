import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from genrescope.cli import app
from genrescope.recipes.tables import read_table
from tests.recipes._helper import write_table


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    few = lambda slug: replace(read_table(slug), classifiers=("LR", "kNN", "SVCrbf"))  # noqa: E731 - the others take long
    monkeypatch.setattr("genrescope.recipes.reproduce.read_table", few)
    monkeypatch.setattr("genrescope.runtime.session.available_cores", lambda: None)  # in this process


def reproduce(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["reproduce", *map(str, arguments)], env={"COLUMNS": "200"})


def test_a_table_for_people_and_its_files(tmp_path: Path, quick: None) -> None:
    done = reproduce("fma-baseline", "--data", "table", "--root", write_table(tmp_path), "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    for words in ("Measured on", "Chance is 0.333", "0.443", "kNN: it asks 200 neighbours"):
        assert words in done.output
    assert {path.suffix for path in (tmp_path / "out").glob("fma-baseline.*")} == {".json", ".md", ".html", ".parquet"}


def test_json_goes_on_with_finished_cells(tmp_path: Path, quick: None) -> None:
    call = ("feature-table", "--data", "table", "--root", write_table(tmp_path), "--json")
    first, second = reproduce(*call), reproduce(*call)
    said, again = json.loads(first.stdout), json.loads(second.stdout)
    cell, other = (next(row for row in one["rows"] if row["name"] == "mfcc")["cells"]["LR"] for one in (said, again))
    assert cell == other  # seconds too: it was not computed again
    assert cell["accuracy_95ci"][0] < cell["accuracy"] < cell["accuracy_95ci"][1]
    assert cell["reported"] == 0.4212
    assert (tmp_path / "numbers.toml.genrescope" / "reproduce" / "feature-table" / "feature-table.json").is_file()


def test_a_split_from_a_file(tmp_path: Path, quick: None) -> None:
    root, file = write_table(tmp_path), tmp_path / "split.json"
    made = ["data", "split", "table", "--root", str(root), "--method", "grouped", "--out", str(file)]
    assert CliRunner().invoke(app, made).exit_code == 0
    done = reproduce("fma-baseline", "--data", "table", "--root", root, "--split", file, "--json")
    assert json.loads(done.stdout)["split"] == "grouped-80-10-10-seed0"


def test_nothing_measured_is_exit_code_1(tmp_path: Path, quick: None) -> None:
    done = reproduce("gtzan-transfer", "--data", "table", "--root", write_table(tmp_path), "--split", "official")
    assert done.exit_code == 1, done.output
    assert "the table holds statistics" in done.output


def test_wrong_use_is_said(tmp_path: Path) -> None:
    root = write_table(tmp_path)
    done = reproduce("feature-tabel", "--data", "table", "--root", root)
    assert done.exit_code == 2
    assert "did you mean feature-table" in done.output
    done = reproduce("feature-table", "--data", "table", "--root", root, "--split", "filtered")
    assert done.exit_code == 2
    assert "no split called 'filtered'" in done.output

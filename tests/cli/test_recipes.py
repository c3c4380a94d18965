import json

from typer.testing import CliRunner

from genrescope.cli import app
from genrescope.recipes._base import classifier_names, recipe_names
from genrescope.recipes.tables import table_names


def test_one_object_a_line() -> None:
    done = CliRunner().invoke(app, ["recipes", "list", "--json"])
    known = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert {one["name"] for one in known if one["kind"] == "table"} == set(table_names())
    assert {one["name"] for one in known if one["kind"] == "recipe"} == {*recipe_names(), *classifier_names()}


def test_a_table_for_people() -> None:
    done = CliRunner().invoke(app, ["recipes", "list"], env={"COLUMNS": "200"})
    assert done.exit_code == 0
    assert "feature-table" in done.stdout
    assert "mfcc-logistic" in done.stdout

from dataclasses import replace
from pathlib import Path

import pytest

from genrescope.errors import UsageError
from genrescope.recipes._base import read_recipe
from genrescope.recipes.rows import run_row
from tests.recipes._helper import asked_of, open_numbers


def test_a_classifier_is_learned_and_scored(tmp_path: Path) -> None:
    asked = asked_of(open_numbers(tmp_path), tmp_path / "work")
    found = run_row(read_recipe("fma-baseline"), asked, tmp_path / "out")
    assert found.score is not None
    assert found.score.accuracy > 0.5
    assert sum(int(facts["support"]) for facts in found.per_genre.values()) == 30
    assert found.seconds
    assert found.seconds > 0
    assert "below chance" in found.notes[0]


def test_a_network_is_learned_and_scored(tmp_path: Path) -> None:
    asked = asked_of(open_numbers(tmp_path), tmp_path / "work")
    recipe = replace(
        read_recipe("fma-dense-mfcc"), note="as it is", training={"epochs": 2, "keep": "last", "patience": 0}
    )
    found = run_row(recipe, asked, tmp_path / "out", quick=True)
    assert found.score is not None
    assert set(found.per_genre) == {"blues", "jazz", "rock"}
    assert (tmp_path / "out" / "quick" / "run.json").is_file()
    assert len(set(found.notes)) == len(found.notes)


def test_an_input_that_the_data_lacks_is_said(tmp_path: Path) -> None:
    asked = asked_of(open_numbers(tmp_path), tmp_path / "work")
    with pytest.raises(UsageError, match="the table holds statistics"):
        run_row(read_recipe("fma-cnn"), asked, tmp_path / "out")


def test_tracks_without_numbers_are_counted(tmp_path: Path) -> None:
    asked = asked_of(open_numbers(tmp_path, broken=(2,)), tmp_path / "work")
    notes = run_row(read_recipe("fma-baseline"), asked, tmp_path / "out").notes
    assert "of the split have no numbers: 1, such as" in notes[-1]

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.recipes.grid import Progress
from genrescope.recipes.reproduce import Settings, reproduce
from genrescope.recipes.tables import read_table
from tests.recipes._helper import asked_of, open_numbers


def test_a_table_is_measured_beside_what_was_reported(tmp_path: Path) -> None:
    asked = asked_of(open_numbers(tmp_path), tmp_path / "work")
    (found,) = reproduce("fma-baseline", asked, Settings(tmp_path / "out"))
    row = found.rows[0]
    assert (row.dimension, row.n_training, row.n_test) == (10, 60, 30)
    assert row.cells["LR"].reported == 0.4425
    score = row.cells["LR"].score
    assert score is not None
    assert 1 / 3 < score.low < score.accuracy < score.high <= 1
    assert "200 neighbours" in row.cells["kNN"].why
    assert found.chance == pytest.approx(1 / 3)
    assert found.warnings == ()


def test_the_score_is_that_of_the_answers(tmp_path: Path) -> None:
    asked = asked_of(open_numbers(tmp_path), tmp_path / "work")
    (found,) = reproduce("fma-baseline", asked, Settings(tmp_path / "out"))
    cell = found.rows[0].cells["NB"]
    genres = {track.track_id: asked.dataset.genres.index(str(track.genre)) for track in asked.dataset.tracks}
    truth = [genres[track_id] for track_id in asked.split.parts["test"]]
    assert cell.score is not None
    assert cell.score.accuracy == pytest.approx(np.mean(np.array(truth) == np.array(cell.outcome.predicted)))


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    told: list[Progress] = []
    asked = asked_of(open_numbers(tmp_path), tmp_path / "work")
    settings = Settings(tmp_path / "out", on_cell=told.append)
    reproduce("fma-baseline", asked, settings)
    assert len(told) == 13
    told.clear()
    reproduce("fma-baseline", asked, settings)
    assert [one.cell[1] for one in told] == ["kNN"]  # it has no figure: with 60 tracks it cannot


def test_a_quick_look_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genrescope.recipes.sources.quick_source.__defaults__", (30,))
    asked = asked_of(open_numbers(tmp_path), tmp_path / "work")
    (found,) = reproduce("fma-baseline", asked, Settings(tmp_path / "out", quick=True))
    assert found.rows[0].n_training == 30
    assert any("quick look" in words for words in found.warnings)


def test_a_random_split_is_warned_of(tmp_path: Path) -> None:
    asked = asked_of(open_numbers(tmp_path), tmp_path / "work", "holdout")
    (found,) = reproduce("fma-baseline", asked, Settings(tmp_path / "out"))
    assert any("the split is random" in words and "100%" in words for words in found.warnings)


def test_a_report_brings_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = lambda slug: replace(read_table(slug), classifiers=("LR", "NB"))  # noqa: E731 - the others take long
    monkeypatch.setattr("genrescope.recipes.reproduce.read_table", two)
    asked = asked_of(open_numbers(tmp_path), tmp_path / "work")
    found = reproduce("vggish-transfer", asked, Settings(tmp_path / "out"))
    assert [one.table.slug for one in found] == ["vggish-transfer", "embedding-table", "feature-table"]
    assert found[0].recipes[0][1].why
    assert found[2].rows[3].cells


def test_folds_are_no_parts(tmp_path: Path) -> None:
    asked = asked_of(open_numbers(tmp_path), tmp_path / "work", "kfold")
    with pytest.raises(UsageError, match="training and test"):
        reproduce("fma-baseline", asked, Settings(tmp_path / "out"))

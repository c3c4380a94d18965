import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.models.classic import FMA_THIRTEEN, make_pipeline
from genrescope.recipes._journal import Journal
from genrescope.recipes.grid import Grid, GridRow, Material, Progress, run_grid
from tests.recipes._helper import numbers

QUICK = ("LR", "NB", "DT", "SVCrbf", "linSVC1")


def material(n: int = 150, *, pca: int | None = None) -> Material:
    values, genres = numbers(n)
    n_training = 2 * n // 3
    return Material(values[:n_training], values[n_training:], tuple(genres[:n_training].tolist()), "made", pca)


def test_every_cell_is_that_of_the_plain_pipeline(tmp_path: Path) -> None:
    made = material(330)
    names = [name for name in FMA_THIRTEEN if not name.startswith("MLP")]
    found = run_grid([GridRow("all", made), GridRow("two", made, (0, 3))], names, Grid(tmp_path / "cells.jsonl"))
    genres = np.array(made.genres)
    for (row, name), outcome in found.items():
        columns = slice(None) if row == "all" else [0, 3]
        plain = make_pipeline(name).fit(made.training[:, columns], genres).predict(made.test[:, columns])
        assert not outcome.why
        assert np.mean(np.array(outcome.predicted) == plain) > 0.98, (row, name)
        assert outcome.seconds > 0
        assert outcome.peak_mib is None or outcome.peak_mib > 10


def test_networks_in_single_precision_answer_as_in_double(tmp_path: Path) -> None:
    made = material()
    outcome = run_grid([GridRow("all", made)], ["MLP1"], Grid(tmp_path / "cells.jsonl"))["all", "MLP1"]
    plain = make_pipeline("MLP1").fit(made.training, np.array(made.genres)).predict(made.test)
    assert np.mean(np.array(outcome.predicted) == plain) > 0.9


def test_components_see_the_training_tracks_alone(tmp_path: Path) -> None:
    made = material(pca=3)
    row = GridRow("three", made)
    outcome = run_grid([row], ["LR"], Grid(tmp_path / "cells.jsonl"))["three", "LR"]
    plain = make_pipeline("LR", pca=3).fit(made.training, np.array(made.genres)).predict(made.test)
    assert row.dimension == 3
    assert list(outcome.predicted) == plain.tolist()


def test_a_cell_that_cannot_be_fitted_says_why_and_the_others_go_on(tmp_path: Path) -> None:
    few = material(45)
    rows = [GridRow("few", few), GridRow("components", material(45, pca=200))]
    found = run_grid(rows, ["kNN", "LR"], Grid(tmp_path / "cells.jsonl"))
    assert "200 neighbours, and there are 30" in found["few", "kNN"].why
    assert not found["few", "LR"].why
    assert "200 components" in found["components", "LR"].why


def test_quadratic_analysis_without_enough_tracks_says_so(tmp_path: Path) -> None:
    values, genres = numbers(30, n_columns=20)
    made = Material(values, values[:6], tuple(genres.tolist()), "made")
    why = run_grid([GridRow("all", made)], ["QDA"], Grid(tmp_path / "cells.jsonl"))["all", "QDA"].why
    assert "one has 10" in why


def test_a_row_of_constants_says_so(tmp_path: Path) -> None:
    found = run_grid([GridRow("last", material(), (9,))], ["LR", "linSVC1"], Grid(tmp_path / "cells.jsonl"))
    assert {outcome.why for outcome in found.values()} == {"every column is constant"}


def test_a_genre_without_training_tracks_is_no_obstacle(tmp_path: Path) -> None:
    values, genres = numbers(60)
    kept = genres[:40] != 1
    made = Material(values[:40][kept], values[40:], tuple(genres[:40][kept].tolist()), "made")
    found = run_grid([GridRow("all", made)], ["XGBoost", "SVCrbf", "LR"], Grid(tmp_path / "cells.jsonl"))
    assert all(set(outcome.predicted) == {0, 2} for outcome in found.values())


def test_finished_cells_are_not_computed_again(tmp_path: Path) -> None:
    told: list[Progress] = []
    grid = Grid(tmp_path / "cells.jsonl", on_cell=told.append)
    rows = [GridRow("all", material())]
    first = run_grid(rows, QUICK[:2], grid)
    assert [one.done for one in told] == [1, 2]
    told.clear()
    more = run_grid(rows, QUICK, grid)
    assert {one.cell[1] for one in told} == set(QUICK[2:])
    assert told[-1].left_s == 0
    assert told[-1].total == len(QUICK)
    assert all(more[cell] == outcome for cell, outcome in first.items())


def test_other_numbers_or_seeds_are_other_cells(tmp_path: Path) -> None:
    told: list[Progress] = []
    made = material()
    other = Material(made.training, made.test, made.genres, "others")
    run_grid([GridRow("all", made)], ["LR"], Grid(tmp_path / "cells.jsonl", on_cell=told.append))
    run_grid([GridRow("all", other)], ["LR"], Grid(tmp_path / "cells.jsonl", on_cell=told.append))
    run_grid([GridRow("all", made)], ["LR"], Grid(tmp_path / "cells.jsonl", seed=1, on_cell=told.append))
    assert len(told) == 3


def test_processes_give_the_same_answers(tmp_path: Path) -> None:
    rows = [GridRow("all", material()), GridRow("two", material(), (0, 1))]
    here = run_grid(rows, QUICK, Grid(tmp_path / "here.jsonl"))
    there = run_grid(rows, QUICK, Grid(tmp_path / "there.jsonl", workers=2))
    assert {cell: one.predicted for cell, one in here.items()} == {cell: one.predicted for cell, one in there.items()}


def test_rows_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names of their own"):
        run_grid([GridRow("a", material()), GridRow("a", material())], ["LR"], Grid(tmp_path / "cells.jsonl"))


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.recipes.test_grid import material
from genrescope.recipes.grid import Grid, GridRow, run_grid
if __name__ == "__main__":
    rows = [GridRow(f"row {place}", material(600), tuple(range(place))) for place in range(1, 9)]
    run_grid(rows, ["LR", "MLP2"], Grid(Path(sys.argv[1])))
"""


def test_a_kill_loses_only_the_running_cell(tmp_path: Path, project: Path) -> None:
    journal = tmp_path / "cells.jsonl"
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(journal), str(project)])
    try:
        while not journal.exists() or len(journal.read_text().splitlines()) < 3:
            assert child.poll() is None, "it ended before it could be killed"
            time.sleep(0.02)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    n_kept = len(Journal(journal))
    told: list[Progress] = []
    rows = [GridRow(f"row {place}", material(600), tuple(range(place))) for place in range(1, 9)]
    run_grid(rows, ["LR"], Grid(journal, on_cell=told.append))
    kept = [json.loads(line) for line in journal.read_text().splitlines() if line.endswith("}")]
    assert n_kept >= 3
    assert len({entry["key"] for entry in kept}) == len(kept)
    assert not list(tmp_path.glob("grid-*")), "the numbers of the killed process are swept away"

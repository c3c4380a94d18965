"""The course of a run, as a table and as a picture."""

import csv
from pathlib import Path

from genrescope.training._keeper import Epoch
from genrescope.training.curves import draw_curves, write_metrics

HISTORY = [
    Epoch(1, 1.5, 0.3, 1.6, 0.25, 1e-3, 2.0, 0.1, 800.0),
    Epoch(2, 1.1, 0.5, 1.4, 0.4, 1e-3, 2.0, 0.1, 810.0),
]


def test_a_line_an_epoch(tmp_path: Path) -> None:
    write_metrics([*HISTORY, Epoch(3, 1.0, 0.6, None, None, 1e-3, 2.0, 0.1, 810.0)], tmp_path / "metrics.csv")
    rows = list(csv.DictReader((tmp_path / "metrics.csv").read_text().splitlines()))
    assert [row["validation_accuracy"] for row in rows] == ["0.25", "0.4", ""]
    assert rows[1]["training_loss"] == "1.1"


def test_a_picture_with_and_without_validation(tmp_path: Path) -> None:
    draw_curves(HISTORY, 2, tmp_path / "both.png")
    draw_curves([Epoch(1, 1.0, 0.6, None, None, 1e-3, 2.0, 0.1, 810.0)], 1, tmp_path / "one.png")
    both, one = ((tmp_path / name).read_bytes() for name in ("both.png", "one.png"))
    assert both.startswith(b"\x89PNG")
    assert both != one

"""The README shows figures that were measured: each is that of a committed result."""

import json
from pathlib import Path
from typing import Any

HEADING = "### Networks"


def test_networks_are_as_measured(project: Path) -> None:
    result = json.loads((project / "benchmarks" / "results" / "networks.json").read_text(encoding="utf-8"))
    rows = [row for row in result["tables"]["GTZAN's pictures, filtered"] if not row["why not"]]
    section = (project / "README.md").read_text(encoding="utf-8").partition(HEADING)[2].partition("\n## ")[0]
    shown = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert shown == [row_of(row) for row in rows]


def row_of(row: dict[str, Any]) -> str:
    """Return a network's row of the table, from its row of the result."""
    chosen = row["validation accuracy"]
    chosen = chosen if isinstance(chosen, str) else f"{chosen:.3f}"
    test = f"{row['test accuracy']:.3f} | {row['95 % from']:.3f}–{row['to']:.3f}"
    return f"| {row['network']} | {row['weights']:,} | {chosen} | {test} |"

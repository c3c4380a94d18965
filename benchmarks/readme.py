"""The README's table of networks, made of the recipes and of what was measured.

python benchmarks/readme.py          writes it between its two marks
python benchmarks/readme.py --check  says with its exit code whether it is up to date
"""

import json
import sys
from pathlib import Path

from _common import PROJECT, RESULTS
from genrescope.recipes._base import read_recipe, recipe_names

README = PROJECT / "README.md"
BEGIN, END = "<!-- networks: made by benchmarks/readme.py -->", "<!-- end of networks -->"
SPLITS = ("filtered", "80:9:10")


def main() -> None:
    before = README.read_text(encoding="utf-8")
    after = with_table(before, table(RESULTS / "networks.json"))
    if "--check" in sys.argv[1:]:
        sys.exit(
            0 if before == after else "README.md: its table of networks is not up to date: python benchmarks/readme.py"
        )
    README.write_text(after, encoding="utf-8")


def with_table(text: str, lines: list[str]) -> str:
    """Return the README with the table in its place."""
    head, _, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not end:
        raise SystemExit(f"README.md has no two lines  {BEGIN}  and  {END}")
    return "\n".join([f"{head}{BEGIN}", *lines, f"{END}{tail}"])


def table(results: Path) -> list[str]:
    """Return the table's lines: each network's recipe, what its report had, what was measured on pictures."""
    measured = json.loads(results.read_text(encoding="utf-8"))["tables"] if results.exists() else {}
    head = ["recipe", "what it is", "its report", "reported", *(f"measured, {split}" for split in SPLITS)]
    rows = [head, ["---"] * len(head)]
    for name in recipe_names():
        recipe = read_recipe(name)
        if recipe.kind == "network":
            figures = [_measured(measured.get(f"GTZAN's pictures, {split}", []), name) for split in SPLITS]
            reported = str(recipe.reported.get("test_accuracy", recipe.reported.get("accuracy", "")))
            rows.append([f"`{name}`", recipe.line, recipe.report, reported, *figures])
    return [f"| {' | '.join(row)} |" for row in rows]


def _measured(rows: list[dict[str, object]], name: str) -> str:
    """Return the best row of a recipe, with its interval; empty where none was trained."""
    known = [row for row in rows if str(row["network"]).partition(",")[0] == name and row.get("test accuracy")]
    if not known:
        return ""
    best = max(known, key=lambda row: float(str(row["validation accuracy"])))
    return f"{best['test accuracy']:.2f} ({best['95 % from']:.2f}–{best['to']:.2f})"


if __name__ == "__main__":
    main()

"""What every verb says of the data set that it works on."""

from pathlib import Path
from typing import TYPE_CHECKING

from genrescope.cli._lines import plain
from genrescope.cli._run import tell

if TYPE_CHECKING:
    from rich.table import Table

    from genrescope.datasets._base import Dataset

MOST_WIDE = 1000
"""Characters; a table of more columns is squeezed."""


def tell_used(dataset: "Dataset", work: Path | None) -> None:
    """Say on standard error how many tracks are used, how many are passed over for what, and where it says why."""
    from genrescope.datasets.quarantine import used_line

    tell(f"{dataset.facts.name}: {used_line(dataset, work)}.")


def alike_warnings(groups: list[list[str]]) -> list[str]:
    """Return a line for each group of genres whose names differ in case, spaces or signs alone."""
    return [
        f"warning: {plain(' and '.join(group))} are counted as different genres; if they are one, give them one name"
        for group in groups
    ]


def print_counts(table: "Table") -> None:
    """Print a table of counts as wide as it is: no heading and no number is cut, also where the terminal is narrow."""
    from rich.console import Console
    from rich.measure import Measurement

    console = Console(highlight=False)
    needed = Measurement.get(console, console.options.update(max_width=MOST_WIDE), table).maximum
    Console(highlight=False, soft_wrap=True, width=max(console.width, needed)).print(table)

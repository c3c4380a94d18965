"""The course of a training run, as a table and as a picture."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING

from genrescope.errors import MissingExtraError
from genrescope.palette import COLOURS
from genrescope.training._keeper import Epoch
from genrescope.training._whole import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def write_metrics(history: Sequence[Epoch], path: Path) -> None:
    """Write a line an epoch, as CSV; what was not measured is empty."""
    text = io.StringIO()
    table = csv.DictWriter(text, [field.name for field in fields(Epoch)], lineterminator="\n")
    table.writeheader()
    for epoch in history:
        table.writerow({key: "" if value is None else round(value, 6) for key, value in asdict(epoch).items()})
    write_whole(path, lambda partial: partial.write_text(text.getvalue(), encoding="utf-8"))


def draw_curves(history: Sequence[Epoch], best_epoch: int, path: Path) -> None:
    """Draw loss and accuracy over the epochs, training and validation, with the epoch that was kept, as PNG.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as cause:
        raise MissingExtraError("a picture of training", "train") from cause
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    axes = figure.subplots(1, 2)
    _curve(axes[0], history, "loss", best_epoch)
    _curve(axes[1], history, "accuracy", best_epoch)
    axes[1].set_ylim(0, 1)
    axes[0].legend(frameon=False)
    write_whole(path, lambda partial: figure.savefig(partial, format="png", dpi=120))


def _curve(axes: "Axes", history: Sequence[Epoch], what: str, best_epoch: int) -> None:
    epochs = [epoch.epoch for epoch in history]
    for part, colour in (("training", COLOURS[4]), ("validation", COLOURS[5])):
        values = [getattr(epoch, f"{part}_{what}") for epoch in history]
        if values[-1] is not None:
            axes.plot(epochs, values, color=colour, label=part, marker="o" if len(epochs) == 1 else "")
    axes.axvline(best_epoch, color="0.6", linewidth=0.8, linestyle="--", label=f"kept: epoch {best_epoch}")
    axes.set_xlabel("epoch")
    axes.set_ylabel(what)
    axes.spines[["top", "right"]].set_visible(False)

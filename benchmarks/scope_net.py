"""What each part of scope-net's recipe is worth, one changed at a time, on GTZAN's pictures, validation part alone.

    python benchmarks/scope_net.py [VARIANT...] [--seeds N] [--epochs N] [--work DIR]

Every variant is trained on the training part of the fault-filtered split from several seeds. The test part is not
looked at. Rows that are finished are kept in the work folder.
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

import _common
import _training

VARIANTS: Mapping[str, tuple[str, ...]] = {
    "the recipe": (),
    "textures alone": ("model_settings.width=0",),
    "convolutions alone": ("model_settings.textures=false",),
    "convolutions twice as wide": ("model_settings.width=32",),
    "two residual pairs a stage": ("model_settings.n_blocks=2",),
    "without the equaliser": ("training.equaliser=0",),
    "without mixup": ("training.mixup=0",),
    "without crops": ("training.crop_frames=0",),
    "without averaged weights": ("training.ema=0",),
    "with masks": ("training.mask_time=0.15", "training.mask_bands=0.15"),
    "with label smoothing": ("training.label_smoothing=0.1",),
    "more textures left out": ("model_settings.texture_dropout=0.8",),
}
"""What is changed of the recipe."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("variants", nargs="*", metavar="VARIANT", help=f"of: {'; '.join(VARIANTS)}; default all")
    arguments.add_argument("--seeds", type=int, default=2)
    arguments.add_argument("--epochs", type=int, default=30)
    arguments.add_argument("--work", type=Path, help="where runs and finished rows are kept")
    said = arguments.parse_args()
    work = said.work or Path(tempfile.mkdtemp(prefix="scope-net-"))
    root = _training.declare_pictures(_common.data_folder(), work / "pictures.toml")
    chosen = said.variants or list(VARIANTS)
    rows = [row_of(name, root, work, range(said.seeds), said.epochs) for name in chosen]
    _common.write_result(
        "scope_net",
        "scope-net's recipe, one part changed at a time",
        {f"GTZAN's pictures, fault-filtered split, {said.epochs} epochs": sorted(rows, key=_loss)},
        notes=[
            "197 validation clips, chance 0.1: one run's accuracy has a 95 % interval of about ± 0.07.",
            "Accuracy of the best epoch flatters; that of the last epoch, and its loss, do not.",
            "milliseconds: of training, a picture, on this machine with whatever else it did.",
        ],
        data=[_common.data_folder() / "gtzan" / name for name in ("spectrogram_images.npz", "splits.csv")],
        packages=("torch", "lightning"),
    )


def row_of(name: str, root: Path, work: Path, seeds: Sequence[int], epochs: int) -> dict[str, object]:
    """Train a variant from each seed, and return the means."""
    changes = ("input=image", f"training.epochs={epochs}", *VARIANTS[name])
    cases = [_training.Case(f"{name}, {seed}", "scope-net", "table", root, "official", changes, seed) for seed in seeds]
    found = [_training.measured(case, work, test=False) for case in cases]

    def mean(column: str) -> float:
        return float(np.mean([float(str(row[column])) for row in found]))

    return {
        "variant": name,
        "weights": found[0]["weights"],
        "validation loss, last epoch": round(mean("last validation loss"), 3),
        "accuracy, last epoch": round(mean("last validation accuracy"), 3),
        "accuracy, best epoch": round(mean("validation accuracy"), 3),
        "runs": len(found),
        "milliseconds": round(mean("training, s") / epochs / 442 * 1e3, 1),
    }


def _loss(row: Mapping[str, object]) -> float:
    return float(str(row["validation loss, last epoch"]))


if __name__ == "__main__":
    main()

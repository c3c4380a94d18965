"""What each part of scope-net's recipe is worth, one changed at a time, on GTZAN's pictures without the test part.

    python benchmarks/scope_net.py [VARIANT...] [--vgg16 FILE] [--work DIR]

Training and validation parts of the fault-filtered split are cut into four folds of neighbouring track ids, and each
fold is answered by a network that learned the other three: 639 answers a variant, at the last epoch, so that nothing is
chosen on what is answered. The test part is not looked at. Finished folds are kept in the work folder. `--vgg16` is as
in `networks.py`; without it there is no row of scope-vgg16.
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

import _common
import _training

N_FOLDS = 4
EPOCHS = 40
CONVOLUTIONS = ("model_settings.textures=false", "model_settings.modulations=false", "model_settings.width=16")
WITH_VGG16 = "VGG16's third block beside"
VARIANTS: Mapping[str, tuple[str, ...]] = {
    "the recipe": (),
    "textures alone": ("model_settings.modulations=false",),
    "modulations alone": ("model_settings.textures=false",),
    "convolutions alone": CONVOLUTIONS,
    "convolutions beside": ("model_settings.width=16",),
    "without the equaliser": ("training.equaliser=0",),
    "batches of 32": ("training.batch_size=32",),
    "without mixup": ("training.mixup=0",),
    "without crops": ("training.crop_frames=0",),
    "without averaged weights": ("training.ema=0",),
    "with masks": ("training.mask_time=0.15", "training.mask_bands=0.15"),
    "with label smoothing": ("training.label_smoothing=0.1",),
    "more waves left out": ("model_settings.wave_dropout=0.8",),
    "weight decay of 0.5": ("training.weight_decay=0.5",),
    WITH_VGG16: (),
}
"""What is changed of the recipe; the last one is a recipe of its own, scope-vgg16."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("variants", nargs="*", metavar="VARIANT", help=f"of: {'; '.join(VARIANTS)}; default all")
    arguments.add_argument("--vgg16", type=Path, help="a file with VGG16's weights")
    arguments.add_argument("--work", type=Path, help="where runs and finished folds are kept")
    said = arguments.parse_args()
    work = said.work or Path(tempfile.mkdtemp(prefix="scope-net-"))
    root = _training.declare_pictures(_common.data_folder(), work / "pictures.toml")
    folds = _training.folds_beside_test(root, work, N_FOLDS)
    chosen = [name for name in said.variants or VARIANTS if name != WITH_VGG16 or said.vgg16]
    rows = [row_of(name, root, work, folds, said.vgg16) for name in chosen]
    _common.write_result(
        "scope_net",
        "scope-net's recipe, one part changed at a time",
        {f"GTZAN's pictures, fault-filtered split without its test part, {N_FOLDS} folds": sorted(rows, key=_loss)},
        notes=[
            "639 clips, chance 0.1: an accuracy has a 95 % interval of about ± 0.036; one seed.",
            "loss: mean negative logarithm of the right genre's probability.",
            "VGG16: its weights are frozen and what they give is computed once, so its milliseconds are of the rest.",
            "milliseconds: of training, a picture, with whatever else the machine did; rows may be of two machines.",
            "In float32, on an earlier machine: mixup, more waves, weight decay, VGG16; the others in bf16.",
        ],
        data=[_common.data_folder() / "gtzan" / name for name in ("spectrogram_images.npz", "splits.csv")],
        packages=("torch", "lightning"),
    )


def row_of(name: str, root: Path, work: Path, folds: Sequence[Path], vgg16: Path | None) -> dict[str, object]:
    """Train a variant beside each fold, and return the means over all clips."""
    changes = ("input=image", "training.keep=last", f"training.epochs={EPOCHS}", *VARIANTS[name])
    recipe = "scope-net"
    if name == WITH_VGG16:
        recipe, changes = "scope-vgg16", (*changes, f"training.start={vgg16}")
    cases = [_training.Case(f"{name}, {fold.stem}", recipe, "table", root, str(fold), changes) for fold in folds]
    found = [_training.measured(case, work, test=False) for case in cases]
    clips = [int(str(row["validation clips"])) for row in found]

    def mean(column: str) -> float:
        return float(np.average([float(str(row[column])) for row in found], weights=clips))

    return {
        "variant": name,
        "weights": found[0]["weights"],
        "loss": round(mean("last validation loss"), 3),
        "accuracy": round(mean("last validation accuracy"), 3),
        "training accuracy": round(mean("training accuracy"), 3),
        "clips": sum(clips),
        "milliseconds": round(mean("training, s") / EPOCHS / np.mean([sum(clips) - n for n in clips]) * 1e3, 1),
    }


def _loss(row: Mapping[str, object]) -> float:
    return float(str(row["loss"]))


if __name__ == "__main__":
    main()

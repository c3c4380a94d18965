"""The reports' networks and ours on GTZAN's 999 spectrogram pictures, learned from nothing or from ImageNet.

    python benchmarks/networks.py [CASE...] [--vgg16 FILE] [--work DIR]

The epoch is chosen on the validation part, and the test part is answered once, through the exported file. Rows that
are finished are kept in the work folder; a row that was not trained says so. `--vgg16` is a file with VGG16's weights:
torchvision's, or an ONNX file that begins with its convolutions. It takes hours on two cores: name some cases.
"""

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path

import _common
import _training
from genrescope.errors import GenrescopeError
from genrescope.recipes._base import read_recipe

IMAGE = ("input=image",)

CASES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "scope-net": ("scope-net", IMAGE),
    "scope-net, validation learned too": ("scope-net", (*IMAGE, "training.keep=last")),
    "scope-vgg16": ("scope-vgg16", IMAGE),
    "scope-vgg16, validation learned too": ("scope-vgg16", (*IMAGE, "training.keep=last")),
    "gtzan-cnn": ("gtzan-cnn", ()),
    "fma-cnn": ("fma-cnn", IMAGE),
    "fma-crnn": ("fma-crnn", IMAGE),
    "fma-cnn-rnn-parallel": ("fma-cnn-rnn-parallel", IMAGE),
    "mfcc-td-cnn": ("mfcc-td-cnn", IMAGE),
    "crnn-over-time": ("crnn-over-time", (*IMAGE, "training.keep=best")),
    "fma-vgg16, frozen": ("fma-vgg16", (*IMAGE, *_training.PLAIN, "model_settings.frozen=true")),
    "fma-vgg16, four layers": ("fma-vgg16", (*IMAGE, *_training.PLAIN)),
}
"""Recipe and what is changed of it."""

SHORTER = {("fma-vgg16, four layers", "80:9:10"): ("training.epochs=12",)}
"""What is changed beside, for time; a note says so."""

SPLITS = {"filtered": "official", "80:9:10": "balanced"}
ALL_BUT_TEST = "validation learned too"
FROM_IMAGENET = {"fma-vgg16", "scope-vgg16"}
"""Recipes that begin with VGG16's weights."""
COLUMNS = (
    "network", "weights", "learning", "epoch", "validation accuracy", "test accuracy", "95 % from", "to", "clips",
    "chance", "reported", "training, s", "peak, MiB", "file, MB", "answer, ms", "file - network", "why not",
)  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; default all")
    arguments.add_argument("--splits", default=",".join(SPLITS), help="with commas between them")
    arguments.add_argument("--vgg16", type=Path, help="a file with VGG16's weights")
    arguments.add_argument("--work", type=Path, help="where runs and finished rows are kept")
    said = arguments.parse_args()
    work = said.work or Path(tempfile.mkdtemp(prefix="networks-"))
    root = _training.declare_pictures(_common.data_folder(), work / "pictures.toml")
    tables = {
        f"GTZAN's pictures, {split}": [
            row_of(name, split, root, work, said.vgg16, train=name in (said.cases or CASES)) for name in CASES
        ]
        for split in said.splits.split(",")
    }
    _common.write_result(
        "networks",
        "Networks on GTZAN's spectrogram pictures",
        {heading: _training.rounded(rows, COLUMNS) for heading, rows in tables.items()},
        notes=[
            "Filtered: the fault-filtered split, 442/197/290, no artist on two sides.",
            "80:9:10: drawn at random as in report A1; one artist's clips stand on both sides, which flatters.",
            "Pictures are linear in frequency: recipes that ask for log-mel run on them as they are (input=image).",
            "'reported' is on other pictures, and for recipes of FMA on other music: it says what the report had.",
            "answer, ms: of one picture through the file, one thread, processor time.",
            "file - network: largest difference of a probability on 32 test clips.",
            "scope-net was designed, over dozens of variants, beside the test part: its validation is flattered.",
            "Two earlier scope-nets had answered the test part (.576, .569; .586, .655), which chose nothing here.",
            "scope-vgg16 was designed in folds beside the test part.",
            "'validation learned too': 639 clips, 40 epochs fixed before.",
            "fma-vgg16 learns without its report's augmentation: its frozen layers would run in each epoch.",
            "80:9:10 of VGG16's four layers ends after 12 of its 50 epochs, for time.",
            "fma-vgg16, frozen: answered again when rare channels were kept quiet (.355 and .58 before).",
            "In bf16: mfcc-td-cnn, VGG16's four layers, 80:9:10 of gtzan-cnn and fma-cnn-rnn-parallel; else float32.",
            "training, s: by the clock, beside other work and with stops; train_speed.md has processor times.",
            "training, s of a frozen trunk: of what learns; what the trunk says was computed once, before.",
            "Intervals are Wilson's.",
            "InceptionV3's and VGGish's published weights are not here: no figure stands for them.",
        ],
        data=[_common.data_folder() / "gtzan" / name for name in ("spectrogram_images.npz", "splits.csv")],
        packages=("torch", "torchvision", "lightning"),
    )


def row_of(name: str, split: str, root: Path, work: Path, vgg16: Path | None, *, train: bool) -> dict[str, object]:
    """Return a case's row; one that cannot be trained says why."""
    recipe, changes = CASES[name]
    changes = (*changes, *SHORTER.get((name, split), ()))
    if recipe in FROM_IMAGENET:
        changes = (*changes, f"training.start={vgg16}")
    way = SPLITS[split]
    if name.endswith(ALL_BUT_TEST):
        if split != "filtered":
            return {"network": name, "why not": "for the fault-filtered split alone"}
        way = str(_training.learn_validation_too(root, work / "validation-learned.json"))
    case = _training.Case(f"{name}, {split.replace(':', '-')}", recipe, "table", root, way, changes)
    reported = read_recipe(recipe).reported.get("test_accuracy", "")
    row: dict[str, object] = {"network": name, "reported": reported}
    if not train and not _training.is_kept(case, work):
        return row | {"why not": "not trained"}
    if recipe in FROM_IMAGENET and vgg16 is None:
        return row | {"why not": "weights not here"}
    try:
        return {**_training.measured(case, work), **row}
    except GenrescopeError as error:
        return row | {"why not": str(error)}


if __name__ == "__main__":
    main()

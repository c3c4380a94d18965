"""The tables of classifiers on the real data at hand: GTZAN's numbers, FMA's published MFCCs, and GTZAN's clips.

    python benchmarks/tables.py [NAME...]

runs `genrescope reproduce` for each, and keeps every cell with the data's fingerprint in
`benchmarks/results/table_NAME.json` and `.md`. Without names all are run; finished cells are not computed again.
"""

import argparse
import csv
import gzip
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from _common import PROJECT, RESULTS, commit, data_folder, fingerprint, machine, versions
from genrescope.datasets.catalogue import open_dataset
from genrescope.datasets.quarantine import replace_text
from genrescope.datasets.splits import make_split
from genrescope.recipes.reproduce import Reproduced, Settings, reproduce
from genrescope.recipes.results import markdown, to_dict
from genrescope.recipes.sources import Asked
from genrescope.runtime.session import available_cores

PACKAGES = ("scikit-learn", "scipy", "xgboost")


@dataclass(frozen=True)
class Case:
    """A table on some data: the slug, the data set's name, its root made in a folder, the split, and the files."""

    slug: str
    dataset: str
    lay: Callable[[Path, Path], Path]
    split: str
    files: tuple[str, ...]
    says: str


def _table(name: str, file: str, kind: str, array: str = "") -> Callable[[Path, Path], Path]:
    """Return what writes the few lines that declare a table of GTZAN's numbers, with its filtered split."""

    def lay(data: Path, folder: Path) -> Path:
        path = folder / f"{name}.toml"
        lines = [f'file = "{data / "gtzan" / file}"', f'kind = "{kind}"', f'array = "{array}"' if array else ""]
        lines += [f'labels = "{data / "gtzan" / "splits.csv"}"', 'label_column = "genre"', 'part_column = "filtered"']
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return lay


def _fma(data: Path, folder: Path) -> Path:
    """Lay FMA's published features and labels as the archives have them; the clips are names without sound."""
    root = folder / "fma"
    (root / "fma_metadata").mkdir(parents=True, exist_ok=True)
    features = root / "fma_metadata" / "features.csv"
    with gzip.open(data / "fma" / "features_mfcc_2000.csv.gz", "rb") as packed, open(features, "wb") as plain:
        shutil.copyfileobj(packed, plain)
    with open(features, encoding="utf-8") as file:
        ids = {line.partition(",")[0] for line in file}
    with gzip.open(data / "fma" / "labels.csv.gz", "rt", encoding="utf-8") as file:
        tracks = [row for row in csv.DictReader(file) if row["track_id"] in ids]
    columns = {"set.split": "split", "set.subset": "subset", "artist.id": "artist_id", "track.genre_top": "genre_top"}
    columns |= {"track.genres": "genres"}
    heads = [["", *(name.split(".")[at] for name in columns)] for at in (0, 1)]
    with open(root / "fma_metadata" / "tracks.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*heads, ["track_id", *("" for _ in columns)]])
        csv.writer(file).writerows([[row["track_id"], *(row[name] for name in columns.values())] for row in tracks])
    for row in tracks:
        path = root / "fma_medium" / f"{int(row['track_id']):06d}.mp3"
        path = path.parent / path.name[:3] / path.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def _clips(data: Path, folder: Path) -> Path:  # noqa: ARG001 - it lies as it is
    return data / "gtzan_mini"


CASES = {
    "gtzan_embeddings": Case(
        "embedding-table", "table", _table("embeddings", "convnet_embeddings.npz", "embedding", "embedding"),
        "official", ("gtzan/convnet_embeddings.npz", "gtzan/splits.csv"),
        "The embedding is that of a convolutional network learned on the Million Song Dataset, 5 layers × 32 numbers.",
    ),
    "gtzan_statistics": Case(
        "feature-table", "table", _table("statistics", "features_30_sec.csv", "statistics"),
        "official", ("gtzan/features_30_sec.csv", "gtzan/splits.csv"),
        "The columns are those spread with the Kaggle copy of GTZAN, mean and variance, not FMA's seven statistics.",
    ),
    "fma_mfcc": Case(
        "feature-table", "fma-medium", _fma, "official",
        ("fma/features_mfcc_2000.csv.gz", "fma/labels.csv.gz"),
        "Two genres, Rock and Hip-Hop, and the MFCC columns only: all of FMA's features that are here.",
    ),
    "clips_fma518": Case(
        "feature-table", "gtzan", _clips, "holdout", ("gtzan_mini",),
        "60 clips, their 518 columns computed from the sound: that it runs, no more.",
    ),
    "clips_embedding": Case(
        "embedding-table", "gtzan", _clips, "holdout", ("gtzan_mini",),
        "60 clips under the bundled model, which learned from clips of this data set: that it runs, no more.",
    ),
}  # fmt: skip


def run(name: str, folder: Path) -> Path:
    """Measure a case and write its two files; return the page."""
    case, data = CASES[name], data_folder()
    root = case.lay(data, folder)
    dataset = open_dataset(case.dataset, root)
    split = make_split(dataset, case.split)
    asked = Asked(dataset, split, folder / "work" / name, workers=available_cores())
    say = lambda progress: print(f"{name}: {progress.done} of {progress.total}, {progress.cell}", file=sys.stderr)  # noqa: E731
    found = reproduce(case.slug, asked, Settings(folder / "out" / name, available_cores(), on_cell=say))[0]
    return _write(name, case, found, data)


def _write(name: str, case: Case, found: Reproduced, data: Path) -> Path:
    files = [path for one in case.files for path in _files(data / one)]
    facts: dict[str, dict[str, object]] = {"machine": machine(), "versions": {**versions(PACKAGES)}}
    facts["files"] = fingerprint(files)
    record = {
        "name": f"table_{name}",
        "command": f"python benchmarks/tables.py {name}",
        "commit": commit(),
        **facts,
        "remark": case.says,
        "table": to_dict(found),
    }
    lines = [f"- {key}: {', '.join(f'{k} {v}' for k, v in values.items())}" for key, values in facts.items()]
    page = f"{markdown(found)}\n{case.says}\n\nMade by `{record['command']}`.\n\n" + "\n".join(
        [*lines, f"- commit: {record['commit']}", ""]
    )
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"table_{name}.md"
    replace_text(path.with_suffix(".json"), json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    replace_text(path, page)
    print(page)
    return path


def _files(path: Path) -> Sequence[Path]:
    return [one for one in path.rglob("*") if one.is_file()] if path.is_dir() else [path]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *CASES], help="which tables; all where none is named")
    parser.add_argument("--folder", type=Path, default=PROJECT / ".venv" / "tables", help="where work is kept")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or CASES:
        run(name, arguments.folder)


if __name__ == "__main__":
    main()

"""Tiny stand-ins of each data set, in the exact layout in which it is published. The sound in them is never decoded."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

FMA_COLUMNS = (
    ("album", "id"),
    ("album", "title"),
    ("artist", "id"),
    ("artist", "name"),
    ("artist", "bio"),
    ("set", "split"),
    ("set", "subset"),
    ("track", "duration"),
    ("track", "genre_top"),
    ("track", "genres"),
    ("track", "genres_all"),
    ("track", "title"),
)
"""A dozen of the 52 columns, in the published order."""

FMA_ROWS: tuple[dict[str, str], ...] = (
    {"track_id": "2", "set.subset": "small", "track.genre_top": "Hip-Hop", "track.genres": "[21]", "artist.id": "1"},
    {"track_id": "5", "set.subset": "small", "track.genre_top": "Rock", "track.genres": "[26, 12]", "artist.id": "1"},
    {"track_id": "140", "set.subset": "medium", "track.genre_top": "Folk", "track.genres": "[17]", "set.split": "test"},
    {"track_id": "1482", "set.subset": "large", "track.genre_top": "Jazz", "track.genres": "[4]"},
    {"track_id": "1483", "set.subset": "large", "track.genres": "[7, 181]"},
)
FMA_IDS = {"small": (2, 5), "medium": (2, 5, 140), "large": (2, 5, 140, 1482), "full": (2, 5, 140, 1482)}
"""Ids of those that a single-label selection uses."""


def write_rows(path: Path, rows: Iterable[Sequence[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"never decoded")
    return path


def write_tracks_csv(
    root: Path,
    rows: Iterable[Mapping[str, str]] = FMA_ROWS,
    columns: Sequence[tuple[str, str]] = FMA_COLUMNS,
) -> Path:
    """Write ``tracks.csv`` as it is published: two header rows, a row that names the ids, then a row a track."""
    common: dict[str, str] = {"set.split": "training", "track.duration": "168", "album.id": "-1"}
    lines: list[Sequence[object]] = [
        ["", *(first for first, _ in columns)],
        ["", *(second for _, second in columns)],
        ["track_id", *("" for _ in columns)],
    ]
    for row in rows:
        cells = common | dict(row)
        lines.append([cells["track_id"], *(cells.get(".".join(column), "") for column in columns)])
    return write_rows(root / "fma_metadata" / "tracks.csv", lines)


def fma_path(sound: Path, track_id: int) -> Path:
    name = f"{track_id:06d}"
    return sound / name[:3] / f"{name}.mp3"


def write_fma(root: Path, size: str = "small") -> Path:
    """Write an FMA of five rows, with the sound of those that are of this size."""
    write_tracks_csv(root)
    ids = (*FMA_IDS[size], 1483) if size in {"large", "full"} else FMA_IDS[size]
    for track_id in ids:
        touch(fma_path(root / f"fma_{size}", track_id))
    features = [
        ["feature", "mfcc", "mfcc"],
        ["statistics", "mean", "mean"],
        ["number", "01", "02"],
        ["track_id", "", ""],
    ]
    write_rows(root / "fma_metadata" / "features.csv", [*features, ["2", "0.5", "1.5"], ["5", "", ""]])
    echonest = [["", "echonest"], ["", "audio_features"], ["", "danceability"], ["track_id", ""]]
    write_rows(root / "fma_metadata" / "echonest.csv", [*echonest, ["2", "0.67"]])
    return root


def write_gtzan(root: Path, place: str = "genres", suffix: str = ".au", clips: int = 3) -> Path:
    """Write the first clips of each of GTZAN's ten genres."""
    for genre in "blues classical country disco hiphop jazz metal pop reggae rock".split():
        for number in range(clips):
            touch(root / place / genre / f"{genre}.{number:05}{suffix}")
    return root


def write_folder(root: Path) -> Path:
    """Write music as people keep it: a folder a genre, albums in some, covers between."""
    for name in ("rock/a.mp3", "rock/album/b.flac", "Jazz/ö – 東京.ogg", "Jazz/cover.jpg", "Jazz/back.jpg"):
        touch(root / name)
    return root


def write_list(root: Path) -> Path:
    """Write a list of files with all its columns."""
    header = ["path", "genre", "artist", "album", "title", "part"]
    rows = [["a/one.mp3", "jazz", "A", "U", "One", "train"], ["b/two.mp3", "rock", "B", "", "Two", "test"]]
    for row in rows:
        touch(root / row[0])
    return write_rows(root / "list.csv", [header, *rows])


def write_table(root: Path) -> Path:
    """Write a table of statistics and, beside it, what it is."""
    rows = [["a.00000.wav", 0.5, 1, "jazz"], ["b.00000.wav", 1.5, 2, "rock"], ["c.00000.wav", -1e-3, 3, "rock"]]
    path = write_rows(root / "statistics.csv", [["filename", "mean", "tempo", "label"], *rows])
    path.with_name("statistics.csv.toml").write_text('kind = "statistics"\n')
    return path


def write_npz(root: Path) -> Path:
    """Write pictures, their labels in a list beside, and what they are in a TOML file."""
    ids = np.array(["a.00000", "b.00000"])
    np.savez(root / "images.npz", track_id=ids, image=np.arange(2 * 4 * 6, dtype=np.uint8).reshape(2, 4, 6))
    rows = [["a.00000", "jazz", "train"], ["b.00000", "rock", "test"], ["c.00000", "rock", "test"]]
    write_rows(root / "splits.csv", [["track_id", "genre", "filtered"], *rows])
    words = ['file = "images.npz"', 'kind = "linear-spectrogram-image"', 'labels = "splits.csv"']
    path = root / "images.toml"
    path.write_text("\n".join([*words, 'part_column = "filtered"']))
    return path


STANDINS: tuple[tuple[str, str, Callable[[Path], Path], int], ...] = (
    ("fma-small", "as published", lambda root: write_fma(root, "small"), 2),
    ("fma-medium", "as published", lambda root: write_fma(root, "medium"), 3),
    ("fma-large", "as published", lambda root: write_fma(root, "large"), 4),
    ("fma-full", "as published", lambda root: write_fma(root, "full"), 4),
    ("fma-small", "in the folder of medium", lambda root: write_fma(root, "medium"), 2),
    ("gtzan", "old .au", lambda root: write_gtzan(root, "genres", ".au"), 30),
    ("gtzan", "Kaggle", lambda root: write_gtzan(root, "Data/genres_original", ".wav"), 30),
    ("gtzan", "the folder itself", lambda root: write_gtzan(root, ".", ".mp3"), 30),
    ("folder", "folders", write_folder, 3),
    ("folder", "a list", write_list, 2),
    ("table", "CSV", write_table, 3),
    ("table", "npz", write_npz, 2),
)
"""Name, which copy, how it is written, and how many of its tracks can be used."""

"""FMA: the Free Music Archive's data set, in four sizes that lie within each other."""

import ast
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from genrescope.datasets._base import PARTS, Archive, Dataset, Facts, Opener, Selection, Skip, refuse, select
from genrescope.datasets._fma_genres import GENRES
from genrescope.datasets._tables import Row, Table, open_table
from genrescope.errors import UsageError
from genrescope.records import Track

SIZES = ("small", "medium", "large", "full")
"""Each holds the one before it; ``large`` and ``full`` are the same tracks, as clips of 30 s and whole."""
CLIP_S = 30.0
GIB = 2**30
METADATA = "fma_metadata"
REQUIRED = ("set.split", "set.subset", "track.genre_top", "track.genres")
NO_ALBUM = "-1"

_HOST = "https://os.unil.cloud.switch.ch/fma"
_SUMS = {
    "metadata": "f0df49ffe5f2a6008d7dc83c6915b31835dfe733",
    "small": "ade154f733639d52e35e32f5593efe5be76c6d70",
    "medium": "c67b69ea232021025fca9231fc1c7c1a063ab50b",
    "large": "497109f4dd721066b5ce5e5f250ec604dc78939e",
    "full": "0f0ace23fbe9ba30ecb7e95f763e435ea802b8ab",
}
_BYTES = {  # of medium and full, only rounded sizes are published
    "metadata": 358_412_441,
    "small": 7_679_594_875,
    "medium": 22 * GIB,
    "large": 100_306_112_191,
    "full": 879 * GIB,
}
_TRACKS = {"small": 8_000, "medium": 25_000, "large": 106_574, "full": 106_574}
_LINES = {
    "small": "8,000 clips of 30 s, 8 genres of 1,000 each",
    "medium": "25,000 clips of 30 s, 16 genres, unbalanced",
    "large": "106,574 clips of 30 s, 161 genres, half of them without a top genre",
    "full": "106,574 whole tracks, 161 genres, half of them without a top genre",
}
_NOTES = {
    "small": (
        "099134, 108925 and 133297 do not decode though the archive's sum is right.",
        "098565, 098567 and 098569 last less than 2 s.",
        "Compilations stand on both sides of the official split, which holds artists apart but not albums.",
    ),
    "full": ("MP3 files of every rate and length, up to hours.",),
}


def _archive(which: str) -> Archive:
    name = f"fma_{which}.zip"
    return Archive(name, f"{_HOST}/{name}", _BYTES[which], f"sha1:{_SUMS[which]}")


def _facts(size: str) -> Facts:
    return Facts(
        name=f"fma-{size}",
        title=f"Free Music Archive, {size}",
        line=_LINES[size],
        citation=(
            "M. Defferrard, K. Benzi, P. Vandergheynst and X. Bresson, FMA: A Dataset For Music Analysis, 18th "
            "International Society for Music Information Retrieval Conference (ISMIR), 2017."
        ),
        licence="metadata CC BY 4.0; each track as its artist chose",
        homepage="https://github.com/mdeff/fma",
        layout=f"fma_metadata/tracks.csv, and the sound in fma_{size}/ as 000/000002.mp3 and so on, both unpacked.",
        archives=(_archive("metadata"), _archive(size)),
        genres=GENRES,
        n_tracks=_TRACKS[size],
        splits=("official",),
        notes=_NOTES.get(size, ()),
    )


FACTS: Mapping[str, Facts] = {size: _facts(size) for size in SIZES}


def opener(size: str) -> Opener:
    """Return the function that opens one of the `SIZES`."""
    return partial(open_fma, size)


def open_fma(size: str, root: Path, selection: Selection) -> Dataset:
    """Read which tracks there are, and what is said of them.

    Parameters
    ----------
    size : str
        One of `SIZES`.
    root : Path
        The folder into which the published archives were unpacked.
    selection : Selection
        Which genres, and whether targets are all genres of a track with those above them.

    Raises
    ------
    UsageError
        ``tracks.csv`` or the folder of sound is not there, or a column is missing.
    """
    facts = FACTS[size]
    metadata, sound = _metadata(facts, root), _sound(facts, size, root)
    files, skips = _files(sound)
    read = _Reader(size, files, selection.multi_label)
    with open_table(metadata / "tracks.csv") as table:
        found = list(read.rows(table))
    tracks = [one for one in found if isinstance(one, Track)]
    skips += [one for one in found if isinstance(one, Skip)]
    if not tracks:
        why = f": {skips[0].message}" if skips else ""
        raise refuse(facts, root, f"none of its tracks can be used{why}")
    if sound.name == f"fma_{size}":  # a larger size's folder holds other tracks by right
        skips += [_no_row(track_id, files[track_id]) for track_id in sorted(files.keys() - read.seen)]
    kept, others = select(tracks, selection, facts.name)
    return Dataset(facts, root, kept, (*skips, *others), selection, published_tables(root).get("features"))


def published_tables(root: Path) -> dict[str, Path]:
    """Return the tables of numbers that lie beside ``tracks.csv``: ``features`` (librosa's), ``echonest``."""
    folder = root / METADATA
    return {name: folder / f"{name}.csv" for name in ("features", "echonest") if (folder / f"{name}.csv").is_file()}


def with_parents(genre_id: str) -> tuple[str, ...]:
    """Return the titles of a genre and of all above it, the genre first.

    Raises
    ------
    KeyError
        FMA has no genre of that id.

    Examples
    --------
    >>> with_parents("7")
    ('Comedy', 'Spoken')
    """
    return _lines_of_descent()[genre_id]


@cache
def _lines_of_descent() -> dict[str, tuple[str, ...]]:
    by_id = {genre.genre_id: genre for genre in GENRES}

    def line(genre_id: str) -> tuple[str, ...]:
        genre = by_id[genre_id]
        return (genre.title, *(line(genre.parent) if genre.parent else ()))

    return {genre_id: line(genre_id) for genre_id in by_id}


def _metadata(facts: Facts, root: Path) -> Path:
    folder = root / METADATA
    if not (folder / "tracks.csv").is_file():
        raise refuse(facts, root, f"there is no {METADATA}/tracks.csv")
    return folder


def _sound(facts: Facts, size: str, root: Path) -> Path:
    """Return the folder of sound: this size's, or that of a larger one, which has the same clips."""
    sizes = SIZES[SIZES.index(size) : 3] if size != "full" else ("full",)
    for name in sizes:
        if (root / f"fma_{name}").is_dir():
            return root / f"fma_{name}"
    raise refuse(facts, root, f"there is no folder {' or '.join(f'fma_{name}' for name in sizes)}")


def _files(sound: Path) -> tuple[dict[str, Path], list[Skip]]:
    """Return the MP3 files by id; one listing a folder, for a hundred thousand single looks take minutes."""
    files, skips = dict[str, Path](), list[Skip]()
    for folder in _folders(sound):
        try:
            names = os.listdir(folder)
        except OSError as cause:
            skips.append(Skip(folder.name, "unreadable", f"{folder}: it cannot be read ({cause.strerror})"))
            continue
        files |= {name[:-4]: folder / name for name in names if name.endswith(".mp3")}
    return files, skips


def _folders(sound: Path) -> list[Path]:
    try:
        return sorted(path for path in sound.iterdir() if path.is_dir())
    except OSError as cause:
        raise UsageError(f"{sound}: it cannot be read ({cause.strerror}).") from cause


def _no_row(track_id: str, path: Path) -> Skip:
    return Skip(track_id, "no_row", f"{path}: tracks.csv has no row of it in this size")


@dataclass(frozen=True)
class _Cells:
    """Reads the cells of a row by the names of their columns; a column that is not there is empty."""

    places: Mapping[str, int]

    def __call__(self, row: Row, column: str) -> str:
        place = self.places.get(column)
        return "" if place is None else row.cells[place].strip()


class _Reader:
    """Makes tracks of rows."""

    def __init__(self, size: str, files: Mapping[str, Path], multi_label: bool) -> None:
        self.size, self.files, self.multi_label = size, files, multi_label
        self.seen: set[str] = set()

    def rows(self, table: Table) -> Iterator[Track | Skip]:
        cell = _Cells(table.places(REQUIRED))
        wanted = SIZES[: SIZES.index(self.size) + 1]
        for row in table.rows:
            if len(row.cells) != len(table.columns):
                words = f"{table.path}, line {row.line}: {len(row.cells)} cells instead of {len(table.columns)}"
                yield Skip(f"line {row.line}", "unreadable_row", words)
            elif self.size in {"large", "full"} or cell(row, "set.subset") in wanted:
                yield self._one(table, row, cell)

    def _one(self, table: Table, row: Row, cell: Callable[[Row, str], str]) -> Track | Skip:
        where = f"{table.path}, line {row.line}"
        number = row.cells[0]
        if not number.isascii() or not number.isdigit():
            return Skip(f"line {row.line}", "unreadable_row", f"{where}: an id is a number; got {number!r}")
        track_id = f"{int(number):06d}"
        if track_id in self.seen:
            return Skip(f"line {row.line}", "duplicate_id", f"{where}: {track_id} has a row before it")
        self.seen.add(track_id)
        if track_id not in self.files:
            return Skip(track_id, "no_file", f"{track_id}: tracks.csv names it, and its MP3 is not there")
        return self._track(track_id, row, cell, where)

    def _track(self, track_id: str, row: Row, cell: Callable[[Row, str], str], where: str) -> Track | Skip:
        part = cell(row, "set.split")
        if part not in PARTS:
            return Skip(track_id, "unreadable_row", f"{where}: a split is one of {', '.join(PARTS)}; got {part!r}")
        try:
            genres = self._genres(cell(row, "track.genres"))
        except (ValueError, SyntaxError, TypeError) as cause:
            return Skip(track_id, "unreadable_row", f"{where}: its genres cannot be read ({cause})")
        except KeyError as cause:
            return Skip(track_id, "unreadable_row", f"{where}: FMA has no genre of the id {cause}")
        top = cell(row, "track.genre_top") or None
        if not (genres if self.multi_label else top):
            return Skip(track_id, "no_genre", f"{track_id}: it has no {'genre' if self.multi_label else 'top genre'}")
        return Track(
            track_id,
            self.files[track_id],
            genre=top,
            genres=genres,
            part=part,
            artist=_named(cell(row, "artist.name"), cell(row, "artist.id")),
            album=_named(cell(row, "album.title"), cell(row, "album.id")),
            title=cell(row, "track.title") or None,
            declared_s=self._declared(cell(row, "track.duration")),
        )

    def _genres(self, text: str) -> tuple[str, ...]:
        """Return the titles of a list of ids that is written as Python writes it."""
        lines = [with_parents(genre_id) for genre_id in _ids(text or "[]")]
        return tuple(dict.fromkeys(title for line in lines for title in line[: None if self.multi_label else 1]))

    def _declared(self, duration: str) -> float | None:
        """Return the seconds; the table tells those of the whole track, of which the clips are the middle 30."""
        try:
            seconds = float(duration)
        except ValueError:
            return None
        return seconds if self.size == "full" else min(seconds, CLIP_S)


@cache
def _ids(text: str) -> tuple[str, ...]:
    return tuple(str(genre_id) for genre_id in ast.literal_eval(text))


def _named(name: str, number: str) -> str | None:
    """Return a name that only one artist or album has; two may be called the same.

    Examples
    --------
    >>> _named("AWOL", "1"), _named("Best Of", "-1"), _named("", "7")
    ('AWOL [1]', None, '[7]')
    """
    if number == NO_ALBUM:
        return None
    return " ".join(filter(None, (name, f"[{number}]" if number else ""))) or None

"""A folder of music: a folder a genre; or a list of files with their genres, as CSV or Parquet."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from genrescope.datasets._base import Dataset, Facts, Selection, Skip, refuse, select
from genrescope.datasets._tables import Row, Table, is_table, open_table
from genrescope.errors import UsageError
from genrescope.records import Track

AUDIO_SUFFIXES = frozenset(
    ".aac .ac3 .aif .aifc .aiff .alac .ape .au .caf .dsf .flac .m4a .m4b .mka .mp2 .mp3 .mpc .oga .ogg .opus .snd .spx"
    " .tta .w64 .wav .wave .weba .wma .wv".split()
)
"""Names that claim to be sound; whether they are is for ``data check`` to hear."""

PART_OF = {
    "": None,
    "training": "training",
    "train": "training",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}
"""Parts of a split, as lists write them."""

REQUIRED = ("path", "genre")
OPTIONAL = ("track_id", "genres", "artist", "album", "title", "part", "split")

FACTS = Facts(
    name="folder",
    title="A folder of music",
    line="your own music: a folder a genre, or a CSV or Parquet list of files",
    citation="",
    licence="yours to know",
    homepage="",
    layout=(
        "a folder a genre with sound in it at any depth, such as jazz/album/song.mp3; or, as --root, a .csv or "
        ".parquet list with the columns path (relative to the list) and genre, and, where they are known, artist, "
        "album, title, part (training, validation, test), genres (several, with ; between them) and track_id."
    ),
)


def open_folder(root: Path, selection: Selection) -> Dataset:
    """Read which files there are, and their genres.

    A track's genre is the folder directly under the root in which it lies, at whatever depth; its id is its path
    from the root without the suffix. Hidden files and folders are not looked at. Genres that differ in case alone
    are different genres: no name is mended in silence (`_base.alike` finds them, and ``data stats`` warns).

    Parameters
    ----------
    root : Path
        A folder, or a list of files (CSV, Parquet).
    selection : Selection
        Which genres.

    Raises
    ------
    UsageError
        There is nothing to hear in the folder, or the list has not the columns that it needs.
    """
    if root.is_file():
        if not is_table(root):
            raise refuse(FACTS, root, "it is neither a folder nor a list of files")
        tracks, skips = _of_list(root)
    elif root.is_dir():
        tracks, skips = _of_folder(root)
    else:
        raise refuse(FACTS, root, "it is neither a folder nor a file")
    if not tracks:
        why = f": {skips[0].message}" if skips else ""
        raise refuse(FACTS, root, f"no file in it has a genre and can be used{why}")
    kept, others = select(tracks, selection, FACTS.name)
    return Dataset(FACTS, root, kept, (*skips, *others), selection)


# ------------------------------------------------------------------------------------------------------- a folder


def _of_folder(root: Path) -> tuple[list[Track], list[Skip]]:
    skips: list[Skip] = []
    others: dict[str, list[Path]] = {}
    tracks: dict[str, Track] = {}
    for path in sorted(_walk(root, skips)):
        inside = path.relative_to(root)
        track_id = inside.with_suffix("").as_posix()
        if path.suffix.lower() not in AUDIO_SUFFIXES:
            others.setdefault(path.suffix.lower(), []).append(inside)
        elif not os.path.isfile(path):
            skips.append(Skip(track_id, "no_file", f"{path}: it is a link that leads nowhere, or no file"))
        elif len(inside.parts) == 1:
            skips.append(Skip(track_id, "no_genre", f"{path}: it lies in no folder, and so has no genre"))
        elif track_id in tracks:
            there = tracks[track_id].path
            skips.append(Skip(inside.as_posix(), "duplicate_id", f"{path}: {there} has the same name and is used"))
        else:
            genre = inside.parts[0]
            tracks[track_id] = Track(track_id, path, genre, (genre,))
    return list(tracks.values()), skips + [_not_audio(suffix, paths) for suffix, paths in sorted(others.items())]


def _not_audio(suffix: str, paths: list[Path]) -> Skip:
    """Return one skip for all files of a suffix; a folder of covers and texts would drown the rest."""
    files = f"{len(paths):,} files" if len(paths) > 1 else "1 file"
    kind = f"with the suffix {suffix}" if suffix else "without a suffix"
    return Skip(f"*{suffix}", "not_audio", f"{files} {kind}, which is not sound (first: {paths[0].as_posix()})")


def _walk(root: Path, skips: list[Skip]) -> Iterator[Path]:
    """Yield every file once; links to folders are followed last, so that a folder is known by its own name."""
    seen: dict[tuple[int, int], Path] = {}
    folders, linked = [root], list[Path]()
    while folders or linked:
        folder = folders.pop() if folders else linked.pop(0)
        try:
            facts = folder.stat()
            first = seen.setdefault((facts.st_dev, facts.st_ino), folder)
            if first is not folder:
                skips.append(Skip(_name(folder, root), "loop", f"{folder}: a link to {first}, which is read already"))
                continue
            entries = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
        except OSError as cause:
            skips.append(Skip(_name(folder, root), "unreadable", f"{folder}: it cannot be read ({cause.strerror})"))
            continue
        for entry in entries:
            path = folder / entry.name
            if not _is_dir(entry):
                yield path
            else:
                (linked if entry.is_symlink() else folders).append(path)


def _is_dir(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _name(folder: Path, root: Path) -> str:
    return folder.relative_to(root).as_posix()


# --------------------------------------------------------------------------------------------------------- a list


def _of_list(path: Path) -> tuple[list[Track], list[Skip]]:
    reader = _ListReader(path.parent)
    with open_table(path) as table:
        places = table.places(REQUIRED)
        if "part" in places and "split" in places:
            raise UsageError(f"{path}: it has both columns 'part' and 'split'; leave one of them out.")
        found = [reader.read(row, table, places) for row in table.rows]
    tracks = [one for one in found if isinstance(one, Track)]
    return tracks, [one for one in found if isinstance(one, Skip)]


@dataclass
class _ListReader:
    """Makes tracks of the rows of a list; paths are relative to its folder."""

    home: Path
    seen: set[str] = field(default_factory=set)

    def read(self, row: Row, table: Table, places: Mapping[str, int]) -> Track | Skip:
        where = f"{table.path}, line {row.line}"
        if len(row.cells) != len(table.columns):
            words = f"{where}: {len(row.cells)} cells instead of {len(table.columns)}"
            return Skip(f"line {row.line}", "unreadable_row", words)
        cell = {name: row.cells[places[name]].strip() for name in (*REQUIRED, *OPTIONAL) if name in places}
        part = cell.get("part", cell.get("split", "")).lower()
        track_id = cell.get("track_id") or Path(cell["path"]).with_suffix("").as_posix() if cell["path"] else ""
        if not track_id or part not in PART_OF:
            wrong = f"no part is called {part!r} (there are: training, validation, test)" if track_id else "no path"
            return Skip(track_id or f"line {row.line}", "unreadable_row", f"{where}: {wrong}")
        if not cell["genre"]:
            return Skip(track_id, "no_genre", f"{where}: {cell['path']} has no genre")
        if track_id in self.seen:
            return Skip(f"line {row.line}", "duplicate_id", f"{where}: {track_id} is in the list before it")
        self.seen.add(track_id)
        path = self.home / cell["path"]
        if not os.path.isfile(path):
            return Skip(track_id, "no_file", f"{where}: there is no file {path}")
        return _track(track_id, path, cell, PART_OF[part])


def _track(track_id: str, path: Path, cell: Mapping[str, str], part: str | None) -> Track:
    others = [genre.strip() for genre in cell.get("genres", "").split(";")]
    genres = tuple(dict.fromkeys(genre for genre in (cell["genre"], *others) if genre))
    artist, album, title = (cell.get(name) or None for name in ("artist", "album", "title"))
    return Track(track_id, path, cell["genre"], genres, part, artist, album, title)

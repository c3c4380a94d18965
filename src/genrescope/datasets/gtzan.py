"""GTZAN: a thousand clips of 30 s, a hundred of each of ten genres, in whatever format the copy has."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from genrescope.datasets import _gtzan_filtered as lists
from genrescope.datasets._base import (
    PARTS,
    Archive,
    Dataset,
    Facts,
    Genre,
    Selection,
    Skip,
    refuse,
    select,
)
from genrescope.errors import UsageError
from genrescope.records import Track

GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")
CLIPS = 100
"""Clips a genre, numbered from 0."""
DURATION_S = 30.0
SUFFIXES = (".au", ".wav", ".flac", ".mp3", ".ogg")
"""Formats of the copies; where a clip is there in several, the first of these is used."""
PLACES = (".", "genres", "genres_original", "Data/genres_original")
"""Where the folders of the genres lie under the root, in the copies that are spread."""

FACTS = Facts(
    name="gtzan",
    title="GTZAN Genre Collection",
    line="1,000 clips of 30 s, 10 genres; small, faulty, and compared by everybody",
    citation=(
        "G. Tzanetakis and P. Cook, Musical genre classification of audio signals, IEEE Transactions on Speech and "
        "Audio Processing 10(5), 2002. Filtered split: C. Kereliuk, B. L. Sturm and J. Larsen, Deep learning and "
        "music adversaries, IEEE Transactions on Multimedia 17(11), 2015."
    ),
    licence="never cleared; for research only",
    homepage="http://marsyas.info/downloads/datasets.html",
    layout=(
        "the ten folders blues/ to rock/ with blues.00000.wav (or .au, .flac, .mp3, .ogg) and so on, directly or in "
        "genres/, genres_original/ or Data/genres_original/."
    ),
    archives=(
        Archive(
            name="genres.tar.gz",
            url="http://opihi.cs.uvic.ca/sound/genres.tar.gz",
            size_bytes=1_225_571_541,
            checksum="md5:5b3d6dddb579ab49814ab86dba69e7c7",
            gone=(
                "The host of GTZAN answers no more. The copy that most people use is on Kaggle: the data set "
                "'GTZAN Dataset - Music Genre Classification' by andradaolteanu. Download it with an account there, "
                "unpack it, and name the folder that holds genres_original with --root. An old genres.tar.gz is taken "
                "with --from."
            ),
        ),
    ),
    genres=tuple(Genre(title, title) for title in GENRES),
    n_tracks=len(GENRES) * CLIPS,
    splits=("filtered", "stratified"),
    notes=(
        "jazz.00054 is broken in every copy that is spread.",
        "metal.00058 and rock.00016 are one recording under two genres.",
        "Repeats, and runs of clips by one artist, lift the scores of random splits: prefer the filtered split.",
    ),
)


def open_gtzan(root: Path, selection: Selection) -> Dataset:
    """Read which clips are there.

    Parameters
    ----------
    root : Path
        The folder of the ten genres, or one above it.
    selection : Selection
        Which genres.

    Raises
    ------
    UsageError
        None of the ten folders is there.
    """
    home = _home(root)
    files, skips = _files(home)
    tracks = []
    for track_id in all_ids():
        genre = track_id.partition(".")[0]
        if track_id in files:
            tracks.append(Track(track_id, files[track_id], genre, (genre,), declared_s=DURATION_S))
        else:
            skips.append(Skip(track_id, "no_file", f"{track_id}: there is no file of it in {home / genre}"))
    if not tracks:
        raise refuse(FACTS, root, "none of its clips is in the folders of the genres")
    kept, others = select(tracks, selection, FACTS.name)
    return Dataset(FACTS, root, kept, (*skips, *others), selection)


def all_ids() -> Iterator[str]:
    """Yield the thousand ids."""
    return (f"{genre}.{number:05}" for genre in GENRES for number in range(CLIPS))


def published_split(name: str) -> dict[str, tuple[str, ...]]:
    """Return the ids of each part of a published split.

    Parameters
    ----------
    name : str
        ``filtered``: without repeats, mislabelled and distorted clips, each artist on one side: 443, 197 and 290.
        ``stratified``: drawn without regard to either: 500, 250 and 250.

    Raises
    ------
    UsageError
        There is no such split.

    Examples
    --------
    >>> {part: len(ids) for part, ids in published_split("filtered").items()}
    {'training': 443, 'validation': 197, 'test': 290}
    """
    published: Mapping[str, Mapping[str, str]] = {"filtered": lists.FILTERED, "stratified": lists.STRATIFIED}
    if name not in published:
        raise UsageError(f"GTZAN has no published split '{name}'; it has: {', '.join(published)}.")
    letters = "".join(published[name][genre] for genre in GENRES)
    where = list(zip(all_ids(), letters, strict=True))
    return {
        part: tuple(track_id for track_id, letter in where if letter == code)
        for part, code in zip(PARTS, "tve", strict=True)
    }


def _home(root: Path) -> Path:
    for place in PLACES:
        if any((root / place / genre).is_dir() for genre in GENRES):
            return root / place
    raise refuse(FACTS, root, "none of the folders of its ten genres is there")


def _files(home: Path) -> tuple[dict[str, Path], list[Skip]]:
    """Return the file of each clip, and what lies among them and is none."""
    ids, files, skips = set(all_ids()), dict[str, Path](), list[Skip]()
    for genre in GENRES:
        for path in _listed(home / genre, skips):
            if path.suffix.lower() not in SUFFIXES:
                continue  # notes of the copier, .mf lists and the like
            if path.stem not in ids or not path.name.startswith(f"{genre}."):
                skips.append(Skip(path.stem, "no_row", f"{path}: no clip of {genre} is called so"))
            elif path.stem in files:
                skips.append(Skip(path.name, "duplicate_id", f"{path}: {files[path.stem].name} is there and is used"))
            else:
                files[path.stem] = path
    return files, skips


def _listed(folder: Path, skips: list[Skip]) -> list[Path]:
    """Return what is in a folder, those formats first that are preferred."""
    order = {suffix: place for place, suffix in enumerate(SUFFIXES)}
    try:
        found = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except FileNotFoundError:
        return []  # its clips are listed as missing, one by one
    except OSError as cause:
        skips.append(Skip(folder.name, "unreadable", f"{folder}: it cannot be read ({cause.strerror})"))
        return []
    return sorted(found, key=lambda path: (order.get(path.suffix.lower(), len(order)), path.name))

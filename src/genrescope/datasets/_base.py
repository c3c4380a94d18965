"""What every data set is: facts, then tracks. Nothing here decodes, and nothing is read before it is asked for."""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from genrescope.errors import UsageError
from genrescope.records import Track

PARTS = ("training", "validation", "test")
"""The parts of a split, spelled as FMA spells them."""


@dataclass(frozen=True)
class Archive:
    """A published file: where it is, how large, and its sum (``sha1:...``, ``md5:...`` or ``sha256:...``).

    `gone` says in words what a user does where the host no longer answers; None while it does.
    """

    name: str
    url: str | None
    size_bytes: int | None
    checksum: str | None
    gone: str | None = None


@dataclass(frozen=True)
class Genre:
    """A genre of a data set; `parent` is the id of the genre above it, None for a top genre."""

    genre_id: str
    title: str
    parent: str | None = None


@dataclass(frozen=True)
class Facts:
    """What is published about a data set, before anything of it is on the disk.

    Attributes
    ----------
    name, title, line : str
        The name on the command line, the full title, and one line for ``data list``.
    citation, licence, homepage : str
        Whom to cite, under which terms, and where it is described.
    archives : tuple of Archive
        What ``data get`` fetches.
    genres : tuple of Genre
        All of them, in the published order; empty where the folder decides.
    n_tracks : int or None
        How many tracks a whole copy holds.
    splits : tuple of str
        Splits that come with the data set: ``official``, ``filtered`` …
    layout : str
        What must lie under the root, in words for an error message.
    notes : tuple of str
        Known faults of the published copy, and what else a user must know, a sentence each.
    """

    name: str
    title: str
    line: str
    citation: str
    licence: str
    homepage: str
    layout: str
    archives: tuple[Archive, ...] = ()
    genres: tuple[Genre, ...] = ()
    n_tracks: int | None = None
    splits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


SkipReason = Literal[
    "no_file", "no_row", "no_genre", "unreadable_row", "unreadable", "not_audio", "loop", "quarantined", "not_selected",
    "duplicate_id",
]  # fmt: skip
"""Why a track or file of a data set is passed over."""


@dataclass(frozen=True)
class Skip:
    """A track or file that is passed over, and why, in words that name it."""

    name: str
    reason: SkipReason
    message: str


@dataclass(frozen=True)
class TableOptions:
    """How a table of ready numbers is to be read, where it does not say so itself; see `genrescope.datasets.table`.

    Attributes
    ----------
    kind : str or None
        What its numbers are, one of `genrescope.datasets.table.KINDS`.
    array : str or None
        Which array of an ``.npz`` file holds them.
    labels : str or None
        A CSV or Parquet file that gives each id its genre, where the table does not.
    id_column, label_column, part_column : str or None
        Which columns are what; of `labels`, where there is one.
    """

    kind: str | None = None
    array: str | None = None
    labels: str | None = None
    id_column: str | None = None
    label_column: str | None = None
    part_column: str | None = None


@dataclass(frozen=True)
class Selection:
    """Which tracks and which targets of a data set are meant.

    Attributes
    ----------
    genres : tuple of str
        Only tracks of these top genres, in this order; empty means all.
    multi_label : bool
        Targets are all of a track's genres, parents counted, instead of its one top genre.
    table : TableOptions
        How a table is to be read; other data sets take no notice of it.
    """

    genres: tuple[str, ...] = ()
    multi_label: bool = False
    table: TableOptions = TableOptions()


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set on this disk, as a selection asks for it.

    Attributes
    ----------
    facts : Facts
        What is published about it.
    root : Path
        Where it lies.
    tracks : tuple of Track
        Those that are used, in the data set's order; ids are unique.
    skips : tuple of Skip
        Those that are passed over.
    selection : Selection
        What was asked for.
    features : Path or None
        The table of ready features that the data set brings, where it does.
    """

    facts: Facts
    root: Path
    tracks: tuple[Track, ...]
    skips: tuple[Skip, ...] = ()
    selection: Selection = field(default_factory=Selection)
    features: Path | None = None

    @cached_property
    def genres(self) -> tuple[str, ...]:
        """The labels of the targets, in the selection's, the facts' or the alphabet's order."""
        if self.selection.multi_label:
            present = {genre for track in self.tracks for genre in track.genres}
        else:
            present = {track.genre for track in self.tracks if track.genre is not None}
        known = [*self.selection.genres, *(genre.title for genre in self.facts.genres)]
        order = {title: index for index, title in reversed(list(enumerate(known)))}
        return tuple(sorted(present, key=lambda title: (order.get(title, len(known)), title)))

    @cached_property
    def by_id(self) -> dict[str, Track]:
        """The tracks by their id."""
        return {track.track_id: track for track in self.tracks}

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change with any track, label, part or artist, but not with where the root lies."""
        digest = hashlib.sha256(json.dumps(asdict(self.selection)).encode())
        for track in sorted(self.tracks, key=lambda track: track.track_id):
            digest.update(json.dumps([str(value) for value in asdict(replace(track, path=None)).values()]).encode())
        return digest.hexdigest()[:16]

    def without(self, skips: Iterable[Skip]) -> "Dataset":
        """Return the data set without the tracks that `skips` names by id."""
        skips = tuple(skips)
        named = {skip.name for skip in skips}
        kept = tuple(track for track in self.tracks if track.track_id not in named)
        return replace(self, tracks=kept, skips=self.skips + skips)

    def used_line(self) -> str:
        """Say how many of the tracks are used, and how many are passed over for what reason."""
        n_used, n_skipped = len(self.tracks), len(self.skips)
        line = f"{n_used:,} of {n_used + n_skipped:,} used"
        if not n_skipped:
            return line
        reasons: dict[str, int] = {}
        for skip in self.skips:
            reasons[skip.reason] = reasons.get(skip.reason, 0) + 1
        return f"{line}; {n_skipped:,} passed over ({', '.join(f'{n:,} {r}' for r, n in sorted(reasons.items()))})"


Opener = Callable[[Path, Selection], Dataset]
"""Reads what lies under a root; raises `UsageError` that names what is missing and what to do."""


def select(tracks: Sequence[Track], selection: Selection, name: str) -> tuple[tuple[Track, ...], tuple[Skip, ...]]:
    """Return the tracks of the genres asked for, and the others as skips.

    Raises
    ------
    UsageError
        A genre is asked for that no track has.
    """
    if not selection.genres:
        return tuple(tracks), ()
    present = {track.genre for track in tracks}
    unknown = [genre for genre in selection.genres if genre not in present]
    if unknown:
        there = ", ".join(sorted(genre for genre in present if genre is not None))
        raise UsageError(f"{name} has no genre {unknown[0]!r}; it has: {there}.")
    kept = tuple(track for track in tracks if track.genre in selection.genres)
    others = (track for track in tracks if track.genre not in selection.genres)
    return kept, tuple(Skip(t.track_id, "not_selected", f"{t.track_id}: {t.genre} was not asked for") for t in others)


def refuse(facts: Facts, root: Path, why: str) -> UsageError:
    """Return the error for a root that is not this data set: why, what is expected, and what was found."""
    if not root.exists():
        return UsageError(f"{root}: nothing of that name exists. Expected there: {facts.layout}")
    return UsageError(
        f"{root}: this cannot be opened as {facts.name}: {why}. Expected there: {facts.layout} {_found(root)}"
    )


def _found(root: Path) -> str:
    if root.is_file():
        return "It is a file."
    try:
        names = sorted(path.name + "/" * path.is_dir() for path in root.iterdir() if not path.name.startswith("."))
    except OSError as cause:
        return f"It cannot be read ({cause.strerror})."
    more = f" and {len(names) - 8:,} more" if len(names) > 8 else ""
    return f"Found: {', '.join(names[:8])}{more}." if names else "Found: an empty folder."


def alike(titles: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the titles that differ in case, spaces or signs alone: most often one genre, spelled in two ways.

    Examples
    --------
    >>> alike(["Hip-Hop", "Rock", "hip hop", "rock", "Folk"])
    [('Hip-Hop', 'hip hop'), ('Rock', 'rock')]
    """
    groups: dict[str, list[str]] = {}
    for title in dict.fromkeys(titles):
        folded = unicodedata.normalize("NFKC", title).casefold()
        groups.setdefault("".join(filter(str.isalnum, folded)) or folded, []).append(title)
    return [tuple(group) for group in groups.values() if len(group) > 1]

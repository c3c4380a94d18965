"""What every data set is: facts, then tracks. Nothing here decodes, and nothing is read before it is asked for."""

import hashlib
import json
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


SkipReason = Literal[
    "no_file", "no_row", "no_genre", "unreadable_row", "not_audio", "loop", "quarantined", "not_selected", "duplicate_id"
]
"""Why a track or file of a data set is passed over."""


@dataclass(frozen=True)
class Skip:
    """A track or file that is passed over, and why, in words that name it."""

    name: str
    reason: SkipReason
    message: str


@dataclass(frozen=True)
class Selection:
    """Which tracks and which targets of a data set are meant.

    Attributes
    ----------
    genres : tuple of str
        Only tracks of these top genres, in this order; empty means all.
    multi_label : bool
        Targets are all of a track's genres, parents counted, instead of its one top genre.
    """

    genres: tuple[str, ...] = ()
    multi_label: bool = False


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

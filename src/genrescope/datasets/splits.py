"""Splits that hold: made once, kept as lists in a file, and looked through for what stands on two sides."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from genrescope.datasets._assign import dealt, folded, grouped
from genrescope.datasets._base import PARTS, Dataset
from genrescope.datasets._groups import Duplicates, bonds, components
from genrescope.datasets._split_file import Split, read_duplicates, read_split
from genrescope.errors import UsageError
from genrescope.records import Track

__all__ = [
    "METHODS",
    "SHARES",
    "Leak",
    "Split",
    "count_known",
    "leaks",
    "make_split",
    "read_duplicates",
    "read_split",
    "torn_groups",
]

PUBLISHED = ("official", "filtered", "stratified")
DRAWN = ("balanced", "holdout", "kfold", "grouped")
METHODS = (*PUBLISHED, *DRAWN)
"""Ways to split; ``filtered`` and ``stratified`` are published lists of GTZAN."""
SHARES: dict[str, tuple[float, ...]] = {"balanced": (80, 9, 10), "holdout": (70, 30), "grouped": (80, 10, 10)}
"""Shares of the parts where none are asked for; ``balanced`` are those of the GTZAN report."""


def make_split(
    dataset: Dataset,
    method: str,
    *,
    seed: int = 0,
    folds: int | None = None,
    shares: Sequence[float] | None = None,
    duplicates: Duplicates = (),
) -> Split:
    """Split a data set.

    Parameters
    ----------
    dataset : Dataset
        What is split.
    method : str
        ``official``: as the data set's authors did. ``filtered``, ``stratified``: GTZAN's published lists.
        ``balanced``: equally many of each genre. ``holdout``: two parts. ``kfold``: stratified folds.
        ``grouped``: no artist, album or recording on two sides, genres as even as that allows.
    seed : int
        Of what is drawn.
    folds : int, optional
        How many, for ``kfold`` (default 5) and for ``grouped`` folds.
    shares : sequence of float, optional
        Of training, validation and test, or of training and test; default `SHARES`.
    duplicates : sequence of sequence of str
        Sets of ids that are one recording.

    Raises
    ------
    UsageError
        The method does not go with this data set or these settings.
    """
    if method not in METHODS:
        raise UsageError(f"there is no way to split called '{method}'; there are: {', '.join(METHODS)}.")
    if not dataset.tracks:
        raise UsageError(f"{dataset.facts.name}: there is no track to split ({dataset.used_line()}).")
    if method in PUBLISHED:
        if folds is not None or shares is not None:
            raise UsageError(f"the split '{method}' is published as it is: leave out --folds and --shares.")
        return _build(dataset, method, _Plan(PARTS, (), {}, method), None, _published(dataset, method))
    plan = _plan(method, folds, shares)
    plan = replace(plan, name=f"{plan.name}-seed{seed}")
    if method == "grouped":
        plan.settings["duplicate_sets"] = count_known(dataset, duplicates)
    return _build(dataset, method, plan, seed, _draw(dataset, method, plan, seed, duplicates))


def count_known(dataset: Dataset, duplicates: Duplicates) -> int:
    """Count the sets of which the data set holds two tracks or more; the list may be of a larger selection."""
    return sum(sum(track_id in dataset.by_id for track_id in ids) > 1 for ids in duplicates)


def _published(dataset: Dataset, method: str) -> dict[str, str]:
    name = dataset.facts.name
    if method == "official":
        part_of = {track.track_id: track.part for track in dataset.tracks if track.part}
    elif name == "gtzan":
        from genrescope.datasets.gtzan import published_split

        part_of = {track_id: part for part, ids in published_split(method).items() for track_id in ids}
    else:
        part_of = {}
    if not part_of:
        there = [*(split for split in dataset.facts.splits if split != method), *DRAWN]
        raise UsageError(f"{name} comes with no split called '{method}'; there are: {', '.join(there)}.")
    return part_of


@dataclass(frozen=True)
class _Plan:
    """Names of the parts, their shares, and how the split is called for them."""

    parts: tuple[str, ...]
    shares: tuple[float, ...]
    settings: dict[str, Any]
    name: str


def _draw(dataset: Dataset, method: str, plan: _Plan, seed: int, duplicates: Duplicates) -> dict[str, str]:
    """Return the part of each id that is in one."""
    by_genre: dict[str, list[str]] = {}
    for track in dataset.tracks:
        by_genre.setdefault(genre_of(track), []).append(track.track_id)
    if method == "grouped":
        genres = {track.track_id: genre_of(track) for track in dataset.tracks}
        return grouped(components(dataset.tracks, duplicates), genres, plan.parts, plan.shares, seed)
    if method == "kfold":
        return folded(by_genre, plan.parts, seed)
    most = _equal_count(by_genre, len(plan.parts)) if method == "balanced" else None
    return dealt(by_genre, plan.parts, plan.shares, seed, most)


def _equal_count(by_genre: Mapping[str, Sequence[str]], n_parts: int) -> int:
    """Return how many tracks every genre can give."""
    least = min(by_genre, key=lambda genre: len(by_genre[genre]))
    if len(by_genre[least]) < n_parts:
        raise UsageError(
            f"'balanced' takes equally many of each genre, and {least!r} has {len(by_genre[least])}: fewer than the "
            f"{n_parts} parts. Leave that genre out of the selection, or choose 'holdout' or 'grouped'."
        )
    return len(by_genre[least])


def _plan(method: str, folds: int | None, shares: Sequence[float] | None) -> _Plan:
    if method == "kfold" or (method == "grouped" and folds is not None):
        n_folds = 5 if folds is None else folds
        if n_folds < 2 or shares is not None:
            raise UsageError(f"folds are two or more of the same size; got --folds {n_folds} and --shares {shares}.")
        parts = tuple(f"fold{place}" for place in range(n_folds))
        return _Plan(parts, (1.0,) * n_folds, {"folds": n_folds}, f"{method}-{n_folds}folds")
    if folds is not None:
        raise UsageError(f"--folds goes with 'kfold' and 'grouped', not with '{method}'; --shares divides that one.")
    weights = tuple(SHARES[method] if shares is None else shares)
    if len(weights) not in {2, 3} or not all(0 < weight < math.inf for weight in weights):
        raise UsageError(f"--shares are two or three numbers above 0 (training, [validation,] test); got {weights}.")
    parts = PARTS if len(weights) == 3 else (PARTS[0], PARTS[2])
    name = "-".join([method, *(f"{weight:g}" for weight in weights)])
    return _Plan(parts, weights, {"shares": list(weights)}, name)


def _build(dataset: Dataset, method: str, plan: _Plan, seed: int | None, part_of: Mapping[str, str]) -> Split:
    lists: dict[str, list[str]] = {part: [] for part in plan.parts}
    for track in dataset.tracks:
        if track.track_id in part_of:
            lists.setdefault(part_of[track.track_id], []).append(track.track_id)
    kept = {part: tuple(ids) for part, ids in lists.items() if ids}
    if seed is not None and len(dataset.tracks) < len(plan.parts):
        raise UsageError(
            f"{dataset.facts.name}: the {len(dataset.tracks):,} of its tracks that are used cannot be divided among "
            f"{len(plan.parts)} parts; add tracks, or ask for fewer parts by --folds or --shares."
        )
    if not kept:
        raise UsageError(
            f"{dataset.facts.name}: none of its {len(dataset.tracks):,} tracks is in the split '{method}'."
        )
    return Split(plan.name, method, plan.settings, seed, dataset.facts.name, dataset.fingerprint, kept)


def genre_of(track: Track) -> str:
    """Return the genre by which a track is counted; empty where it has none."""
    return track.genre or (track.genres[0] if track.genres else "")


@dataclass(frozen=True)
class Leak:
    """An artist, an album or a recording on more than one side of a split.

    Attributes
    ----------
    kind : str
        ``artist``, ``album`` or ``recording``.
    name : str
        Whose; of a recording, the id of the first track.
    parts : mapping of str to tuple of str
        Its tracks by part.
    """

    kind: str
    name: str
    parts: Mapping[str, tuple[str, ...]]


def leaks(split: Split, dataset: Dataset, duplicates: Duplicates = ()) -> list[Leak]:
    """Return every artist, album and recording that stands in more than one part; the split must be of this data set.

    What is not known of a track cannot be found here: `Track.artist` and `Track.album` may be None.
    """
    split.check(dataset)
    part_of = split.part_of
    found = []
    for (kind, name), ids in bonds(dataset.tracks, duplicates).items():
        sides: dict[str, list[str]] = {}
        for track_id in ids:
            if track_id in part_of:
                sides.setdefault(part_of[track_id], []).append(track_id)
        if len(sides) > 1:
            found.append(Leak(kind, name, {part: tuple(ids) for part, ids in sides.items()}))
    return found


def torn_groups(split: Split, dataset: Dataset, duplicates: Duplicates = ()) -> list[tuple[str, ...]]:
    """Return the groups by artist, album and recording of which more than one part holds tracks."""
    part_of = split.part_of
    groups = (tuple(i for i in ids if i in part_of) for ids in components(dataset.tracks, duplicates))
    return [ids for ids in groups if len({part_of[track_id] for track_id in ids}) > 1]

"""Which track goes into which part: numbers only. Everything is drawn from (seed, genre), so genres do not disturb."""

import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

ByGenre = Mapping[str, Sequence[str]]
"""Ids by genre."""


def counts_of(n: int, shares: Sequence[float]) -> list[int]:
    """Divide `n` by shares, in whole numbers that sum to `n`, the largest remainders first.

    No part is left empty where `n` is enough for all.

    Examples
    --------
    >>> counts_of(99, (80, 9, 10))
    [80, 9, 10]
    >>> counts_of(6, (80, 9, 10))
    [4, 1, 1]
    """
    exact = n * np.asarray(shares, dtype=np.float64) / sum(shares)
    counts = np.floor(exact + 1e-9).astype(int)
    for place in np.argsort(counts - exact, kind="stable")[: n - counts.sum()]:
        counts[place] += 1
    while n >= len(counts) and counts.min() == 0:
        counts[counts.argmax()] -= 1
        counts[counts.argmin()] += 1
    return [int(count) for count in counts]


def shuffled(ids: Sequence[str], seed: int, genre: str) -> list[str]:
    """Return the ids of a genre in an order that follows from the seed and the genre alone."""
    order = np.random.default_rng([seed, zlib.crc32(genre.encode())]).permutation(len(ids))
    ids = sorted(ids)
    return [ids[place] for place in order]


def dealt(
    by_genre: ByGenre, parts: Sequence[str], shares: Sequence[float], seed: int, most: int | None
) -> dict[str, str]:
    """Return the part of each id, every genre divided by the same shares.

    Parameters
    ----------
    by_genre : mapping
        Ids by genre.
    parts : sequence of str
        Names of the parts.
    shares : sequence of float
        One a part.
    seed : int
        Of the draw.
    most : int or None
        How many of each genre are used; the others are in no part.
    """
    part_of: dict[str, str] = {}
    for genre, ids in by_genre.items():
        used = shuffled(ids, seed, genre)[:most]
        names = np.repeat(np.asarray(parts), counts_of(len(used), shares))
        part_of |= dict(zip(used, (str(name) for name in names), strict=True))
    return part_of


def folded(by_genre: ByGenre, parts: Sequence[str], seed: int) -> dict[str, str]:
    """Return the fold of each id: folds differ by one track at most, in each genre and in all."""
    in_turn = [track_id for genre in sorted(by_genre) for track_id in shuffled(by_genre[genre], seed, genre)]
    return {track_id: parts[place % len(parts)] for place, track_id in enumerate(in_turn)}


def grouped(
    groups: Sequence[Sequence[str]],
    genre_of: Mapping[str, str],
    parts: Sequence[str],
    shares: Sequence[float],
    seed: int,
) -> dict[str, str]:
    """Return the part of each id; a group is never divided, and genres are spread as well as that allows.

    The largest group comes first, and each goes where it brings the counts by genre nearest to what the shares ask.
    Ties are drawn.
    """
    groups = sorted(sorted(ids) for ids in groups)  # whatever the order of the tracks
    genres = sorted(set(genre_of.values()))
    table = _table(groups, genre_of, genres)
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(len(groups))
    order = drawn[np.argsort(-table[drawn, -1], kind="stable")]
    share = np.asarray(shares, dtype=np.float64) / sum(shares)
    wanted = share[:, None] * table.sum(axis=0)
    counts = np.zeros_like(wanted)
    part_of: dict[str, str] = {}
    for place in order:
        # How much nearer or farther the squared distance gets, each part and genre by what it wants.
        cost = (table[place] * (2 * (counts - wanted) + table[place]) / wanted).sum(axis=1)
        best = np.flatnonzero(cost <= cost.min() + 1e-9)
        chosen = int(rng.choice(best)) if len(best) > 1 else int(best[0])
        counts[chosen] += table[place]
        part_of |= dict.fromkeys(groups[place], parts[chosen])
    return part_of


def _table(groups: Sequence[Sequence[str]], genre_of: Mapping[str, str], genres: Sequence[str]) -> NDArray[np.float64]:
    """Count the tracks of each group by genre, and in the last column all, so that the parts' sizes are kept too."""
    column = {genre: place for place, genre in enumerate(genres)}
    table = np.zeros((len(groups), len(genres) + 1))
    for row, ids in enumerate(groups):
        for track_id in ids:
            table[row, column[genre_of[track_id]]] += 1
        table[row, -1] = len(ids)
    return table

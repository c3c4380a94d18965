"""Plots of what a data set says of itself: counts, parts, several genres a track, the tree."""

from collections import Counter
from html import escape

import numpy as np

from genrescope.datasets._base import Dataset
from genrescope.explore._draw import LINE, bar, figure, named
from genrescope.explore.page import Plot
from genrescope.palette import COLOURS, OTHER_COLOUR

MOST_GENRES = 40
NO_PART = "in no part"


def counts(dataset: Dataset) -> Plot:
    """Draw the tracks of each genre, by part of the official split."""
    pairs = Counter((genre, track.part or NO_PART) for track in dataset.tracks for genre in _labels(dataset, track))
    totals = Counter(genre for track in dataset.tracks for genre in _labels(dataset, track))
    commonest = {genre for genre, _ in totals.most_common(MOST_GENRES)}
    genres = [genre for genre in dataset.genres if genre in commonest]
    parts = sorted({part for _, part in pairs}, key=lambda part: -sum(n for (_, p), n in pairs.items() if p == part))
    drawn, axes = figure((8.0, 0.9 + 0.24 * len(genres)))
    left = np.zeros(len(genres))
    for part, colour in zip(parts, (LINE, COLOURS[0], COLOURS[2], OTHER_COLOUR), strict=False):
        values = np.array([pairs[genre, part] for genre in genres])
        axes.barh(list(genres), values, left=left, color=colour, label=part)
        left += values
    axes.invert_yaxis()
    if parts != [NO_PART]:
        drawn.legend(loc="outside upper right", ncols=len(parts))
    named(axes, "tracks", "")
    least, most = min(totals.values()), max(totals.values())
    uneven = least < 0.8 * most
    told = "accuracy will flatter a model that knows the large ones" if uneven else "the genres are even"
    caption = f"{dataset.used_line()}. The smallest genre has {least:,}, the largest {most:,}: {told}."
    if len(genres) < len(totals):
        caption += f" Drawn are the {len(genres)} commonest of {len(totals)}."
    return Plot("counts", "Tracks by genre and part", caption, drawn)


def several(dataset: Dataset) -> list[Plot]:
    """Draw how many genres tracks have, and which go together; nothing where each has one."""
    sizes = Counter(len(track.genres) for track in dataset.tracks)
    if max(sizes, default=0) < 2:
        return []
    drawn, axes = figure((8.0, 1.9))
    axes.bar([str(size) for size in sorted(sizes)], [sizes[size] for size in sorted(sizes)], color=LINE)
    named(axes, "genres of a track", "tracks")
    how_many = Plot(
        "label-counts", "Genres a track", "How many genres the tracks are given, parents not counted twice.", drawn
    )
    return [how_many, _together(dataset)]


def _together(dataset: Dataset) -> Plot:
    totals = Counter(genre for track in dataset.tracks for genre in set(track.genres))
    names = [genre for genre, _ in totals.most_common(25)]
    place = {genre: index for index, genre in enumerate(names)}
    shared = np.zeros((len(names), len(names)))
    for track in dataset.tracks:
        there = [place[genre] for genre in set(track.genres) if genre in place]
        shared[np.ix_(there, there)] += 1
    drawn, axes = figure((8.0, 6.4))
    image = axes.imshow(shared / np.maximum(shared.diagonal(), 1)[:, None], vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    named(axes, "also has", "of the tracks with")
    bar(drawn, image, axes, "share")
    caption = "Of the tracks with the row's genre, the share that also has the column's; the 25 commonest genres."
    return Plot("co-occurrence", "Genres that go together", caption, drawn)


def tree(dataset: Dataset) -> str:
    """Return the tree of genres as folding lists with counts; nothing where there is no tree."""
    facts = dataset.facts.genres
    if not any(genre.parent for genre in facts):
        return ""
    totals = Counter(genre for track in dataset.tracks for genre in set(track.genres) | {track.genre})
    below: dict[str | None, list[tuple[str, str]]] = {}
    for genre in facts:
        below.setdefault(genre.parent or None, []).append((genre.genre_id, genre.title))

    def branch(parent: str | None) -> str:
        items = []
        for genre_id, title in below.get(parent, []):
            name = f"{escape(title)} ({totals[title]:,})"
            inner = branch(genre_id)
            items.append(f"<li>{f'<details><summary>{name}</summary>{inner}</details>' if inner else name}</li>")
        return f"<ul>{''.join(items)}</ul>" if items else ""

    return f"<h3>Tree of {len(facts)} genres, with the tracks of each</h3>{branch(None)}"


def _labels(dataset: Dataset, track: object) -> tuple[str, ...]:
    genre, genres = getattr(track, "genre", None), getattr(track, "genres", ())
    return tuple(genres) if dataset.selection.multi_label else (genre,) if genre is not None else ()

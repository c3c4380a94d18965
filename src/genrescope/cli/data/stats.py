"""``genrescope data stats``: what a data set holds, counted from its lists; no sound is read."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from genrescope.datasets._base import Dataset

FIRST = 5
"""How many names a message lists of many."""
NO_PART = "in no part"


def stats(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set of 'data list'.")],
    root: Annotated[
        Path, typer.Option("--root", metavar="DIR", help="Where it lies; for a list or a table, the file.")
    ],
    genres: Annotated[str | None, typer.Option(metavar="A,B", help="Only tracks of these genres.")] = None,
    multi_label: Annotated[
        bool, typer.Option("--multi-label", help="Count all genres of a track and those above them.")
    ] = False,
    work: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where notes on the data set lie; default ROOT/.genrescope.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object, with every track that is passed over.")
    ] = False,
) -> None:
    """Count what a data set holds: tracks by genre and part, artists, lengths, and what is passed over and why."""
    from genrescope.datasets._base import Selection
    from genrescope.datasets.catalogue import open_dataset
    from genrescope.datasets.quarantine import respect, used_line

    selection = Selection(tuple(genre.strip() for genre in genres.split(",")) if genres else (), multi_label)
    dataset = respect(open_dataset(name, root, selection), work)
    facts = facts_of_data(dataset) | {"used": used_line(dataset, work)}
    if as_json:
        skips = [{"name": skip.name, "reason": skip.reason, "message": skip.message} for skip in dataset.skips]
        typer.echo(json.dumps(facts | {"skips": skips}))
    else:
        _say(facts, dataset)


def facts_of_data(dataset: "Dataset") -> dict[str, Any]:
    """Return what is to be said of a data set, as the JSON output has it."""
    from genrescope.datasets._base import alike

    tracks = dataset.tracks
    artists = Counter(track.artist for track in tracks if track.artist)
    return {
        "name": dataset.facts.name,
        "title": dataset.facts.title,
        "root": str(dataset.root),
        "fingerprint": dataset.fingerprint,
        "multi_label": dataset.selection.multi_label,
        "n_tracks": len(tracks),
        "counts": _counts(dataset),
        "parts": dict(Counter(track.part or NO_PART for track in tracks)),
        "artists": {"n": len(artists), "most_tracks": max(artists.values(), default=0), "unknown": _without(dataset)},
        "albums": {"n": len({track.album for track in tracks if track.album})},
        "declared_s": _lengths([track.declared_s for track in tracks if track.declared_s is not None]),
        "passed_over": dict(Counter(skip.reason for skip in dataset.skips)),
        "alike_genres": [list(group) for group in alike(dataset.genres)],
        "notes": list(dataset.facts.notes),
    }


def _counts(dataset: "Dataset") -> dict[str, dict[str, int]]:
    """Count the tracks of each genre by part, genres in the data set's order."""
    counts: dict[str, dict[str, int]] = {genre: {} for genre in dataset.genres}
    for track in dataset.tracks:
        genres = track.genres if dataset.selection.multi_label else (track.genre,)
        for genre in genres:
            of_genre = counts[str(genre)]
            of_genre[track.part or NO_PART] = of_genre.get(track.part or NO_PART, 0) + 1
    return counts


def _without(dataset: "Dataset") -> int:
    return sum(not track.artist for track in dataset.tracks)


def _lengths(seconds: list[float]) -> dict[str, float] | None:
    """Return the declared lengths in short; None where none is declared."""
    from statistics import median

    if not seconds:
        return None
    return {
        "n": len(seconds),
        "shortest": min(seconds),
        "median": median(seconds),
        "longest": max(seconds),
        "total": sum(seconds),
    }


def _say(facts: dict[str, Any], dataset: "Dataset") -> None:
    from genrescope.cli._data import print_counts

    typer.echo(f"{facts['title']}: {facts['used']}")
    print_counts(_table(facts))
    for line in (*_about(facts), *_warnings(facts), *(f"note: {note}" for note in facts["notes"])):
        typer.echo(line)
    for reason in facts["passed_over"]:
        if reason != "not_selected":
            _say_skips(reason, [skip.message for skip in dataset.skips if skip.reason == reason])


def _say_skips(reason: str, messages: list[str]) -> None:
    from genrescope.cli._lines import plain

    typer.echo(f"passed over, {reason}: {len(messages):,}")
    for message in messages[:FIRST]:
        typer.echo(f"  {plain(message)}")
    if len(messages) > FIRST:
        typer.echo(f"  … and {len(messages) - FIRST:,} more, all of them with --json")


def _about(facts: dict[str, Any]) -> list[str]:
    from genrescope.cli._terminal import clock

    artists, lengths = facts["artists"], facts["declared_s"]
    lines = []
    if artists["n"]:
        unknown = f"; without one: {artists['unknown']:,}" if artists["unknown"] else ""
        lines.append(f"artists: {artists['n']:,}, at most {artists['most_tracks']:,} tracks of one{unknown}")
    if facts["albums"]["n"]:
        lines.append(f"albums: {facts['albums']['n']:,}")
    if lengths:
        course = " to ".join(clock(lengths[key]) for key in ("shortest", "longest"))
        lines.append(f"declared lengths: {course}, median {clock(lengths['median'])}; {lengths['total'] / 3600:,.1f} h")
    return [*lines, f"fingerprint {facts['fingerprint']}"]


def _warnings(facts: dict[str, Any]) -> list[str]:
    """Say what is odd about the genres themselves."""
    from genrescope.cli._data import alike_warnings

    lines = alike_warnings(facts["alike_genres"])
    alone = [genre for genre, of_part in facts["counts"].items() if sum(of_part.values()) == 1]
    if alone:
        lines.append(f"warning: genres with one track, which can be learned or tested, not both: {_some(alone)}")
    return lines


def _table(facts: dict[str, Any]) -> "Table":
    """Return the counts as a table, a row a genre and a column a part."""
    from rich.table import Table

    from genrescope.datasets._base import PARTS

    parts = [part for part in (*PARTS, NO_PART) if part in facts["parts"]]
    parts = [] if parts == [NO_PART] else parts
    table = Table("genre", box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in (*parts, "all"):
        table.add_column(heading, justify="right")
    for genre, of_part in facts["counts"].items():
        _add_row(table, genre, [of_part.get(part, 0) for part in parts], sum(of_part.values()))
    _add_row(table, "all tracks", [facts["parts"].get(part, 0) for part in parts], facts["n_tracks"])
    return table


def _add_row(table: "Table", label: str, counts: list[int], whole: int) -> None:
    from rich.text import Text

    from genrescope.cli._lines import plain

    table.add_row(Text(plain(label)), *(f"{n:,}" for n in (*counts, whole)))


def _some(names: list[str]) -> str:
    from genrescope.cli._lines import plain

    more = f" … and {len(names) - FIRST:,} more" if len(names) > FIRST else ""
    return plain(", ".join(names[:FIRST])) + more

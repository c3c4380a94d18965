"""``genrescope data split``: parts that hold, as lists in a file, with what stands on two sides of them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrescope.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from genrescope.datasets._base import Dataset
    from genrescope.datasets._groups import Duplicates
    from genrescope.datasets.splits import Leak, Split

FIRST = 5
"""How many names a message lists of many."""


def split(  # noqa: PLR0913, PLR0917 - a verb has the options of its contract
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set of 'data list'.")],
    root: Annotated[Path, typer.Option("--root", metavar="DIR", help="Where it lies.")],
    method: Annotated[
        str,
        typer.Option(
            metavar="official|filtered|stratified|balanced|holdout|kfold|grouped",
            help="As published; equally many of each genre (80:9:10); two parts (70:30); folds; or no artist, album "
            "or recording on two sides.",
        ),
    ],
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn.")] = 0,
    folds: Annotated[int | None, typer.Option(metavar="K", help="For kfold (default 5) and grouped.")] = None,
    shares: Annotated[
        str | None, typer.Option(metavar="80,10,10", help="Of training, validation and test, or training and test.")
    ] = None,
    duplicates: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Tracks that are one recording; default what 'data check' found, if it ran."),
    ] = None,
    genres: Annotated[str | None, typer.Option(metavar="A,B", help="Only tracks of these genres.")] = None,
    multi_label: Annotated[bool, typer.Option("--multi-label", help="Targets are all genres of a track.")] = False,
    work: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where notes on the data set lie; default ROOT/.genrescope.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the split goes; default WORK/splits/NAME-METHOD.json.")
    ] = None,
    renew: Annotated[bool, typer.Option("--renew", help="Write over another split in that file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Split a data set into lists that are kept in a file; an existing split is never changed without --renew."""
    from genrescope.datasets._base import Selection
    from genrescope.datasets.catalogue import open_dataset
    from genrescope.datasets.quarantine import respect, used_line, work_folder
    from genrescope.datasets.splits import make_split

    notes = work_folder(root, work)
    selection = Selection(tuple(genre.strip() for genre in genres.split(",")) if genres else (), multi_label)
    dataset = respect(open_dataset(name, root, selection), work)
    same, same_file = _duplicates(duplicates, notes)
    made = make_split(dataset, method, seed=seed, folds=folds, shares=_numbers(shares), duplicates=same)
    path = out or notes / "splits" / f"{_file_name(made, dataset)}.json"
    written = made.write(path, renew=renew)
    facts = facts_of_split(made, dataset, same) | {"used": used_line(dataset, work), "duplicates": same_file}
    facts |= {"path": str(path), "written": written}
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
    else:
        _say(facts, len(dataset.tracks))


def facts_of_split(made: "Split", dataset: "Dataset", duplicates: "Duplicates") -> dict[str, Any]:
    """Return what is to be said of a split: counts, groups, what stands on two sides, and who is in no part."""
    from genrescope.datasets._groups import components
    from genrescope.datasets.splits import count_known, leaks, torn_groups

    torn = torn_groups(made, dataset, duplicates)
    found = leaks(made, dataset, duplicates)
    left_out = made.left_out(dataset)
    return {
        "name": made.name,
        "method": made.method,
        "settings": dict(made.settings),
        "seed": made.seed,
        "data": made.data,
        "data_fingerprint": made.data_fingerprint,
        "fingerprint": made.fingerprint,
        "counts": _counts(made, dataset),
        "empty_parts": _n_asked(made) - len(made.parts),
        "groups": len(components(dataset.tracks, duplicates)),
        "duplicate_sets": count_known(dataset, duplicates),
        "without_artist": sum(not track.artist for track in dataset.tracks),
        "leaks": {kind: _leak_facts(kind, found) for kind in ("artist", "album", "recording")},
        "torn_groups": {"groups": len(torn), "tracks": sum(map(len, torn))},
        "in_no_part": list(left_out),
    }


def _n_asked(made: "Split") -> int:
    """Return how many parts were asked for."""
    shares = made.settings.get("shares")
    return len(shares) if shares else made.settings.get("folds") or len(made.parts)


def _counts(made: "Split", dataset: "Dataset") -> dict[str, dict[str, int]]:
    """Count the tracks of each part by genre, in the genres' order."""
    from genrescope.datasets.splits import genre_of

    labels = [*dataset.genres, *sorted({genre_of(track) for track in dataset.tracks} - set(dataset.genres))]
    counts = {part: dict.fromkeys(labels, 0) for part in made.parts}
    for part, ids in made.parts.items():
        for track_id in ids:
            counts[part][genre_of(dataset.by_id[track_id])] += 1
    used = {label for of_part in counts.values() for label, n in of_part.items() if n}
    return {part: {label: n for label, n in of_part.items() if label in used} for part, of_part in counts.items()}


def _leak_facts(kind: str, found: "list[Leak]") -> dict[str, Any]:
    of_kind = [leak for leak in found if leak.kind == kind]
    n_tracks = sum(len(ids) for leak in of_kind for ids in leak.parts.values())
    return {"n": len(of_kind), "tracks": n_tracks, "names": [leak.name for leak in of_kind]}


def _say(facts: dict[str, Any], n_tracks: int) -> None:
    from genrescope.cli._data import print_counts

    typer.echo(f"{facts['data']}: {facts['used']}")
    print_counts(_table(facts["counts"]))
    if facts["empty_parts"]:
        what = f"{facts['empty_parts']} of the parts asked for"
        typer.echo(f"warning: {what} got nothing: too few tracks or groups; add some, or ask for other --shares")
    typer.echo(f"groups by artist, album and recording: {facts['groups']:,}, of {n_tracks:,} tracks")
    if facts["without_artist"]:
        alone = "each is a group of its own unless its album or recording joins it to others"
        typer.echo(f"tracks without an artist: {facts['without_artist']:,} ({alone})")
    if facts["duplicates"]:
        typer.echo(f"recordings that are there more than once: {facts['duplicate_sets']:,}, see {facts['duplicates']}")
    typer.echo(_leak_line(facts))
    for kind, leak in facts["leaks"].items():
        if leak["n"]:
            typer.echo(f"  {kind}s: {leak['n']:,} with {leak['tracks']:,} tracks ({_some(leak['names'])})")
    if facts["in_no_part"]:
        typer.echo(f"in no part: {len(facts['in_no_part']):,} ({_some(facts['in_no_part'])})")
    typer.echo(f"fingerprint {facts['fingerprint']} of the data {facts['data_fingerprint']}")
    typer.echo(f"{facts['path']}: {'written' if facts['written'] else 'there already, unchanged'}")


def _leak_line(facts: dict[str, Any]) -> str:
    torn = facts["torn_groups"]
    if not torn["groups"]:
        known = "" if facts["without_artist"] == 0 else ", as far as artists and albums are known"
        return f"on both sides of the split: nothing{known}"
    return (
        f"warning: on both sides of the split: {torn['groups']:,} groups with {torn['tracks']:,} tracks; a model can "
        "know them again instead of hearing their genre (--method grouped holds them together)"
    )


def _table(counts: dict[str, dict[str, int]]) -> "Table":
    """Return the counts as a table, a row a genre and a column a part."""
    from rich.table import Table

    table = Table("genre", box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in (*counts, "all"):
        table.add_column(heading, justify="right")
    for label in next(iter(counts.values())):
        _add_row(table, label or "(none)", [of_part[label] for of_part in counts.values()])
    _add_row(table, "all", [sum(of_part.values()) for of_part in counts.values()])
    return table


def _add_row(table: "Table", label: str, counts: list[int]) -> None:
    from rich.text import Text

    from genrescope.cli._lines import plain

    table.add_row(Text(plain(label)), *(f"{n:,}" for n in (*counts, sum(counts))))


def _some(names: list[str]) -> str:
    from genrescope.cli._lines import plain

    return plain(", ".join(names[:FIRST])) + (f" … and {len(names) - FIRST:,} more" if len(names) > FIRST else "")


def _file_name(made: "Split", dataset: "Dataset") -> str:
    selected = dataset.selection.genres or dataset.selection.multi_label
    return f"{made.data}-{made.name}" + (f"-{made.data_fingerprint[:6]}" if selected else "")


def _numbers(shares: str | None) -> tuple[float, ...] | None:
    try:
        return None if shares is None else tuple(float(share) for share in shares.split(","))
    except ValueError as cause:
        raise UsageError(f"--shares are numbers with commas between them, such as 80,10,10; got {shares!r}.") from cause


def _duplicates(named: Path | None, notes: Path) -> "tuple[Duplicates, str | None]":
    """Return the duplicates and where they were read; those that 'data check' left are used where none are named."""
    from genrescope.datasets.quarantine import DUPLICATES
    from genrescope.datasets.splits import read_duplicates

    path = named or notes / DUPLICATES
    if named is None and not path.exists():
        return (), None
    return read_duplicates(path), str(path)

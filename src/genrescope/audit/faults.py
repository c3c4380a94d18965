"""From what was heard to what is wrong: faults of single tracks, repeats, conflicts and leaks, and who is passed over.

What is passed over from now on (`Fault.out`): tracks that cannot be decoded, that are too short or mostly silent, all
copies of a recording that stands under two genres (one of the labels is wrong, and nothing says which), and exact
repeats but the first. Everything else stays in use and is only told: half a song is a song, and copies that are not
exact are kept on one side by splits that read ``duplicates.json``.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, get_args

from genrescope.audio.stream import CLIPPED_SHARE, SILENT_PEAK
from genrescope.audit.hear import SILENT_RMS, Heard
from genrescope.datasets._groups import bonds, components
from genrescope.datasets.quarantine import Quarantined, join
from genrescope.errors import AudioError
from genrescope.records import Track

FaultKind = Literal[
    "broken",
    "too_short",
    "silent",
    "label_conflict",
    "duplicate",
    "near_duplicate",
    "cut",
    "shorter_than_usual",
    "shorter_than_declared",
    "clipped",
    "odd_rate",
    "odd_channels",
    "duplicate_across_parts",
    "album_across_parts",
    "artist_across_parts",
]
"""What may be wrong, worst first."""

KINDS: tuple[FaultKind, ...] = get_args(FaultKind)

ADVICE: dict[FaultKind, str] = {
    "broken": "Passed over. Get the file again; where every copy is like this, leave it out.",
    "too_short": "Passed over. Too short for a window of most models.",
    "silent": "Passed over. There is next to nothing to learn from it.",
    "label_conflict": "All copies are passed over: one label is wrong. Listen, then correct or remove it.",
    "duplicate": "The first is used, the others are passed over.",
    "near_duplicate": "Used, unless for another fault. Split with --method grouped, which keeps them on one side.",
    "cut": "Used as far as it goes. Get the file again.",
    "shorter_than_usual": "Used as it is.",
    "shorter_than_declared": "Used as it is. Compare it with its source.",
    "clipped": "Used. It is overdriven; expect worse answers.",
    "odd_rate": "Used: everything is resampled. Features taken at a file's own rate differ.",
    "odd_channels": "Used: everything is mixed to one channel.",
    "duplicate_across_parts": "A model can know the test by heart. Split with --method grouped.",
    "album_across_parts": "Same sound on both sides. Split with --method grouped, or say so with the score.",
    "artist_across_parts": "Same voice on both sides. Split with --method grouped, or say so with the score.",
}
"""What becomes of it, and what to do."""


@dataclass(frozen=True)
class Thresholds:
    """From where on something is a fault.

    Attributes
    ----------
    min_s : float
        Shorter tracks are too short.
    short_share : float
        Where nearly all tracks have one length, those below this share of it are too short as well.
    near_share : float
        Below this share of the usual or declared length a track is told of.
    silent_share, clipped_share : float
        More silence, or more samples at full scale, is a fault.
    """

    min_s: float = 2.0
    short_share: float = 0.5
    near_share: float = 0.95
    silent_share: float = 0.5
    clipped_share: float = CLIPPED_SHARE


@dataclass(frozen=True)
class Fault:
    """Something that is wrong.

    Attributes
    ----------
    kind : FaultKind
        What.
    tracks : tuple of str
        Ids of those that have it; of repeats and leaks, all that belong together.
    message : str
        The fault in words, with figures.
    out : tuple of str
        Those of `tracks` that are passed over for it.
    """

    kind: FaultKind
    tracks: tuple[str, ...]
    message: str
    out: tuple[str, ...] = ()

    @property
    def advice(self) -> str:
        """What becomes of it, and what to do."""
        return ADVICE[self.kind]


@dataclass(frozen=True)
class Known:
    """All that is known when faults are looked for.

    Attributes
    ----------
    tracks : sequence of Track
        All of them, in the data set's order.
    heard, broken : mapping by track id
        What was heard, or why nothing was.
    near : sequence of tuple of str
        Pairs or groups of ids that an ear takes for one recording.
    part_of : mapping of str to str
        The part of each track in the split that is looked at; empty for none.
    """

    tracks: Sequence[Track]
    heard: Mapping[str, Heard]
    broken: Mapping[str, AudioError]
    near: Sequence[tuple[str, ...]]
    part_of: Mapping[str, str]

    @property
    def same(self) -> list[tuple[str, ...]]:
        """Groups with the same samples, in the data set's order; silence is the same as any silence and not counted."""
        groups: dict[str, list[str]] = {}
        for track in self.tracks:
            heard = self.heard.get(track.track_id)
            if heard is not None and heard.duration_s and heard.peak >= SILENT_PEAK:
                groups.setdefault(heard.pcm, []).append(track.track_id)
        return [tuple(group) for group in groups.values() if len(group) > 1]

    @property
    def recordings(self) -> list[tuple[str, ...]]:
        """Groups that are one recording, the same or nearly."""
        return join([*self.same, *self.near])


def find_faults(known: Known, limits: Thresholds = Thresholds()) -> list[Fault]:
    """Return everything that is wrong, worst first."""
    found = [Fault("broken", (i,), f"{error.kind}: {error.message}", (i,)) for i, error in known.broken.items()]
    found += _of_tracks(known, limits)
    found += _odd("odd_rate", {i: heard.sample_rate_hz for i, heard in known.heard.items()}, "{:,} Hz")
    found += _odd("odd_channels", {i: heard.channels for i, heard in known.heard.items()}, "{} channel(s)")
    found += _repeats(known, {track_id for fault in found for track_id in fault.out})
    found += _leaks(known)
    return sorted(found, key=lambda fault: KINDS.index(fault.kind))


def quarantined(faults: Iterable[Fault]) -> list[Quarantined]:
    """Return the tracks to pass over, each with its first reason."""
    entries: dict[str, Quarantined] = {}
    for fault in faults:
        for track_id in fault.out:
            entries.setdefault(track_id, Quarantined(track_id, fault.kind, fault.message))
    return list(entries.values())


def usual_s(heard: Iterable[Heard]) -> float | None:
    """Return the length that at least four in five tracks have within a tenth; None where there is none such."""
    durations = [one.duration_s for one in heard]
    if len(durations) < 3:
        return None
    middle = median(durations)
    n_like = sum(abs(duration - middle) <= 0.1 * middle for duration in durations)
    return middle if n_like >= 0.8 * len(durations) else None


def torn_groups(known: Known) -> list[list[str]]:
    """Return the groups by artist, album and recording that lie in more than one part."""
    placed = [track for track in known.tracks if track.track_id in known.part_of]
    return [ids for ids in components(placed, known.recordings) if len({known.part_of[i] for i in ids}) > 1]


def _of_tracks(known: Known, limits: Thresholds) -> Iterator[Fault]:
    usual = usual_s(known.heard.values())
    believed = _lengths_believed(known, limits)
    for track in known.tracks:
        heard = known.heard.get(track.track_id)
        if heard is not None:
            yield from _of_sound(track.track_id, heard, limits)
            yield from _of_length(track, heard, usual, limits, believed=believed)


def _of_sound(track_id: str, heard: Heard, limits: Thresholds) -> Iterator[Fault]:
    one = (track_id,)
    if heard.damage:
        yield Fault("cut", one, heard.damage)
    if heard.duration_s and heard.silent_share > limits.silent_share:
        floor = f"{SILENT_RMS:g} of full scale, -60 dBFS"
        yield Fault("silent", one, f"{heard.silent_share:.0%} of {heard.duration_s:.1f} s is below {floor}", one)
    if heard.clipped_share > limits.clipped_share:
        yield Fault("clipped", one, f"{heard.clipped_share:.1%} of the samples are at full scale or beyond")


def _of_length(
    track: Track, heard: Heard, usual: float | None, limits: Thresholds, *, believed: bool
) -> Iterator[Fault]:
    one, lasts = (track.track_id,), heard.duration_s
    if lasts < limits.min_s or (usual and lasts < limits.short_share * usual):
        most = f"; most last {usual:.1f} s" if usual else f"; at least {limits.min_s:g} s is needed"
        yield Fault("too_short", one, f"lasts {lasts:.1f} s{most}", one)
    elif usual and lasts < limits.near_share * usual:
        yield Fault("shorter_than_usual", one, f"lasts {lasts:.1f} s; most last {usual:.1f} s")
    if believed and _is_shorter(track, heard, limits):
        yield Fault("shorter_than_declared", one, f"lasts {lasts:.1f} s of {track.declared_s:.1f} s declared")


def _is_shorter(track: Track, heard: Heard, limits: Thresholds) -> bool:
    return track.declared_s is not None and heard.duration_s < limits.near_share * track.declared_s


def _lengths_believed(known: Known, limits: Thresholds) -> bool:
    """Tell whether the declared lengths are those of the files: FMA's are of whole tracks, its files are clips."""
    told = [track for track in known.tracks if track.declared_s is not None and track.track_id in known.heard]
    return sum(_is_shorter(track, known.heard[track.track_id], limits) for track in told) <= len(told) / 2


def _odd(kind: FaultKind, values: Mapping[str, int], spelled: str) -> Iterator[Fault]:
    """Yield a fault for every value that is not the one that more than half of the tracks have."""
    counts = Counter(values.values()).most_common()
    if len(counts) < 2 or counts[0][1] <= len(values) / 2:
        return
    common, n_common = counts[0]
    for value, n in counts[1:]:
        ids = tuple(track_id for track_id, its in values.items() if its == value)
        yield Fault(kind, ids, f"{spelled.format(value)} in {n:,}; {spelled.format(common)} in {n_common:,}")


def _repeats(known: Known, out: set[str]) -> Iterator[Fault]:
    genre_of = {track.track_id: track.genre for track in known.tracks}
    in_conflict: set[str] = set()
    for group in known.recordings:
        genres = sorted({genre for track_id in group if (genre := genre_of[track_id]) is not None})
        if len(genres) > 1:
            in_conflict.update(group)
            under = " and ".join(genres)
            yield Fault("label_conflict", group, f"one recording, {len(group)} tracks, under {under}", group)
    for group in known.same:
        usable = [track_id for track_id in group if track_id not in out]
        repeats = () if in_conflict.intersection(group) else tuple(usable[1:])
        yield Fault("duplicate", group, f"the same samples in {len(group)} tracks", repeats)
    for group in join(known.near):
        yield Fault("near_duplicate", group, f"one recording in {len(group)} tracks, not sample for sample")


def _leaks(known: Known) -> Iterator[Fault]:
    kinds: dict[str, FaultKind] = {
        "artist": "artist_across_parts",
        "album": "album_across_parts",
        "recording": "duplicate_across_parts",
    }
    placed = [track for track in known.tracks if track.track_id in known.part_of]
    for (kind, name), ids in bonds(placed, known.recordings).items():
        counts = Counter(known.part_of[track_id] for track_id in ids)
        if len(counts) > 1:
            sides = ", ".join(f"{n:,} in {part}" for part, n in sorted(counts.items()))
            yield Fault(kinds[kind], tuple(ids), f"{kind} {name!r}: {sides}")

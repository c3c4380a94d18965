"""What a check found, as one object: for JSON, for the terminal (`genrescope.cli`), and for a page (`audit.page`)."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genrescope.audit.faults import Fault, Known, quarantined, usual_s
from genrescope.datasets._base import Dataset, Skip

FORMAT = "genrescope check 1"

N_BINS = 24


@dataclass(frozen=True)
class Histogram:
    """Counts of values between edges, `len(edges) == len(counts) + 1`."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes
    ----------
    dataset : Dataset
        What was checked.
    known : Known
        What was heard of it, and the split that was looked at.
    faults : tuple of Fault
        What is wrong, worst first.
    torn : tuple of tuple of str
        Groups by artist, album and recording that lie on several sides of the split.
    likeness : mapping
        How alike each pair of near-duplicates sounds (-1 to 1); None where only their sketches agree.
    split : str
        Name of the split that was looked at.
    used : str
        How many tracks are used from now on, in words.
    """

    dataset: Dataset
    known: Known
    faults: tuple[Fault, ...]
    torn: tuple[tuple[str, ...], ...]
    likeness: Mapping[tuple[str, str], float | None]
    split: str
    used: str

    @property
    def by_kind(self) -> dict[str, list[Fault]]:
        """The faults by their kind, worst first."""
        kinds: dict[str, list[Fault]] = {}
        for fault in self.faults:
            kinds.setdefault(fault.kind, []).append(fault)
        return kinds

    @property
    def rates(self) -> dict[int, int]:
        """How many tracks have which rate, commonest first."""
        return dict(Counter(heard.sample_rate_hz for heard in self.known.heard.values()).most_common())

    @property
    def channels(self) -> dict[int, int]:
        """How many tracks have how many channels, commonest first."""
        return dict(Counter(heard.channels for heard in self.known.heard.values()).most_common())

    @property
    def parts(self) -> dict[str, int]:
        """How many tracks are in which part of the split."""
        return dict(Counter(self.known.part_of.values()))

    @property
    def total_s(self) -> float:
        """Seconds of sound in all."""
        return sum(heard.duration_s for heard in self.known.heard.values())

    @property
    def passed_over(self) -> Sequence[Skip]:
        """Files and rows that the data set itself left out when it was opened."""
        return self.dataset.skips

    def durations(self) -> Histogram | None:
        """Return how many tracks last how long; None where nothing was heard."""
        values = [heard.duration_s for heard in self.known.heard.values()]
        if not values:
            return None
        counts, edges = np.histogram(values, bins=N_BINS, range=(0.0, max(*values, 1.0)))
        return Histogram(tuple(map(float, edges)), tuple(map(int, counts)))

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        lost = {track_id: error.to_dict()["error"] for track_id, error in self.known.broken.items()}
        return {
            "format": FORMAT,
            "data": self.dataset.facts.name,
            "root": str(self.dataset.root),
            "data_fingerprint": self.dataset.fingerprint,
            "used": self.used,
            "counts": {
                "tracks": len(self.dataset.tracks),
                "heard": len(self.known.heard),
                "broken": len(self.known.broken),
                "quarantined": len(quarantined(self.faults)),
                "left_out_on_opening": len(self.passed_over),
            },
            "total_s": round(self.total_s, 1),
            "usual_s": usual_s(self.known.heard.values()),
            "rates_hz": {str(rate): n for rate, n in self.rates.items()},
            "channels": {str(channels): n for channels, n in self.channels.items()},
            "split": {
                "name": self.split,
                "parts": self.parts,
                "groups_on_several_sides": len(self.torn),
                "tracks_in_them": sum(map(len, self.torn)),
            },
            "faults": [_fault(fault) for fault in self.faults],
            "near_duplicates": [
                {"tracks": list(pair), "likeness": None if like is None else round(like, 4)}
                for pair, like in self.likeness.items()
            ],
            "left_out": [{"name": s.name, "reason": s.reason, "message": s.message} for s in self.passed_over],
            "tracks": [self._track(track.track_id, lost) for track in self.dataset.tracks],
        }

    def to_json(self) -> str:
        """Return the report as one line of JSON."""
        return json.dumps(self.to_dict(), allow_nan=False)

    def _track(self, track_id: str, lost: Mapping[str, object]) -> dict[str, Any]:
        heard = self.known.heard.get(track_id)
        if heard is None:
            return {"track_id": track_id, "error": lost.get(track_id)}
        facts = heard.to_dict()
        del facts["sketch"]
        return {"track_id": track_id, **facts}


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "kind": fault.kind,
        "tracks": list(fault.tracks),
        "message": fault.message,
        "advice": fault.advice,
        "passed_over": list(fault.out),
    }

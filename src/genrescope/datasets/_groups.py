"""Which tracks belong together: by artist, by album, because they are one recording, and all that hangs on these."""

from collections.abc import Iterable, Sequence

from genrescope.records import Track

Duplicates = Sequence[Sequence[str]]
"""Sets of track ids that are one recording."""


def bonds(tracks: Sequence[Track], duplicates: Duplicates) -> dict[tuple[str, str], list[str]]:
    """Return the ids that share an artist, an album or a recording, by kind and name; single ones are left out.

    Examples
    --------
    >>> bonds([Track("a", artist="X"), Track("b", artist="X"), Track("c")], [["b", "c"]])
    {('artist', 'X'): ['a', 'b'], ('recording', 'b'): ['b', 'c']}
    """
    found: dict[tuple[str, str], list[str]] = {}
    for track in tracks:
        for kind, name in (("artist", track.artist), ("album", track.album)):
            if name:
                found.setdefault((kind, name), []).append(track.track_id)
    here = {track.track_id for track in tracks}
    for same in duplicates:
        ids = list(dict.fromkeys(track_id for track_id in same if track_id in here))
        if ids:
            found.setdefault(("recording", ids[0]), []).extend(ids)
    return {bond: ids for bond, ids in found.items() if len(ids) > 1}


def components(tracks: Sequence[Track], duplicates: Duplicates) -> list[list[str]]:
    """Return the groups of ids that hang together by artist, album or recording; each id is in one.

    A track of which neither is known is a group of its own.

    Examples
    --------
    >>> components([Track("a", artist="X"), Track("b", artist="X", album="U"), Track("c", album="U"), Track("d")], [])
    [['a', 'b', 'c'], ['d']]
    """
    leader = {track.track_id: track.track_id for track in tracks}
    for ids in bonds(tracks, duplicates).values():
        _join(leader, ids)
    groups: dict[str, list[str]] = {}
    for track_id in leader:
        groups.setdefault(_first(leader, track_id), []).append(track_id)
    return list(groups.values())


def _join(leader: dict[str, str], ids: Iterable[str]) -> None:
    firsts = [_first(leader, track_id) for track_id in ids]
    for first in firsts[1:]:
        leader[_first(leader, first)] = _first(leader, firsts[0])


def _first(leader: dict[str, str], track_id: str) -> str:
    while leader[track_id] != track_id:
        leader[track_id] = leader[leader[track_id]]  # half the way, for the next who asks
        track_id = leader[track_id]
    return track_id

"""Every kind of fault from what was heard, and who is passed over for it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from genrescope.audit.faults import ADVICE, KINDS, Fault, Known, find_faults, quarantined, torn_groups, usual_s
from genrescope.audit.hear import Heard
from genrescope.errors import AudioError
from genrescope.records import Track

Make = Callable[..., Heard]
Tracks = Callable[..., list[Track]]


def known(tracks: list[Track], sounds: Sequence[Heard | AudioError], **more: Any) -> Known:
    pairs = list(zip(tracks, sounds, strict=True))
    return Known(
        tracks,
        {track.track_id: one for track, one in pairs if isinstance(one, Heard)},
        {track.track_id: one for track, one in pairs if isinstance(one, AudioError)},
        **{"near": (), "part_of": {}} | more,
    )


def found(this: Known) -> list[tuple[str, str, str]]:
    return [(fault.kind, "".join(fault.tracks), "".join(fault.out)) for fault in find_faults(this)]


def test_nothing_is_wrong_with_sound_tracks(tracks: Tracks, heard: Make) -> None:
    assert find_faults(known(tracks(5), [heard() for _ in range(5)])) == []
    assert find_faults(known([], [])) == []


def test_faults_of_single_tracks(tracks: Tracks, heard: Make) -> None:
    sounds: list[Heard | AudioError] = [
        *(heard() for _ in range(19)),
        AudioError("damaged", "t.mp3", "nothing could be decoded."),
        heard(duration_s=1.6),
        heard(duration_s=14.0),
        heard(duration_s=25.0),
        heard(silent_share=0.7),
        heard(clipped_share=0.05),
        heard(damage="decoded 29.0 s of 30.0 s claimed"),
    ]
    assert found(known(tracks(26), sounds)) == [
        ("broken", "t", "t"),
        ("too_short", "u", "u"),
        ("too_short", "v", "v"),
        ("silent", "x", "x"),
        ("cut", "z", ""),
        ("shorter_than_usual", "w", ""),
        ("clipped", "y", ""),
    ]


def test_songs_of_any_length_are_not_short(tracks: Tracks, heard: Make) -> None:
    sounds = [heard(duration_s=seconds) for seconds in (95.0, 180.0, 240.0, 300.0, 700.0)]
    assert usual_s(sounds) is None
    assert find_faults(known(tracks(5), sounds)) == []


@pytest.mark.parametrize("n_short", [1, 4])
def test_declared_lengths_hold_only_where_most_files_have_them(heard: Make, n_short: int) -> None:
    lengths = [30.0] * n_short + [200.0] * (6 - n_short)
    tracks = [Track(f"{i}", genre="rock", declared_s=200.0) for i in range(6)]
    kinds = [fault.kind for fault in find_faults(known(tracks, [heard(duration_s=s) for s in lengths]))]
    assert kinds.count("shorter_than_declared") == (n_short if n_short < 4 else 0)


def test_odd_rates_and_channels_are_one_fault_a_value(tracks: Tracks, heard: Make) -> None:
    sounds = [heard() for _ in range(7)] + [heard(sample_rate_hz=48000), heard(sample_rate_hz=48000, channels=1)]
    sounds.append(heard(sample_rate_hz=22050))
    this = known(tracks(10), sounds)
    assert found(this) == [("odd_rate", "hi", ""), ("odd_rate", "j", ""), ("odd_channels", "i", "")]
    assert "48,000 Hz in 2; 44,100 Hz in 7" in find_faults(this)[0].message


def test_without_a_majority_nothing_is_odd(tracks: Tracks, heard: Make) -> None:
    sounds = [heard(sample_rate_hz=rate) for rate in (44100, 44100, 48000, 22050)]
    assert find_faults(known(tracks(4), sounds)) == []


def test_of_exact_repeats_the_first_usable_stays(tracks: Tracks, heard: Make) -> None:
    sounds = [heard(pcm="x"), heard(pcm="x"), heard(), heard(pcm="x")]
    assert found(known(tracks(4), sounds)) == [("duplicate", "abd", "bd")]


def test_silence_is_a_fault_of_its_own_and_no_repeat(tracks: Tracks, heard: Make) -> None:
    sounds = [heard(pcm="0", peak=0.0, silent_share=1.0), heard(pcm="0", peak=0.0, silent_share=1.0), heard()]
    assert found(known(tracks(3), sounds)) == [("silent", "a", "a"), ("silent", "b", "b")]


def test_repeats_of_what_is_out_leave_nobody_in(tracks: Tracks, heard: Make) -> None:
    sounds = [heard(pcm="x", silent_share=0.8), heard(pcm="x", silent_share=0.8), heard()]
    this = known(tracks(3), sounds)
    assert {entry.track_id for entry in quarantined(find_faults(this))} == {"a", "b"}


@pytest.mark.parametrize("way", ["same", "near"])
def test_one_recording_under_two_genres_is_out_altogether(tracks: Tracks, heard: Make, way: str) -> None:
    sounds = [heard(pcm="x"), heard(pcm="x" if way == "same" else "y"), heard()]
    near = [("a", "b")] if way == "near" else []
    this = known(tracks(3, b={"genre": "metal"}), sounds, near=near)
    faults = find_faults(this)
    assert (faults[0].kind, faults[0].out) == ("label_conflict", ("a", "b"))
    assert "metal and rock" in faults[0].message
    assert {entry.track_id: entry.reason for entry in quarantined(faults)} == dict.fromkeys("ab", "label_conflict")


def test_copies_that_are_not_exact_stay_and_are_joined(tracks: Tracks, heard: Make) -> None:
    sounds = [heard(pcm="x"), heard(pcm="x"), heard(), heard()]
    this = known(tracks(4), sounds, near=[("a", "c")])
    assert found(this) == [("duplicate", "ab", "b"), ("near_duplicate", "ac", "")]
    assert this.recordings == [("a", "b", "c")]


def test_what_lies_on_several_sides_of_a_split(tracks: Tracks, heard: Make) -> None:
    about = {
        "a": {"artist": "X", "album": "U"},
        "b": {"artist": "Y", "album": "U"},  # a compilation: one album, two artists
        "c": {"artist": "Y"},
        "d": {"artist": "Z"},
        "e": {"artist": "Z"},
    }
    sounds = [heard() for _ in range(5)] + [heard(pcm="x"), heard(pcm="x"), heard()]
    parts = dict(zip("abcdefg", ["training", "test", "test", "test", "test", "training", "test"], strict=True))
    this = known(tracks(8, **about), sounds, part_of=parts)
    assert found(this)[1:] == [
        ("duplicate_across_parts", "fg", ""),
        ("album_across_parts", "ab", ""),
    ]
    assert torn_groups(this) == [["a", "b", "c"], ["f", "g"]]
    assert "2 in training" not in find_faults(this)[2].message


def test_a_track_without_a_part_is_on_no_side(tracks: Tracks, heard: Make) -> None:
    same = {i: {"artist": "X"} for i in "ab"}
    sounds = [heard(), heard()]
    assert found(known(tracks(2, **same), sounds, part_of={"a": "training"})) == []
    assert found(known(tracks(2, **same), sounds, part_of={"a": "training", "b": "test"})) == [
        ("artist_across_parts", "ab", "")
    ]


def test_the_first_reason_is_kept_and_every_kind_has_advice() -> None:
    faults = [Fault("silent", ("a",), "one", ("a",)), Fault("duplicate", ("a", "b"), "two", ("a",))]
    assert [(entry.reason, entry.message) for entry in quarantined(faults)] == [("silent", "one")]
    assert set(ADVICE) == set(KINDS)

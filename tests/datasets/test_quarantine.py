"""The lists that later verbs respect: merged, whole, and clear about what is wrong with them."""

import errno
import os
from pathlib import Path

import pytest

from genrescope.datasets._base import Dataset, Facts, Skip
from genrescope.datasets.quarantine import (
    DUPLICATES,
    QUARANTINE,
    Quarantined,
    join,
    make_work_folder,
    read_duplicates,
    read_quarantine,
    replace_text,
    respect,
    used_line,
    work_folder,
    write_duplicates,
    write_quarantine,
)
from genrescope.errors import UsageError
from genrescope.records import Track

FACTS = Facts("toy", "Toy", "", "", "", "", "")


def entry(track_id: str, reason: str = "broken") -> Quarantined:
    return Quarantined(track_id, reason, f'what is wrong with "{track_id}"')


def test_nothing_is_passed_over_before_a_check(tmp_path: Path) -> None:
    assert read_quarantine(tmp_path) == ()
    assert read_duplicates(tmp_path) == ()


def test_what_is_written_is_read_as_skips(tmp_path: Path) -> None:
    write_quarantine(tmp_path, "abc", [entry("b"), entry("a\n\udcff", "silent")])
    skips = read_quarantine(tmp_path)
    assert [(skip.name, skip.reason) for skip in skips] == [("a\n\udcff", "quarantined"), ("b", "quarantined")]
    assert skips[1].message == 'b: broken: what is wrong with "b"'


def test_a_check_speaks_of_its_own_tracks_alone(tmp_path: Path) -> None:
    write_quarantine(tmp_path, "abc", [entry("a"), entry("b")])
    write_quarantine(tmp_path, "bcd", [entry("d")])
    assert [skip.name for skip in read_quarantine(tmp_path)] == ["a", "d"]
    write_duplicates(tmp_path, "abcd", [("a", "b"), ("c", "d")])
    write_duplicates(tmp_path, "cde", [("d", "e")])
    assert read_duplicates(tmp_path) == (("a", "b"), ("d", "e"))
    write_duplicates(tmp_path, "bx", [("b", "x")])  # that a and b are one was found with a, which is not here
    assert read_duplicates(tmp_path) == (("a", "b", "x"), ("d", "e"))


def test_an_empty_list_is_a_list(tmp_path: Path) -> None:
    write_quarantine(tmp_path, "a", [])
    write_duplicates(tmp_path, "a", [])
    assert (read_quarantine(tmp_path), read_duplicates(tmp_path)) == ((), ())
    assert sorted(path.name for path in tmp_path.iterdir()) == [DUPLICATES, QUARANTINE]


def test_a_data_set_respects_it_and_says_so(tmp_path: Path) -> None:
    dataset = Dataset(FACTS, tmp_path, tuple(Track(i) for i in "abcd"), (Skip("z", "no_file", "z is not there"),))
    assert used_line(respect(dataset)) == "4 of 5 used; 1 passed over (1 no_file)"
    work = make_work_folder(tmp_path)
    write_quarantine(work, "abcdy", [entry("b"), entry("y")])
    kept = respect(dataset)
    assert [track.track_id for track in kept.tracks] == ["a", "c", "d"]
    expected = f"3 of 5 used; 2 passed over (1 no_file, 1 quarantined), see {tmp_path / '.genrescope' / QUARANTINE}"
    assert used_line(kept) == expected
    assert respect(dataset, tmp_path / "elsewhere").tracks == dataset.tracks


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"tracks": 3}', '{"tracks": [3]}', '{"tracks": [{"track_id": "a"}]}', "\x00"]
)
def test_a_harmed_list_is_never_taken_for_an_empty_one(tmp_path: Path, content: str) -> None:
    (tmp_path / QUARANTINE).write_text(content)
    with pytest.raises(UsageError, match=r"quarantine\.json.*data check"):
        read_quarantine(tmp_path)


def test_where_the_work_folder_is(tmp_path: Path) -> None:
    listing = tmp_path / "list.csv"
    listing.write_text("path,genre\n")
    assert work_folder(tmp_path) == tmp_path / ".genrescope"
    assert work_folder(listing) == tmp_path / "list.csv.genrescope"
    assert make_work_folder(listing, tmp_path / "a" / "b").is_dir()


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / ".genrescope").write_text("a file where the folder should be")
    with pytest.raises(UsageError, match="--work DIR"):
        make_work_folder(tmp_path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user whom a read-only folder stops")
def test_a_read_only_root(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(UsageError, match="--work DIR"):
            make_work_folder(tmp_path)
    finally:
        tmp_path.chmod(0o755)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    replace_text(path, "one")
    with pytest.raises(TypeError):
        replace_text(path, b"two")  # type: ignore[arg-type]
    assert path.read_text() == "one"
    with pytest.raises(UsageError, match="could not be written"):
        replace_text(tmp_path / "none" / "a.json", "one")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_join_chains_in_any_order() -> None:
    assert join([("d", "e"), ("b", "c"), ("a", "b"), ("c", "d")]) == [("a", "b", "c", "d", "e")]
    assert join([]) == []
    assert join([("a", "a")]) == []


def test_what_a_disk_refuses_is_said_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for method in ("open", "unlink", "read_text"):  # a file system that is mounted read-only refuses all three
        monkeypatch.setattr(Path, method, refuse)
    with pytest.raises(UsageError, match=r"a\.json: could not be written \(Read-only file system\)"):
        replace_text(tmp_path / "a.json", "one")
    with pytest.raises(UsageError, match=r"quarantine\.json: cannot be read \(Read-only file system\); .*--work DIR"):
        read_quarantine(tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full disk")
def test_a_full_disk_is_seen_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: full)
        with pytest.raises(UsageError, match=r"No space left on device.*--work DIR"):
            make_work_folder(tmp_path)

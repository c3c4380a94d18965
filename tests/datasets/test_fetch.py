"""Fetching from a real server on this machine that drops, lies, ignores, and disappears."""

import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from genrescope.datasets import fetch as room
from genrescope.datasets._base import Archive
from genrescope.datasets.fetch import FetchError, Patience, fetch
from tests.datasets._server import Site, serving

CONTENT = np.random.default_rng(0).bytes(1_000_000)
HASTY = Patience(tries=3, silence_s=5.0, pause_s=0.01)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving({"/a.zip": CONTENT}) as running:
        yield running


def archive_of(site: Site, content: bytes = CONTENT, algorithm: str = "sha1", **more: str) -> Archive:
    checksum = f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
    return Archive("a.zip", f"{site.url}/a.zip", len(content), checksum, **more)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("xdg_"))


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_a_file_comes_whole(site: Site, tmp_path: Path, algorithm: str) -> None:
    told: list[tuple[str, int, int | None]] = []
    path = fetch(archive_of(site, algorithm=algorithm), tmp_path, report=lambda *step: told.append(step))
    assert path.read_bytes() == CONTENT
    assert names_in(tmp_path) == ["a.zip"]
    assert told[-1] == ("fetching a.zip", len(CONTENT), len(CONTENT))
    assert len(told) >= 4


def test_what_is_here_is_not_fetched_again(site: Site, tmp_path: Path) -> None:
    fetch(archive_of(site), tmp_path)
    fetch(archive_of(site), tmp_path)
    assert len(site.how.asked) == 1


def test_a_dropped_connection_goes_on_where_it_broke(site: Site, tmp_path: Path) -> None:
    site.how.drop_after = 300_000
    assert fetch(archive_of(site), tmp_path, patience=HASTY).read_bytes() == CONTENT
    assert [wanted for _, wanted in site.how.asked] == [None, "bytes=300000-", "bytes=600000-", "bytes=900000-"]


def test_a_later_run_goes_on(site: Site, tmp_path: Path) -> None:
    site.how.drop_after = 400_000
    with pytest.raises(FetchError, match="400,000 bytes that came are kept"):
        fetch(archive_of(site), tmp_path, patience=Patience(tries=1))
    assert names_in(tmp_path) == ["a.zip.part", "a.zip.part.json"]
    site.how.drop_after = None
    site.how.asked.clear()
    assert fetch(archive_of(site), tmp_path, patience=HASTY).read_bytes() == CONTENT
    assert site.how.asked == [("/a.zip", "bytes=400000-")]


def test_a_server_without_ranges_is_asked_for_all(site: Site, tmp_path: Path) -> None:
    site.how.ranges, site.how.drop_after, site.how.n_drops = False, 300_000, 1
    assert fetch(archive_of(site), tmp_path, patience=HASTY).read_bytes() == CONTENT


def test_a_range_that_begins_elsewhere_is_not_believed(site: Site, tmp_path: Path) -> None:
    site.how.wrong_ranges, site.how.drop_after, site.how.n_drops = True, 300_000, 1
    assert fetch(archive_of(site), tmp_path, patience=HASTY).read_bytes() == CONTENT


def test_another_version_is_not_mixed_with_what_is_here(site: Site, tmp_path: Path) -> None:
    site.how.drop_after = 300_000
    with pytest.raises(FetchError):
        fetch(Archive("a.zip", f"{site.url}/a.zip", None, None), tmp_path, patience=Patience(tries=1))
    newer = bytes(reversed(CONTENT))
    site.how.files["/a.zip"], site.how.version, site.how.drop_after = newer, '"2"', None
    assert fetch(archive_of(site, newer), tmp_path, patience=HASTY).read_bytes() == newer


def test_old_bytes_of_a_server_without_versions_are_dropped_where_the_sum_is_wrong(site: Site, tmp_path: Path) -> None:
    site.how.versions = False
    site.how.drop_after = 300_000
    with pytest.raises(FetchError):
        fetch(archive_of(site), tmp_path, patience=Patience(tries=1))
    part = tmp_path / "a.zip.part"
    part.write_bytes(bytes(300_000))
    site.how.drop_after = None
    assert fetch(archive_of(site), tmp_path, patience=HASTY).read_bytes() == CONTENT


def test_a_file_that_was_whole_when_killed_needs_no_server(site: Site, tmp_path: Path) -> None:
    archive = archive_of(site)
    site.how.drop_after = 999_999
    with pytest.raises(FetchError):
        fetch(archive, tmp_path, patience=Patience(tries=1))
    with open(tmp_path / "a.zip.part", "ab") as part:
        part.write(CONTENT[-1:])
    site.close()
    assert fetch(archive, tmp_path, patience=HASTY).read_bytes() == CONTENT


@pytest.mark.parametrize("ranges", [True, False])
def test_an_announced_length_that_is_too_long(site: Site, tmp_path: Path, ranges: bool) -> None:
    site.how.extra_length, site.how.ranges = 1000, ranges
    assert fetch(archive_of(site), tmp_path, patience=HASTY).read_bytes() == CONTENT
    with pytest.raises(FetchError, match=r"is not the published" if ranges else "connection broke"):
        fetch(archive_of(site, b"else"), tmp_path / "else", patience=HASTY)


def test_an_announced_length_that_is_too_short(site: Site, tmp_path: Path) -> None:
    site.how.extra_length = -1000
    with pytest.raises(FetchError, match=r"not the published file: sha1:.* instead of sha1:"):
        fetch(archive_of(site), tmp_path, patience=HASTY)
    assert names_in(tmp_path) == []


def test_no_length_at_all(site: Site, tmp_path: Path) -> None:
    site.how.lengths = False
    assert fetch(archive_of(site), tmp_path, patience=HASTY).read_bytes() == CONTENT


def test_a_wrong_sum_leaves_nothing(site: Site, tmp_path: Path) -> None:
    site.how.files["/a.zip"] = CONTENT[:-1] + b"?"
    with pytest.raises(FetchError, match=r"/a\.zip: this is not the published file.*Nothing of it was kept"):
        fetch(archive_of(site), tmp_path, patience=HASTY)
    assert names_in(tmp_path) == []


def test_without_a_sum_the_size_must_agree(site: Site, tmp_path: Path) -> None:
    archive = Archive("a.zip", f"{site.url}/a.zip", len(CONTENT) + 1, None)
    with pytest.raises(FetchError, match="1,000,000 bytes instead of 1,000,001"):
        fetch(archive, tmp_path, patience=HASTY)


def test_a_server_in_trouble_is_asked_again(site: Site, tmp_path: Path) -> None:
    site.how.statuses = [500, 503]
    assert fetch(archive_of(site), tmp_path, patience=HASTY).read_bytes() == CONTENT
    assert len(site.how.asked) == 3


def test_a_server_in_lasting_trouble_is_given_up(site: Site, tmp_path: Path) -> None:
    site.how.statuses = [500] * 9
    with pytest.raises(FetchError, match=r"given up after 3 tries .*500"):
        fetch(archive_of(site), tmp_path, patience=HASTY)


def test_what_is_not_there_is_not_asked_for_twice(site: Site, tmp_path: Path) -> None:
    site.how.files.clear()
    with pytest.raises(FetchError, match="answers 404"):
        fetch(archive_of(site), tmp_path, patience=HASTY)
    assert len(site.how.asked) == 1


def test_a_web_page_is_no_archive(site: Site, tmp_path: Path) -> None:
    site.how.content_type = "text/html; charset=utf-8"
    with pytest.raises(FetchError, match=r"a web page came instead of a\.zip"):
        fetch(archive_of(site), tmp_path, patience=HASTY)


def test_a_host_that_disappears_midway(site: Site, tmp_path: Path) -> None:
    site.how.pause_s = 0.05
    archive = archive_of(site, gone="Take the copy of a friend and name it with --from.")
    gone = threading.Event()

    def disappear(words: str, done: int, total: int | None) -> None:
        if done > 300_000 and not gone.is_set():
            gone.set()
            site.how.drop_after = 0
            site.close()

    site.how.drop_after, site.how.n_drops = 500_000, 1
    with pytest.raises(FetchError, match=r"(?s)refuses the connection.*bytes that came are kept.*copy of a friend"):
        fetch(archive, tmp_path, patience=HASTY, report=disappear)
    assert (tmp_path / "a.zip.part").read_bytes() == CONTENT[:500_000]


def test_a_host_that_is_gone_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"a\.zip: it is not to be had any more\. Use the copy\."):
        fetch(Archive("a.zip", None, None, None, "Use the copy."), tmp_path)


def test_a_server_that_falls_silent(site: Site, tmp_path: Path) -> None:
    site.how.pause_s = 2.0
    with pytest.raises(FetchError, match="given up after 2 tries"):
        fetch(archive_of(site), tmp_path, patience=Patience(tries=2, silence_s=0.2, pause_s=0.01))


def test_a_host_that_nobody_knows(tmp_path: Path) -> None:
    archive = Archive("a.zip", "http://nobody.invalid/a.zip", None, None)
    with pytest.raises(FetchError, match=r"nobody\.invalid/a\.zip: given up after 3 tries"):
        fetch(archive, tmp_path, patience=HASTY)


def test_a_copy_on_this_disk_is_checked_and_used_where_it_lies(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_bytes(CONTENT)
    right = Archive("a.zip", None, None, f"md5:{hashlib.md5(CONTENT).hexdigest()}")  # noqa: S324
    wrong = Archive("a.zip", None, None, f"md5:{'0' * 32}")
    assert fetch(right, tmp_path / "to", source=str(copy)) == copy
    with pytest.raises(FetchError, match=r"copy: this is not the published file.*--unverified"):
        fetch(wrong, tmp_path / "to", source=str(copy))
    assert fetch(wrong, tmp_path / "to", source=str(copy), verify=False) == copy
    with pytest.raises(FetchError, match="there is no such file"):
        fetch(right, tmp_path / "to", source=str(tmp_path / "nothing"))


def test_another_address(site: Site, tmp_path: Path) -> None:
    archive = Archive("a.zip", None, None, None, "gone")
    assert fetch(archive, tmp_path, source=f"{site.url}/a.zip", patience=HASTY).read_bytes() == CONTENT


def test_a_file_that_does_not_fit_is_refused_before(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=400_000))
    with pytest.raises(FetchError, match=r"fetching a\.zip needs 1\.0 MB and 400\.0 kB are free; make room"):
        fetch(archive_of(site), tmp_path, patience=HASTY)
    assert (tmp_path / "a.zip.part").stat().st_size == 0


def test_a_target_that_is_no_folder(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FetchError, match="file"):
        fetch(archive_of(site), tmp_path / "file" / "inner", patience=HASTY)


def test_two_at_once_do_not_mix(site: Site, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl", reason="Windows has no such lock")
    work = tmp_path / ".genrescope" / "get"
    work.mkdir(parents=True)
    with open(work / "a.zip.lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(FetchError, match=r"a\.zip: another genrescope is fetching it"):
            room.get(archive_of(site), tmp_path)
    assert os.listdir(work) == ["a.zip.lock"]

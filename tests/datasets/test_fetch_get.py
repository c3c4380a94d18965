"""A whole data set fetched and unpacked: kills, full and read-only disks, copies, and what is there already."""

import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrescope.datasets._base import Archive, Facts
from genrescope.datasets.fetch import FetchError, Got, Patience, get, get_all
from genrescope.errors import UsageError
from tests.datasets._server import Site, serving

HASTY = Patience(tries=3, silence_s=5.0, pause_s=0.01)
FILES = {f"music/{number % 10}/{number:04}.mp3": bytes([number % 256]) * 5000 for number in range(400)}
TABLE = b"track_id,genre\n1,rock\n"

CHILD = """
import json, sys
from pathlib import Path
from genrescope.datasets._base import Archive
from genrescope.datasets.fetch import Patience, get

archive, root, times = json.loads(sys.argv[1]), Path(sys.argv[2]), 0
get(Archive(**archive), root, patience=Patience(pause_s=0.01))
"""


def pack_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return file.getvalue()


def pack_tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


CONTENT = {"/music.zip": pack_zip(), "/music.tar.gz": pack_tar(), "/table.csv": TABLE}


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(dict(CONTENT)) as running:
        yield running


def archive_of(site: Site, name: str) -> Archive:
    content = CONTENT[f"/{name}"]
    return Archive(name, f"{site.url}/{name}", len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")


def facts_of(*archives: Archive) -> Facts:
    return Facts("music", "Music", "", "", "", "", "a folder music/", archives)


def content_of(root: Path) -> dict[str, bytes]:
    """Return the files under the root, without the notes of the command."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".genrescope" not in path.parts
    }


@pytest.mark.parametrize("name", ["music.zip", "music.tar.gz"])
def test_an_archive_is_fetched_and_unpacked(site: Site, tmp_path: Path, name: str) -> None:
    root = tmp_path / "new" / "root"
    assert get(archive_of(site, name), root) == Got(name, "fetched", ("music",), 400, 2_000_000)
    assert content_of(root) == FILES
    left = {path.name for path in (root / ".genrescope" / "get").iterdir()}
    assert left == {f"{name}.json", f"{name}.lock"}


def test_what_is_there_is_not_fetched_again(site: Site, tmp_path: Path) -> None:
    archive = archive_of(site, "music.zip")
    get(archive, tmp_path)
    site.close()
    assert get(archive, tmp_path) == Got("music.zip", "already there", ("music",), 400, 2_000_000)


def test_what_was_taken_away_is_fetched_again(site: Site, tmp_path: Path) -> None:
    archive = archive_of(site, "music.zip")
    get(archive, tmp_path)
    shutil.rmtree(tmp_path / "music")
    assert get(archive, tmp_path).status == "fetched"
    assert content_of(tmp_path) == FILES


def test_what_somebody_put_there_is_kept(site: Site, tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "table.csv").write_bytes(b"mine")
    for name, entry in (("music.zip", "music"), ("music.tar.gz", "music"), ("table.csv", "table.csv")):
        assert get(archive_of(site, name), tmp_path) == Got(name, "kept", (entry,))
    assert site.how.asked == []


def test_a_file_that_is_no_archive(site: Site, tmp_path: Path) -> None:
    assert get(archive_of(site, "table.csv"), tmp_path) == Got("table.csv", "fetched", ("table.csv",), 1, len(TABLE))
    assert content_of(tmp_path) == {"table.csv": TABLE}


def test_one_that_fails_does_not_stop_the_others(site: Site, tmp_path: Path) -> None:
    gone = Archive("lost.zip", f"{site.url}/lost.zip", None, None, "Ask the authors.")
    wrong = replace(archive_of(site, "music.tar.gz"), checksum="md5:0")
    archives = (gone, archive_of(site, "table.csv"), wrong)
    (_, lost), (_, table), (_, broken) = get_all(facts_of(*archives), tmp_path, patience=HASTY)
    assert isinstance(lost, FetchError)
    assert str(lost).endswith("\nAsk the authors.")
    assert isinstance(table, Got)
    assert isinstance(broken, FetchError)
    assert content_of(tmp_path) == {"table.csv": TABLE}


def test_nothing_to_fetch_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"music: there is nothing to fetch.*a folder music/"):
        list(get_all(facts_of(), tmp_path))


# ---------------------------------------------------------------------------------------------------------- --from


def test_from_a_folder_of_archives(site: Site, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    for name, content in CONTENT.items():
        (copies / name.strip("/")).write_bytes(content)
    archives = [replace(archive_of(site, name), url=None) for name in ("music.zip", "table.csv")]
    assert all(isinstance(got, Got) for _, got in get_all(facts_of(*archives), tmp_path / "root", source=str(copies)))
    assert content_of(tmp_path / "root") == FILES | {"table.csv": TABLE}
    assert len(content_of(copies)) == 3, "somebody's own copies stay"
    assert site.how.asked == []


def test_from_an_address(site: Site, tmp_path: Path) -> None:
    archives = [replace(archive_of(site, name), url=None) for name in ("music.zip", "table.csv")]
    assert all(isinstance(got, Got) for _, got in get_all(facts_of(*archives), tmp_path, source=f"{site.url}/"))
    assert content_of(tmp_path) == FILES | {"table.csv": TABLE}


def test_from_one_file_by_its_name(site: Site, tmp_path: Path) -> None:
    copy = tmp_path / "music.zip"
    copy.write_bytes(CONTENT["/music.zip"])
    archives = [archive_of(site, name) for name in ("music.zip", "table.csv")]
    list(get_all(facts_of(*archives), tmp_path / "root", source=str(copy)))
    assert [path for path, _ in site.how.asked] == ["/table.csv"]
    other = copy.rename(tmp_path / "other.zip")
    with pytest.raises(UsageError, match=r"which of music\.zip, table\.csv is it"):
        list(get_all(facts_of(*archives), tmp_path / "root", source=str(other)))
    list(get_all(facts_of(archives[0]), tmp_path / "more", source=str(other)))
    assert content_of(tmp_path / "more") == FILES


# ----------------------------------------------------------------------------------------------------------- kills


def start(archive: Archive, root: Path) -> "subprocess.Popen[bytes]":
    fields = {key: getattr(archive, key) for key in ("name", "url", "size_bytes", "checksum")}
    return subprocess.Popen([sys.executable, "-c", CHILD, json.dumps(fields), str(root)], stderr=subprocess.PIPE)


def wait_for(path: Path, child: "subprocess.Popen[bytes]") -> None:
    while child.poll() is None and not path.exists():
        time.sleep(0.001)


def kill(child: "subprocess.Popen[bytes]") -> None:
    child.kill()
    child.communicate()


def test_killed_while_fetching(site: Site, tmp_path: Path) -> None:
    archive = archive_of(site, "music.zip")
    site.how.pause_s = 0.1
    child = start(archive, tmp_path)
    part = tmp_path / ".genrescope" / "get" / "music.zip.part"
    while child.poll() is None and not (part.exists() and part.stat().st_size):
        time.sleep(0.001)
    kill(child)
    assert child.returncode < 0, "it was to be killed midway"
    assert content_of(tmp_path) == {}
    here = part.stat().st_size
    site.how.pause_s = 0.0
    site.how.asked.clear()
    get(archive, tmp_path)
    assert site.how.asked == [("/music.zip", f"bytes={here}-")]
    assert content_of(tmp_path) == FILES


@pytest.mark.parametrize("name", ["music.zip", "music.tar.gz"])
def test_killed_while_unpacking(site: Site, tmp_path: Path, name: str) -> None:
    archive = archive_of(site, name)
    child = start(archive, tmp_path)
    wait_for(tmp_path / ".genrescope" / "get" / f"{name}.unpacking" / "files" / "music" / "1", child)
    kill(child)
    assert child.returncode < 0, "it was to be killed midway"
    assert content_of(tmp_path) in ({}, FILES)
    site.close()
    assert get(archive, tmp_path).n_files == 400
    assert content_of(tmp_path) == FILES


@pytest.mark.long
@pytest.mark.parametrize("name", ["music.zip", "music.tar.gz"])
def test_killed_at_many_moments(site: Site, tmp_path: Path, name: str) -> None:
    """Killed 25 times at random moments of the same run; under the root stands all or nothing, and in the end all."""
    rng = random.Random(0)  # noqa: S311 - moments, not secrets
    archive = archive_of(site, name)
    site.how.pause_s = 0.02
    n_killed = 0
    for _ in range(25):
        child = start(archive, tmp_path)
        wait_for(tmp_path / ".genrescope", child)
        time.sleep(rng.uniform(0.0, 0.4))
        kill(child)
        n_killed += child.returncode < 0
        assert content_of(tmp_path) in ({}, FILES)
        if (tmp_path / "music").exists() and rng.random() < 0.5:
            shutil.rmtree(tmp_path / "music")
    assert n_killed > 5
    get(archive, tmp_path)
    assert content_of(tmp_path) == FILES


# ----------------------------------------------------------------------------------------------------------- disks


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of 6 MB in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("a small disk in memory cannot be mounted here (it needs Linux and root)")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_too_small_for_both_is_refused_before(site: Site, small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(3_000_000))
    with pytest.raises(FetchError, match=r"fetching and unpacking music\.zip needs 4\.. MB and 3\.3 MB are free"):
        get(archive_of(site, "music.zip"), small_disk)
    assert site.how.asked == []


def test_a_disk_that_fills_while_fetching(site: Site, small_disk: Path) -> None:
    """The server tells no length, and nothing is published: only the disk says that it is full."""
    site.how.files["/big.csv"] = np.random.default_rng(0).bytes(8_000_000)
    site.how.lengths = False
    archive = Archive("big.csv", f"{site.url}/big.csv", None, None)
    with pytest.raises(FetchError, match=r"the disk is full\. What is there is kept"):
        get(archive, small_disk, patience=HASTY)
    assert content_of(small_disk) == {}


def test_a_disk_that_fills_while_unpacking(site: Site, small_disk: Path) -> None:
    """A tar says only at its end how large it is; after room was made it goes on."""
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(4_500_000))
    archive = replace(archive_of(site, "music.tar.gz"), size_bytes=None)
    with pytest.raises(FetchError, match="the disk is full"):
        get(archive, small_disk)
    assert content_of(small_disk).keys() == {"ballast"}
    ballast.unlink()
    site.close()
    get(archive, small_disk)
    assert content_of(small_disk) == FILES


def test_a_disk_that_cannot_be_written(site: Site, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(FetchError, match=r"nothing can be written there \(Read-only file system\)"):
        get(archive_of(site, "music.zip"), small_disk)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="only who is not root is kept out")
def test_a_folder_of_somebody_else(site: Site, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(FetchError, match="nothing can be written there"):
        get(archive_of(site, "music.zip"), tmp_path)
    tmp_path.chmod(0o700)

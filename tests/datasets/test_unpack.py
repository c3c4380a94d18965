"""Archives as they should be, and as they should not: each is unpacked whole, or not at all."""

import io
import json
import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from genrescope.datasets._download import FetchError, quiet
from genrescope.datasets._unpack import Unpacked, unpack

FILES = {f"music/{genre}/{number:03}.mp3": bytes([number]) * 1000 for genre in ("a", "é") for number in range(5)}
NOISE = {f"music/{number}": np.random.default_rng(number).bytes(20_000) for number in range(5)}
Packer = Callable[[Path, Mapping[str, bytes]], Path]


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("music/", "")
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, files: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        folder = tarfile.TarInfo("music")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def tar_of(path: Path, kind: bytes, target: str) -> Path:
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("music/odd")
        info.type, info.linkname = kind, target
        archive.addfile(info)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


def run(path: Path, root: Path) -> Unpacked:
    return unpack(path, root / ".staging", root, quiet)


def stop_midway(path: Path, root: Path, first: str = "music/a/000.mp3") -> os.stat_result:
    """Unpack until the third file, as a kill would leave it; return the facts of the first."""

    def stop(words: str, done: int, total: int | None) -> None:
        if done >= 3000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpack(path, root / ".staging", root, stop)
    assert content_of(root).keys() - {f".staging/files/{name}" for name in FILES | NOISE} == {".staging/source"}
    return (root / ".staging" / "files" / first).stat()


def content_of(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_everything_comes_out(pack: Packer, tmp_path: Path, root: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    path = pack(tmp_path / "archive", FILES)
    unpacked = unpack(path, root / ".staging", root, lambda *step: told.append(step))
    assert unpacked == Unpacked(("music",), 10, 10_000)
    assert content_of(root) == FILES
    assert told[-1][:2] == ("unpacking archive", 10_000)
    assert told[-1][2] == (10_000 if pack is zipped else None)
    assert [entry.name for entry in root.iterdir()] == ["music"]


EVIL = ["../out.mp3", "/out.mp3", "music/../../out.mp3", "music\\..\\..\\out.mp3", "C:/out.mp3"]


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("name", EVIL)
def test_a_name_that_leads_out_is_refused(pack: Packer, name: str, tmp_path: Path, root: Path) -> None:
    path = pack(tmp_path / "archive", {**FILES, name: b"!"})
    with pytest.raises(FetchError, match="leads out of the folder"):
        run(path, root)
    assert not list(tmp_path.rglob("*out.mp3"))
    assert not (root / "music").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_a_tar_are_refused(kind: bytes, tmp_path: Path, root: Path) -> None:
    with pytest.raises(FetchError, match=r"'music/odd' in it is a link or a device"):
        run(tar_of(tmp_path / "archive", kind, "../../etc"), root)


def test_links_in_a_zip_are_refused(tmp_path: Path, root: Path) -> None:
    with zipfile.ZipFile(tmp_path / "archive", "w") as archive:
        link = zipfile.ZipInfo("music/odd")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "../../etc")
    with pytest.raises(FetchError, match="'music/odd' in it is a link"):
        run(tmp_path / "archive", root)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_name_that_is_there_twice_is_refused(pack: Packer, tmp_path: Path, root: Path) -> None:
    path = pack(tmp_path / "archive", {"music/a": b"1", "music//a": b"2"})
    with pytest.raises(FetchError, match="in it twice"):
        run(path, root)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_damaged_archive_is_refused(pack: Packer, tmp_path: Path, root: Path) -> None:
    """One byte in the middle is another, and one archive ends in the middle."""
    whole = pack(tmp_path / "archive", NOISE).read_bytes()
    middle = len(whole) // 2
    for damaged in (whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :], whole[:middle], b"no archive"):
        (tmp_path / "archive").write_bytes(damaged)
        with pytest.raises(FetchError, match=r"archive: it cannot be unpacked \(.+\); fetch it again"):
            run(tmp_path / "archive", root)
        assert not (root / "music").exists()
        assert not (root / ".staging").exists()


def test_a_zip_with_a_password_is_refused(tmp_path: Path, root: Path) -> None:
    data = bytearray(zipped(tmp_path / "archive", FILES).read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for place in range(len(data)):
            if data[place : place + 4] == signature:
                data[place + flags] |= 1
    (tmp_path / "archive").write_bytes(data)
    with pytest.raises(FetchError, match="cannot be unpacked"):
        run(tmp_path / "archive", root)


def test_an_archive_without_files_is_refused(tmp_path: Path, root: Path) -> None:
    with pytest.raises(FetchError, match="no file in it"):
        run(zipped(tmp_path / "archive", {}), root)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_what_stands_in_the_root_is_left_as_it_is(pack: Packer, tmp_path: Path, root: Path) -> None:
    (root / "music").mkdir()
    (root / "music" / "mine.mp3").write_bytes(b"mine")
    with pytest.raises(FetchError, match="music is there already, and is left as it is"):
        run(pack(tmp_path / "archive", FILES), root)
    assert content_of(root / "music") == {"mine.mp3": b"mine"}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_it_goes_on_where_it_was_killed(pack: Packer, tmp_path: Path, root: Path) -> None:
    """What is whole has its name and stays; the file that was being written lies aside, cut off."""
    path = pack(tmp_path / "archive", FILES)
    before = stop_midway(path, root)
    (root / ".staging" / "partial").write_bytes(b"cut")
    run(path, root)
    assert content_of(root) == FILES
    after = (root / "music" / "a" / "000.mp3").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_what_came_out_of_another_archive_is_not_used(pack: Packer, tmp_path: Path, root: Path) -> None:
    path = pack(tmp_path / "archive", {name: content[::-1] for name, content in NOISE.items()})
    stop_midway(path, root, "music/0")
    run(pack(tmp_path / "newer", NOISE), root)
    assert content_of(root) == NOISE


def test_it_goes_on_between_two_entries(tmp_path: Path, root: Path) -> None:
    """Killed after the first of two entries was put in place: the second follows without the archive."""
    (root / "first").write_bytes(b"1")
    files = root / ".staging" / "files"
    files.mkdir(parents=True)
    (files / "second").write_bytes(b"2")
    done = {"entries": ["first", "second"], "files": 2, "bytes": 2}
    (root / ".staging" / "complete").write_text(json.dumps(done))
    assert run(tmp_path / "nowhere", root) == Unpacked(("first", "second"), 2, 2)
    assert content_of(root) == {"first": b"1", "second": b"2"}


def test_a_zip_that_does_not_fit_is_refused_before(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "archive", FILES)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=9_999))
    with pytest.raises(FetchError, match=r"unpacking archive needs 10\.0 kB and 10\.0 kB are free"):
        run(path, root)
    assert content_of(root).keys() == {".staging/source"}

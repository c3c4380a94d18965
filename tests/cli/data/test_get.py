"""``genrescope data get``: the real verb against a server on this machine, and where there is nothing to be had."""

import io
import json
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from genrescope.datasets.catalogue import DATASETS
from tests.datasets._server import Site, serving

Command = Callable[..., subprocess.CompletedProcess[bytes]]

FMA, _ = DATASETS["fma-small"]


def zip_of(folder: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{folder}/000/000002.mp3", b"never decoded")
        archive.writestr(f"{folder}/tracks.csv", b"track_id\n")
    return file.getvalue()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Return a server with something small under the names of FMA's archives."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving({f"/{archive.name}": zip_of(Path(archive.name).stem) for archive in FMA.archives}) as running:
        yield running


def test_a_data_set_is_fetched_and_then_there(genrescope_command: Command, site: Site, tmp_path: Path) -> None:
    arguments = ("data", "get", FMA.name, "--root", "music", "--from", f"{site.url}/", "--unverified")
    done = genrescope_command(*arguments)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    for archive in FMA.archives:
        stem = Path(archive.name).stem
        assert f"{archive.name}: fetched: 2 files, 0.0 MB in music/{stem}" in done.stdout.decode()
        assert (tmp_path / "music" / stem / "000" / "000002.mp3").read_bytes() == b"never decoded"
    n_asked = len(site.how.asked)
    again = genrescope_command(*arguments, "--json")
    assert again.returncode == 0
    answers = [json.loads(line) for line in again.stdout.splitlines()]
    assert [(got["archive"], got["status"], got["files"]) for got in answers] == [
        (archive.name, "already there", 2) for archive in FMA.archives
    ]
    assert len(site.how.asked) == n_asked


def test_the_published_sum_is_asked_for(genrescope_command: Command, site: Site, tmp_path: Path) -> None:
    done = genrescope_command("data", "get", FMA.name, "--root", "music", "--from", f"{site.url}/", "--json")
    assert done.returncode == 1
    assert done.stderr.count(b"this is not the published file: sha1:") == len(FMA.archives)
    assert [list(json.loads(line)) for line in done.stdout.splitlines()] == [["archive", "error"]] * len(FMA.archives)
    assert not (tmp_path / "music" / "fma_small").exists()


def test_gtzan_is_gone_and_it_says_what_to_do(genrescope_command: Command) -> None:
    """The published host answers nobody any more; where there is no network, this one does not either."""
    done = genrescope_command("data", "get", "gtzan", "--root", "music", "--from", "copy.zip")
    assert done.returncode == 1
    assert b"copy.zip: there is no such file" in done.stderr
    facts, _ = DATASETS["gtzan"]
    assert all(archive.gone for archive in facts.archives)


def test_a_folder_has_nothing_to_fetch(genrescope_command: Command) -> None:
    done = genrescope_command("data", "get", "folder", "--root", "music")
    assert done.returncode == 2
    assert b"folder: there is nothing to fetch" in done.stderr


def test_an_unknown_name(genrescope_command: Command) -> None:
    done = genrescope_command("data", "get", "fma-smal", "--root", "music")
    assert done.returncode == 2
    assert b"fma-small" in done.stderr
    assert b"Traceback" not in done.stderr

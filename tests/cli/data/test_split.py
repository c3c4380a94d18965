"""``genrescope data split``: what it prints, what it writes, and what it leaves alone."""

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genrescope.datasets.splits import read_split

Command = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a list of 40 tracks of two genres by 20 artists; the official split tears one artist and one album."""
    path = tmp_path / "list.csv"
    parts = ("training", "training", "training", "test")
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "genre", "artist", "album", "part"])
        for n in range(40):
            (tmp_path / f"{n:02}.mp3").write_bytes(b"never decoded")
            artist = "The Torn" if n in {0, 3} else f"artist {n // 2}"
            album = "Best of All" if n in {8, 11} else f"album {n // 2}"
            part = "" if n == 38 else parts[n % 4]
            rows.writerow([f"{n:02}.mp3", ("jazz", "röck")[n // 20], artist, album, part])
    return path


def split(command: Command, root: Path, *more: str) -> subprocess.CompletedProcess[bytes]:
    return command("data", "split", "folder", "--root", str(root), *more)


def answer(command: Command, root: Path, *more: str) -> dict[str, Any]:
    done = split(command, root, "--json", *more)
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_official_warns_of_what_stands_on_both_sides(genrescope_command: Command, root: Path) -> None:
    done = split(genrescope_command, root, "--method", "official")
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    assert "folder: 40 of 40 used" in text
    assert text.count("röck") == 1
    assert "warning: on both sides of the split:" in text
    assert "artists:" in text
    assert "The Torn" in text
    assert "Best of All" in text
    assert "in no part: 1 (" in text


def test_grouped_holds_everything_together(genrescope_command: Command, root: Path) -> None:
    found = answer(genrescope_command, root, "--method", "grouped", "--shares", "50,25,25", "--seed", "4")
    assert found["name"] == "grouped-50-25-25-seed4"
    for part, wanted in (("training", 10), ("validation", 5), ("test", 5)):
        assert all(abs(n - wanted) <= 1 for n in found["counts"][part].values()), found["counts"]
    assert found["torn_groups"] == {"groups": 0, "tracks": 0}
    assert found["leaks"]["artist"] == {"n": 0, "tracks": 0, "names": []}
    written = read_split(Path(found["path"]))
    assert written.fingerprint == found["fingerprint"]
    assert sum(map(len, written.parts.values())) == 40
    text = split(genrescope_command, root, "--method", "grouped", "--shares", "50,25,25", "--seed", "4").stdout.decode()
    assert "on both sides of the split: nothing" in text
    assert "there already, unchanged" in text


def test_the_list_of_duplicates_is_respected(genrescope_command: Command, root: Path, tmp_path: Path) -> None:
    kept = read_split(Path(answer(genrescope_command, root, "--method", "kfold")["path"]))
    first = sorted(kept.part_of)
    duplicates = tmp_path / "same.json"
    duplicates.write_text(json.dumps({"duplicates": [[first[0], first[-1]]]}))
    found = answer(
        genrescope_command, root, "--method", "grouped", "--duplicates", str(duplicates), "--out", str(tmp_path / "s")
    )
    assert found["duplicate_sets"] == 1
    assert found["duplicates"] == str(duplicates)
    part_of = read_split(tmp_path / "s").part_of
    assert part_of[first[0]] == part_of[first[-1]]


def test_another_split_in_the_file_is_kept(genrescope_command: Command, root: Path, tmp_path: Path) -> None:
    out = tmp_path / "split.json"
    arguments = ("--method", "holdout", "--out", str(out))
    answer(genrescope_command, root, *arguments)
    before = out.read_bytes()
    done = split(genrescope_command, root, *arguments, "--seed", "1")
    assert done.returncode == 2
    assert b"another split is there and is kept" in done.stderr
    assert b"--renew" in done.stderr
    assert done.stdout == b""
    assert out.read_bytes() == before
    renewed = answer(genrescope_command, root, *arguments, "--seed", "1", "--renew")
    assert renewed["written"] is True
    assert read_split(out).seed == 1


def test_the_quarantine_is_respected(genrescope_command: Command, root: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    official = read_split(Path(answer(genrescope_command, root, "--method", "official")["path"]))
    bad = official.parts["test"][0]
    entry = {"track_id": bad, "reason": "damaged", "message": "cut off"}
    (work / "quarantine.json").write_text(json.dumps({"tracks": [entry]}))
    found = answer(genrescope_command, root, "--method", "official", "--work", str(work))
    assert found["used"].startswith("39 of 40 used; 1 passed over (1 quarantined), see ")
    assert bad not in read_split(Path(found["path"])).part_of
    assert Path(found["path"]).is_relative_to(work)


def test_a_selection_of_genres_has_a_file_of_its_own(genrescope_command: Command, root: Path) -> None:
    whole = answer(genrescope_command, root, "--method", "holdout")
    jazz = answer(genrescope_command, root, "--method", "holdout", "--genres", "jazz")
    assert jazz["counts"] == {"training": {"jazz": 14}, "test": {"jazz": 6}}
    assert jazz["path"] != whole["path"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--method", "random"), b"no way to split called 'random'"),
        (("--method", "filtered"), b"comes with no split called 'filtered'"),
        (("--method", "holdout", "--shares", "70;30"), b"--shares are numbers with commas between them"),
        (("--method", "grouped", "--duplicates", "nowhere.json"), b"nowhere.json: it cannot be read"),
    ],
)
def test_wrong_use(genrescope_command: Command, root: Path, arguments: tuple[str, ...], words: bytes) -> None:
    done = split(genrescope_command, root, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert b"Traceback" not in done.stderr


def test_no_heading_is_cut_on_a_narrow_terminal(genrescope_command: Command, root: Path) -> None:
    arguments = ("data", "split", "folder", "--root", str(root), "--method", "kfold", "--folds", "4")
    said = genrescope_command(*arguments, COLUMNS="30").stdout.decode()
    headings = next(line for line in said.splitlines() if line.startswith("genre"))
    assert headings.split() == ["genre", "fold0", "fold1", "fold2", "fold3", "all"]


def test_parts_that_got_nothing_are_said(genrescope_command: Command, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.mp3").write_bytes(b"never decoded")
    few = tmp_path / "few.csv"
    few.write_text("path,genre\na.mp3,jazz\nb.mp3,rock\n")
    arguments = ("--method", "holdout", "--shares", "90,10")
    said = split(genrescope_command, few, *arguments).stdout.decode()
    assert "warning: 1 of the parts asked for got nothing" in said
    assert answer(genrescope_command, few, *arguments)["empty_parts"] == 1

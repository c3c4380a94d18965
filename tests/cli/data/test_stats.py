"""``genrescope data stats``: counts, what is passed over and why, for people and as JSON."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.datasets._standins import fma_path, touch, write_fma, write_folder, write_list, write_npz

Command = Callable[..., subprocess.CompletedProcess[bytes]]


def text(command: Command, *arguments: object) -> str:
    done = command("data", "stats", *map(str, arguments))
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def answer(command: Command, *arguments: object) -> dict[str, Any]:
    found = json.loads(text(command, *arguments, "--json"))
    assert isinstance(found, dict)
    return found


def rows_of(shown: str) -> dict[str, list[str]]:
    """Return the figures of each row of the table by its first word."""
    return {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line.split()}


def test_fma_by_genre_and_part(genrescope_command: Command, tmp_path: Path) -> None:
    root = write_fma(tmp_path / "fma", "medium")
    touch(fma_path(root / "fma_medium", 999))
    shown = text(genrescope_command, "fma-medium", "--root", root)
    assert shown.startswith("Free Music Archive, medium: 3 of 4 used; 1 passed over (1 no_row)\n")
    rows = rows_of(shown)
    assert rows["genre"] == ["training", "test", "all"]
    assert rows["Folk"] == ["0", "1", "1"]
    assert rows["all"] == ["tracks", "2", "1", "3"]
    assert "artists: 1, at most 2 tracks of one; without one: 1" in shown
    assert "declared lengths: 0:30 to 0:30, median 0:30; 0.0 h" in shown
    assert "warning: genres with one track" in shown
    assert "passed over, no_row: 1\n" in shown
    assert "000999.mp3: tracks.csv has no row of it" in shown


def test_json_of_fma_with_several_labels(genrescope_command: Command, tmp_path: Path) -> None:
    root = write_fma(tmp_path / "fma", "full")
    found = answer(genrescope_command, "fma-full", "--root", root, "--multi-label")
    assert found["n_tracks"] == 5
    assert found["used"] == "5 of 5 used"
    assert found["multi_label"] is True
    assert found["counts"]["Rock"] == {"training": 1}
    assert found["counts"]["Spoken"] == {"training": 1}
    assert found["declared_s"] == {"n": 5, "shortest": 168.0, "median": 168.0, "longest": 168.0, "total": 840.0}
    assert found["artists"] == {"n": 1, "most_tracks": 2, "unknown": 3}
    single = answer(genrescope_command, "fma-full", "--root", root)
    assert single["passed_over"] == {"no_genre": 1}
    assert [skip["name"] for skip in single["skips"]] == ["001483"]
    assert single["fingerprint"] != found["fingerprint"]


def test_genres_that_look_alike_are_warned_of(genrescope_command: Command, tmp_path: Path) -> None:
    root = write_folder(tmp_path / "music")
    touch(root / "Rock" / "c.mp3")
    shown = text(genrescope_command, "folder", "--root", root)
    assert "warning: Rock and rock are counted as different genres" in shown
    assert rows_of(shown)["rock"] == ["2"]
    assert "2 files with the suffix .jpg, which is not sound (first: Jazz/back.jpg)" in shown
    assert answer(genrescope_command, "folder", "--root", root)["alike_genres"] == [["Rock", "rock"]]


def test_a_selection(genrescope_command: Command, tmp_path: Path) -> None:
    found = answer(genrescope_command, "folder", "--root", write_list(tmp_path), "--genres", "rock")
    assert found["counts"] == {"rock": {"test": 1}}
    assert found["passed_over"] == {"not_selected": 1}


def test_a_table(genrescope_command: Command, tmp_path: Path) -> None:
    shown = text(genrescope_command, "table", "--root", write_npz(tmp_path))
    assert "2 of 3 used; 1 passed over (1 no_file)" in shown


def test_the_quarantine_is_respected(genrescope_command: Command, tmp_path: Path) -> None:
    root = write_folder(tmp_path / "music")
    (root / ".genrescope").mkdir()
    entry = {"track_id": "rock/a", "reason": "damaged", "message": "cut off"}
    (root / ".genrescope" / "quarantine.json").write_text(json.dumps({"tracks": [entry]}))
    found = answer(genrescope_command, "folder", "--root", root)
    assert found["used"].startswith("2 of 4 used; 2 passed over (1 not_audio, 1 quarantined), see ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gtzn", "--root", "."), b"did you mean 'gtzan'?"),
        (("gtzan", "--root", "music"), b"none of its clips is in the folders of the genres"),
        (("gtzan", "--root", "nowhere"), b"nowhere: nothing of that name exists. Expected there: "),
        (("folder", "--root", "music", "--genres", "polka"), b"folder has no genre 'polka'; it has: Jazz, rock."),
    ],
)
def test_wrong_use(genrescope_command: Command, tmp_path: Path, arguments: tuple[str, ...], words: bytes) -> None:
    write_folder(tmp_path / "music")
    done = genrescope_command("data", "stats", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert b"Traceback" not in done.stderr


def test_gtzan_mini(genrescope_command: Command, shared_data: Path) -> None:
    found = answer(genrescope_command, "gtzan", "--root", shared_data / "gtzan_mini")
    assert found["used"] == "60 of 1,000 used; 940 passed over (940 no_file)"
    assert set(map(str, found["counts"].values())) == {"{'in no part': 6}"}
    assert found["declared_s"]["total"] == 1800

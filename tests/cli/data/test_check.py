"""``genrescope data check``: the real verb."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def music(tmp_path: Path, make_song: Callable[..., Path]) -> Path:
    """Return a folder of two genres with a broken file, a short one, and one song twice."""
    root = tmp_path / "music"
    for genre in ("jazz", "rock"):
        (root / genre).mkdir(parents=True)
    for seed in range(4):
        make_song(root / "rock" / f"song{seed}.wav", seed=seed)
    shutil.copy(root / "rock" / "song0.wav", root / "rock" / "twin.wav")
    make_song(root / "jazz" / "short.wav", seconds=1.2, seed=9)
    make_song(root / "jazz" / "cut here.wav", seed=10)
    (root / "jazz" / "broken.mp3").write_bytes(b"ID3\x03\0\0\0\0\0\0" + bytes(5000))
    return root


def test_for_people(genrescope_command: Command, music: Path) -> None:
    done = genrescope_command("data", "check", "folder", "--root", "music", "--workers", "2", "--no-near")
    said = done.stdout.decode()
    assert done.returncode == 1, done.stderr.decode()
    assert "folder: 7 files decoded, 0:37 of sound" in said
    for words in ("Cannot be decoded: 1 track", "Too short: 1 track", "jazz/short", "rock/song0, rock/twin"):
        assert words in said
    assert "5 of 8 used; 3 passed over (3 quarantined), see music/.genrescope/quarantine.json" in said
    assert "<table>" in (music / ".genrescope" / "check.html").read_text()


def test_json_is_one_object_and_a_second_run_hears_what_failed_alone(genrescope_command: Command, music: Path) -> None:
    arguments = ("data", "check", "folder", "--root", "music", "--json", "--html", "page.html")
    first = genrescope_command(*arguments)
    again = genrescope_command(*arguments)
    assert (first.returncode, again.returncode) == (1, 1)
    assert b"7 of 8 files were heard before" in again.stderr
    reports = [json.loads(done.stdout) for done in (first, again)]
    assert reports[0] == reports[1]
    kinds = {fault["kind"] for fault in reports[0]["faults"]}
    assert {"broken", "too_short", "duplicate"} <= kinds
    assert (music.parent / "page.html").exists()
    assert not (music / ".genrescope" / "check.html").exists()


def test_all_in_order_ends_with_0(genrescope_command: Command, music: Path) -> None:
    (music / "jazz" / "broken.mp3").unlink()
    done = genrescope_command("data", "check", "folder", "--root", "music", "--no-near")
    assert done.returncode == 0, done.stderr.decode()
    assert b"Cannot be decoded" not in done.stdout


def test_a_split_file_is_looked_through(genrescope_command: Command, music: Path) -> None:
    (music / "jazz" / "broken.mp3").unlink()
    made = genrescope_command("data", "split", "folder", "--root", "music", "--method", "kfold", "--folds", "5",
                              "--out", "folds.json", "--json")  # fmt: skip
    assert made.returncode == 0, made.stderr.decode()
    done = genrescope_command("data", "check", "folder", "--root", "music", "--split", "folds.json", "--json")
    found = json.loads(done.stdout)
    assert found["split"]["name"] == "folds.json"
    assert sum(found["split"]["parts"].values()) == 7


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gtzan", "--root", "music"), b"music: this cannot be opened as gtzan"),
        (("gtzam", "--root", "music"), b"did you mean 'gtzan'"),
        (("folder", "--root", "nowhere"), b"nothing of that name"),
        (("folder", "--root", "music", "--split", "music"), b"music: it cannot be read"),
        (("folder", "--root", "music", "--work", "music/jazz/short.wav"), b"--work DIR"),
        (("folder", "--root", "music", "--work", "notes", "--html", "music/jazz/short.wav/a.html"), b"--html FILE"),
    ],
    ids=["not gtzan", "unknown", "nowhere", "no split", "work is a file", "page in a file"],
)
def test_wrong_use(genrescope_command: Command, music: Path, arguments: tuple[str, ...], words: bytes) -> None:
    done = genrescope_command("data", "check", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert b"Traceback" not in done.stderr
    assert not (music / ".genrescope").exists()


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_interrupted_it_keeps_what_was_heard(music: Path, make_song: Callable[..., Path]) -> None:
    for seed in range(20, 60):
        make_song(music / "rock" / f"song{seed}.wav", seconds=15.0, seed=seed)
    run = [sys.executable, "-m", "genrescope.cli", "data", "check", "folder", "--root", str(music), "--workers", "1"]
    journal = music / ".genrescope" / "heard.jsonl"
    with subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while process.poll() is None and not (journal.exists() and journal.stat().st_size):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130, said.decode()
    assert b"the same command goes on" in said
    assert b"Traceback" not in said
    heard = [json.loads(line) for line in journal.read_text().splitlines()]
    assert 0 < len(heard) < 48

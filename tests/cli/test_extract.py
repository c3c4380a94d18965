"""`genrescope extract`, the real command on real files."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genrescope.cli.extract import parse_settings
from genrescope.errors import UsageError

pytest.importorskip("pyarrow", reason="pyarrow is in the extra 'train'")

Command = Callable[..., subprocess.CompletedProcess[bytes]]
MakeSong = Callable[..., Path]
EXTRACT = ("extract", "folder", "--root", "music", "--feature", "logmel", "--out", "store")


@pytest.fixture
def music(tmp_path: Path, make_song: MakeSong) -> Path:
    """Return a folder of two genres with two songs each."""
    for number, genre in enumerate(["blues", "blues", "rock", "rock"]):
        (tmp_path / "music" / genre).mkdir(parents=True, exist_ok=True)
        make_song(tmp_path / "music" / genre / f"{number}.wav", seconds=3, seed=number)
    return tmp_path / "music"


def test_a_store_is_made_and_brought_up_to_date(
    music: Path, tmp_path: Path, genrescope_command: Command, make_song: MakeSong
) -> None:
    first = genrescope_command(*EXTRACT, "--workers", "2")
    assert first.returncode == 0, first.stderr
    assert b"4 computed, 0 were there; 4 tracks in the store, fingerprint " in first.stdout
    assert b"folder: 4 of 4 used." in first.stderr
    make_song(music / "rock" / "new.wav", seconds=3, seed=9)
    again = genrescope_command(*EXTRACT, "--json")
    assert again.returncode == 0, again.stderr
    facts = json.loads(again.stdout)
    assert (facts["computed"], facts["kept"], facts["failed"]) == (1, 4, [])
    assert facts["manifest"]["feature"] == "logmel"
    from genrescope.features.store import FeatureStore

    store = FeatureStore.open(tmp_path / "store")
    assert store.content_fingerprint() == facts["fingerprint"]
    assert store.ids == ("blues/0", "blues/1", "rock/2", "rock/3", "rock/new")
    assert all(np.isfinite(store[index]).all() for index in range(5))


def test_a_file_that_fails_is_said_and_the_rest_are_there(music: Path, genrescope_command: Command) -> None:
    (music / "blues" / "0.wav").write_bytes(b"no sound at all, only words\n" * 20)
    done = genrescope_command(*EXTRACT, "--json", "--dtype", "float16")
    assert done.returncode == 1, done.stderr
    facts = json.loads(done.stdout)
    assert facts["computed"] == 3
    assert [(one["id"], one["error"]["kind"]) for one in facts["failed"]] == [("blues/0", "not_audio")]
    assert facts["manifest"]["loss"]["error_max"] > 0
    assert b"music/blues/0.wav: not_audio: " in done.stderr
    words = genrescope_command(*EXTRACT, "--dtype", "float16")
    assert words.returncode == 1
    assert b"0 computed, 3 were there, 1 failed; 3 tracks in the store" in words.stdout
    assert b"storing lost at most " in words.stdout


def test_settings_reach_the_feature(music: Path, genrescope_command: Command) -> None:
    done = genrescope_command(*EXTRACT, "--json", "--set", "n_mels=32")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["manifest"]["settings"]["n_mels"] == 32
    other = genrescope_command(*EXTRACT, "--set", "n_mels=33")
    assert other.returncode == 2
    assert b"n_mels is 32, asked for 33" in other.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "n_mels"], "a setting is written key=value"),
        (["--set", "n_melz=3"], "n_mels"),
        (["--feature", "logmell"], "logmel"),
        (["--dtype", "int4"], "float32, float16, uint8"),
        (["--root", "nowhere"], "nowhere"),
    ],
)
def test_wrong_use_is_said_before_anything_is_written(
    arguments: list[str], message: str, music: Path, genrescope_command: Command, made: Callable[[], list[str]]
) -> None:
    done = genrescope_command(*EXTRACT, *arguments)
    assert done.returncode == 2
    assert message in done.stderr.decode("utf-8")
    assert b"Traceback" not in done.stderr
    assert made() == ["music"]


def test_ctrl_c_keeps_what_is_done(
    music: Path, tmp_path: Path, command: list[str], environment: dict[str, str]
) -> None:
    n_songs = 600
    for number in range(4, n_songs):
        os.link(music / "rock" / "2.wav", music / "rock" / f"{number}.wav")
    process = subprocess.Popen(
        [*command, *EXTRACT, "--workers", "2", "--set", "n_fft=8192", "--set", "hop_samples=16"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=environment, start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    assert b"used." in process.stderr.readline()
    assert f" of {n_songs} files".encode() in process.stderr.readline()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert b"left; the same command goes on." in errors
    from genrescope.features.store import FeatureStore

    store = FeatureStore.open(tmp_path / "store")
    assert 1 <= len(store) < n_songs
    assert not store.finished


def test_settings_are_read_as_json_or_text() -> None:
    given = ["n_mels=64", "low_hz=0.5", "scale=htk", "center=false", "fixed=null", "shape=[128, 400]", "name=a=b"]
    wanted: dict[str, Any] = {"n_mels": 64, "low_hz": 0.5, "scale": "htk", "center": False, "fixed": None}
    assert parse_settings(given) == wanted | {"shape": (128, 400), "name": "a=b"}


@pytest.mark.parametrize("given", [["n_mels"], ["=3"], ["a b=3"], ["n_mels=3", "n_mels=4"]])
def test_a_setting_that_is_none_is_refused(given: list[str]) -> None:
    with pytest.raises(UsageError, match="--set"):
        parse_settings(given)


def test_the_help_names_every_feature(genrescope_command: Command) -> None:
    from genrescope.features.catalogue import FEATURES

    said = genrescope_command("extract", "--help").stdout.decode()
    assert [name for name in FEATURES if name not in said] == []

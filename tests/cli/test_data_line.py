"""Every verb says how much of a data set it uses, and where it says why the rest is passed over."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genrescope.cli import app
from genrescope.datasets.quarantine import Quarantined, make_work_folder, write_quarantine
from genrescope.recipes.tables import read_table
from tests.recipes._helper import write_table

pytest.importorskip("librosa", reason="librosa is in the extra 'explore'")


def said(*arguments: object) -> str:
    done = CliRunner().invoke(app, list(map(str, arguments)), env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.output


def quarantine(root: Path, *track_ids: str) -> str:
    """Write a quarantine, and return the words that must be said of it."""
    work = make_work_folder(root)
    entries = [Quarantined(track_id, "silent", "as planted") for track_id in track_ids]
    return f"{len(entries)} quarantined), see {write_quarantine(work, track_ids, entries)}"


def test_verbs_that_take_ready_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_table(tmp_path)
    words, data, run = quarantine(root, "t003", "t010"), ("--data", "table", "--root", root), tmp_path / "run"
    assert f"88 of 90 used; 2 passed over ({words}" in said("data", "stats", "table", "--root", root)
    assert words in said("data", "split", "table", "--root", root, "--method", "grouped")
    assert words in said("explore", "table", "--root", root, "--out", tmp_path / "page.html")
    assert words in said("train", "fma-baseline", *data, "--split", "official", "--out", run)
    assert words in said("evaluate", run, *data)
    assert words in said("evaluate", run, *data, "--inflation")
    few = lambda slug: replace(read_table(slug), classifiers=("LR",))  # noqa: E731 - the others take long
    monkeypatch.setattr("genrescope.recipes.reproduce.read_table", few)
    monkeypatch.setattr("genrescope.runtime.session.available_cores", lambda: None)  # in this process
    assert words in said("reproduce", "fma-baseline", *data, "--out", tmp_path / "out")


def test_verbs_that_hear(tmp_path: Path, make_song: Callable[..., Path]) -> None:
    for number, genre in enumerate(["blues", "blues", "rock", "rock"]):
        (tmp_path / "music" / genre).mkdir(parents=True, exist_ok=True)
        make_song(tmp_path / "music" / genre / f"{number}.wav", seed=number)
    root, page = tmp_path / "music", tmp_path / "page.html"
    words = quarantine(root, "rock/3")
    data = ("folder", "--root", root, "--workers", 1)
    assert words in said("extract", *data, "--feature", "logmel", "--out", tmp_path / "store")
    assert words in said("explore", *data, "--out", page)
    assert "Plots of sound are of 3 tracks" in page.read_text()

"""Answers for people."""

import os
from collections.abc import Callable

import pytest

from genrescope.cli._terminal import PeopleSink, clock, shorten
from genrescope.errors import AudioError
from genrescope.records import Prediction

Make = Callable[..., Prediction]
LABELS = ["blues", "classical", "hip-hop", "house", "jazz", "rock"]


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No colours, 90 columns."""
    monkeypatch.setenv("COLUMNS", "90")
    for name in ("FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


def test_one_song_is_a_picture(make_prediction: Make, capsys: pytest.CaptureFixture[str]) -> None:
    sink = PeopleSink(LABELS, 2, single=True)
    sink.write(make_prediction("music/my song.mp3"))
    sink.close()
    text = capsys.readouterr().out
    assert "my song.mp3 1:02 · voice in 25%" in text
    assert "rock  52%  ━" in text
    assert "jazz  28%  ━" in text
    assert "blues" not in text  # --top 2
    strip = next(line for line in text.splitlines() if "RRRJJJ" in line).strip()
    assert strip.count("R") == pytest.approx(2 * strip.count("J"), abs=2)
    assert len(strip) == 88
    assert "R rock   J jazz" in text
    assert "clipped: 5 %" in text
    assert "\x1b" not in text


def test_several_songs_are_a_table_that_grows(make_prediction: Make, capsys: pytest.CaptureFixture[str]) -> None:
    sink = PeopleSink(LABELS, 2, single=False)
    sink.write(make_prediction("one [live].mp3"))
    first = capsys.readouterr().out
    assert first.startswith("file ")
    assert "one [live].mp3" in first
    assert "rock 52%, jazz 28%" in first
    sink.write(make_prediction("two.mp3", timeline=False))
    sink.write(AudioError("damaged", "three.mp3", "only 0.3 s could be decoded."))
    second = capsys.readouterr().out
    assert "course" not in second
    assert "three.mp3: no answer" in second
    assert "damaged: only 0.3 s could be decoded." in second
    sink.close()
    assert capsys.readouterr().out.strip() == "J jazz   R rock"


def test_colours_where_they_are_forced(
    make_prediction: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    PeopleSink(LABELS, 2, single=True).write(make_prediction())
    assert "\x1b[30;48;2;213;94;0m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    PeopleSink(LABELS, 2, single=True).write(make_prediction())
    assert "48;2" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["two\nlines.mp3", "red\x1b[31m.mp3", os.fsdecode(b"caf\xe9.mp3")])
@pytest.mark.parametrize("single", [True, False])
def test_a_name_cannot_play_tricks(
    name: str, single: bool, make_prediction: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    sink = PeopleSink(LABELS, 1, single=single)
    sink.write(make_prediction(name))
    sink.write(AudioError("empty", name, "no bytes"))
    text = capsys.readouterr().out
    assert "\x1b" not in text
    text.encode("utf-8")
    assert "\\" in text


def test_clock() -> None:
    assert [clock(s) for s in (0, 59.99, 60, 3599, 3600, 36001)] == [
        "0:00",
        "0:59",
        "1:00",
        "59:59",
        "1:00:00",
        "10:00:01",
    ]


def test_shorten_keeps_the_end() -> None:
    assert shorten("music/album/song.mp3", 9) == "…song.mp3"
    assert shorten("song.mp3", 9) == "song.mp3"
    assert shorten("日本語日本語.mp3", 9) == "…本語.mp3"

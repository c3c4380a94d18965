"""``genrescope predict`` through the real command: what its contract promises."""

import csv
import io
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import genrescope

SCHEMA = Path(next(iter(genrescope.__path__))) / "schemas" / "prediction.schema.json"
Command = Callable[..., subprocess.CompletedProcess[bytes]]
MakeSong = Callable[..., Path]


def answers(result: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    """Read JSON lines from standard output; each follows the schema."""
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    found = [json.loads(line) for line in result.stdout.splitlines()]
    for line in found:
        validator.validate(line)
    return found


def clean(result: subprocess.CompletedProcess[bytes]) -> str:
    """Return standard error, which never holds a traceback."""
    text = result.stderr.decode("utf-8", "backslashreplace")
    assert "Traceback" not in text
    return text


# ---------------------------------------------------------------------------------------------------------- answers


def test_a_folder_with_good_broken_and_other_files(genrescope_command: Command, library: Path) -> None:
    result = genrescope_command("predict", "library", "library/notes.txt", "nowhere.mp3", "--json", "--workers", "2")
    found = answers(result)
    kinds = [(line["path"], line.get("error", {}).get("kind")) for line in found]
    assert kinds[0] == ("library/a good song.wav", None)
    assert kinds[1][0] == "library/broken.mp3"
    assert kinds[1][1] in {"not_audio", "damaged", "no_audio_stream"}
    assert kinds[2:] == [
        ("library/empty.flac", "empty"),
        ("library/no suffix", None),
        ("library/notes.txt", "not_audio"),
        ("nowhere.mp3", "not_found"),
    ]
    assert result.returncode == 1
    assert "3 files in folders skipped" in clean(result)


def test_a_song_alone(genrescope_command: Command, song: Path) -> None:
    result = genrescope_command("predict", "song.wav", "--json")
    (answer,) = answers(result)
    assert result.returncode == 0
    assert clean(result) == ""
    assert len(answer["genres"]) == 3
    confidences = [genre["confidence"] for genre in answer["genres"]]
    assert confidences == sorted(confidences, reverse=True)
    assert answer["duration_s"] == pytest.approx(6.0, abs=0.01)
    for row in answer["timeline"]["probabilities"]:
        assert sum(row) == pytest.approx(1, abs=0.01)


def test_more_genres_than_there_are(genrescope_command: Command, song: Path) -> None:
    (answer,) = answers(genrescope_command("predict", "song.wav", "--json", "--top", "1000"))
    labels = [genre["label"] for genre in answer["genres"]]
    assert sorted(labels) == sorted(answer["timeline"]["labels"])
    assert sum(genre["confidence"] for genre in answer["genres"]) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(("vocabulary", "label", "size"), [("gtzan", "hiphop", 10), ("fma", "Hip-Hop", None)])
def test_other_vocabularies(
    vocabulary: str, label: str, size: int | None, genrescope_command: Command, song: Path
) -> None:
    result = genrescope_command("predict", "song.wav", "--json", "--vocabulary", vocabulary, "--top", "99")
    (answer,) = answers(result)
    labels = {genre["label"] for genre in answer["genres"]}
    assert label in labels
    assert size in {None, len(labels)}
    assert answer["vocabulary"] == vocabulary


@pytest.mark.parametrize("option", ["--no-timeline", "--fast"])
def test_without_the_course(option: str, genrescope_command: Command, song: Path) -> None:
    (answer,) = answers(genrescope_command("predict", "song.wav", "--json", option))
    assert answer["timeline"] is None
    text = genrescope_command("predict", "song.wav", option).stdout.decode("utf-8")
    assert "0:00" not in text


def test_for_people(genrescope_command: Command, song: Path) -> None:
    (answer,) = answers(genrescope_command("predict", "song.wav", "--json"))
    text = genrescope_command("predict", "song.wav").stdout.decode("utf-8")
    assert "song.wav 0:06" in text
    for genre in answer["genres"]:
        assert genre["label"] in text
    assert "\x1b" not in text


def test_csv(genrescope_command: Command, library: Path) -> None:
    result = genrescope_command("predict", "library", "--csv", "--top", "2")
    rows = list(csv.DictReader(io.StringIO(result.stdout.decode("utf-8"))))
    assert [os.path.basename(row["path"]) for row in rows] == [
        "a good song.wav", "broken.mp3", "empty.flac", "no suffix",
    ]  # fmt: skip
    assert rows[0]["genre_2"]
    assert rows[2]["error_kind"] == "empty"
    assert "genre_3" not in rows[0]


def test_jams_into_a_folder(genrescope_command: Command, library: Path, tmp_path: Path) -> None:
    result = genrescope_command("predict", "library", "--jams", "--out", "notes")
    assert result.returncode == 1
    assert sorted(os.listdir(tmp_path / "notes")) == ["a good song.jams", "no suffix.jams"]
    assert "empty.flac: empty" in clean(result)


def test_plots(genrescope_command: Command, library: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is in the extra 'explore'")
    result = genrescope_command("predict", "library", "--plot", "course.png")
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["course-1.png", "course-4.png"]
    assert "drawn: course-4.png" in clean(result)
    genrescope_command("predict", "library/no suffix", "--plot", "one.svg")
    assert "no suffix" in (tmp_path / "one.svg").read_text(encoding="utf-8")


# ----------------------------------------------------------------------------------------------------------- inputs


def test_paths_on_standard_input_and_playlists(genrescope_command: Command, library: Path) -> None:
    (library / "list.m3u").write_text("no suffix\nhttps://radio.example/a.mp3\ngone.mp3\n", encoding="utf-8")
    result = genrescope_command(
        "predict", "-", "library/list.m3u", "--json", "--no-timeline", given=b"library/inner\nlibrary/notes.txt\n"
    )
    found = [(line["path"], line.get("error", {}).get("kind")) for line in answers(result)]
    assert found == [
        ("library/inner/deep.wav", None),
        ("library/notes.txt", "not_audio"),
        ("library/no suffix", None),
        ("https://radio.example/a.mp3", "unsupported"),
        ("library/gone.mp3", "not_found"),
    ]


def test_odd_names(genrescope_command: Command, make_song: MakeSong, tmp_path: Path) -> None:
    names = [b"with space.wav", b'it\'s "quoted".wav', b"two\nlines.wav", b"caf\xe9\xff.wav", b"-dash.wav", b"[x]*.wav"]
    for name in names:
        make_song(tmp_path / os.fsdecode(name), seconds=3.5)
    asked = [b"./" + name for name in names]
    for form in ("--json", "--csv", "--jams"):
        result = genrescope_command("predict", *asked, form, "--no-timeline")
        assert (result.returncode, clean(result)) == (0, "")
    piped = genrescope_command("predict", "-", "--json", "--no-timeline", given=b"\0".join(asked))
    assert [os.fsencode(line["path"]) for line in answers(piped)] == asked
    people = genrescope_command("predict", *asked)
    assert people.returncode == 0
    assert b"\\xe9" in people.stdout or b"\\udce9" in people.stdout
    assert "Traceback" not in clean(people)


def test_a_folder_without_audio(genrescope_command: Command, tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "a.txt").write_text("x", encoding="utf-8")
    result = genrescope_command("predict", "papers", "--json")
    assert (result.returncode, result.stdout) == (1, b"")
    assert "papers: there is no audio in this folder" in clean(result)


# ----------------------------------------------------------------------------------------------------- out and resume


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
def test_resume_does_only_what_is_missing(name: str, genrescope_command: Command, library: Path, song: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is in the extra 'explore'")
    first = genrescope_command("predict", "library", "--out", name)
    assert first.returncode == 1
    assert "2 answered, 2 failed, written to " + name in clean(first)
    (library / "empty.flac").unlink()
    song.rename(library / "empty.flac")  # what failed is tried again, and now it is a song
    again = genrescope_command("predict", "library", "--recursive", "--out", name, "--resume")
    assert "2 answered, 1 failed, 2 already there" in clean(again)
    last = genrescope_command("predict", "library", "--recursive", "--out", name, "--resume")
    assert "0 answered, 1 failed, 4 already there" in clean(last)


# -------------------------------------------------------------------------------------------------------- wrong use


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "genrescope predict song.mp3"),
        (["predict"], "genrescope predict song.mp3"),
        (["song.wav"], "try:  genrescope predict song.wav"),
        (["predct", "song.wav"], "predict"),
        (["predict", "song.wav", "--json", "--csv"], "--json and --csv"),
        (["predict", "song.wav", "--out", "a.xlsx"], ".parquet"),
        (["predict", "song.wav", "--json", "--out", "a.csv"], "disagree"),
        (["predict", "song.wav", "--vocabulary", "gtzn"], "gtzan"),
        (["predict", "song.wav", "--model", "bundle"], "bundled"),
        (["predict", "song.wav", "--model", "song.wav"], "song.wav"),
        (["predict", "song.wav", "--resume"], "--out"),
        (["predict", "song.wav", "--top", "0"], "--top"),
        (["predict", "song.wav", "--workers", "0"], "--workers"),
        (["predict", "song.wav", "--plot", "a.gif"], ".svg"),
        (["predict", "song.wav", "--plot", "a.png", "--fast"], "--fast"),
        (["predict", "song.wav", "--jsn"], "--json"),
    ],
)
def test_wrong_use_ends_with_2_and_words(
    arguments: list[str], words: str, genrescope_command: Command, song: Path, made: Callable[[], list[str]]
) -> None:
    result = genrescope_command(*arguments)
    assert result.returncode == 2
    assert words in clean(result) + result.stdout.decode("utf-8")
    assert made() == ["song.wav"]


def test_wrong_use_leaves_old_answers_alone(genrescope_command: Command, song: Path, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("precious\n", encoding="utf-8")
    for wrong in (["--model", "nobody"], ["--vocabulary", "nothing"], ["--resume"]):
        assert genrescope_command("predict", "song.wav", "--out", "out.csv", *wrong).returncode == 2
        assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "precious\n"


def test_help_imports_nothing_heavy(command: list[str], environment: dict[str, str]) -> None:
    trace = subprocess.run(
        [command[0], "-X", "importtime", *command[1:], "predict", "--help"],
        capture_output=True, env=environment, check=True, timeout=60,
    )  # fmt: skip
    assert b"--vocabulary" in trace.stdout
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in trace.stderr.decode("utf-8").splitlines()}
    assert "typer" in loaded
    assert not loaded & {"numpy", "onnxruntime", "av", "soundfile", "soxr", "matplotlib", "pyarrow", "pebble", "torch"}

"""``genrescope models``."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[bytes]]


def test_list_names_the_bundled_model(genrescope_command: Command) -> None:
    result = genrescope_command("models", "list", "--json")
    assert result.returncode == 0
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert "bundled" in [model["name"] for model in found]
    text = genrescope_command("models", "list").stdout.decode("utf-8")
    assert "bundled" in text


def test_show_prints_the_card(genrescope_command: Command) -> None:
    card = json.loads(genrescope_command("models", "show", "bundled", "--json").stdout)
    text = genrescope_command("models", "show", "bundled").stdout.decode("utf-8")
    for label in card["labels"]:
        assert label in text
    assert card["licence"] in text
    assert f"{card['sample_rate_hz']} Hz" in text


def test_show_of_a_file_that_is_no_model(genrescope_command: Command, song: Path) -> None:
    result = genrescope_command("models", "show", "song.wav")
    assert result.returncode == 2
    assert b"song.wav" in result.stderr
    assert b"Traceback" not in result.stderr


def test_unknown_names_say_what_there_is(genrescope_command: Command) -> None:
    for arguments, words in ((["get", "vggish"], b"yamnet"), (["show", "bundle"], b"bundled"), ([], b"list")):
        result = genrescope_command("models", *arguments)
        assert result.returncode == 2
        assert words in result.stderr + result.stdout
        assert b"Traceback" not in result.stderr


def test_get_from_a_wrong_file(genrescope_command: Command, song: Path) -> None:
    result = genrescope_command("models", "get", "yamnet", "--from", "song.wav")
    assert result.returncode == 2
    assert b"Traceback" not in result.stderr

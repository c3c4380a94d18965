"""A recipe's file and its changes: every value is of its key's kind, and what is not is said."""

from pathlib import Path

import pytest

from genrescope.errors import UsageError
from genrescope.recipes._base import changed, read_recipe
from genrescope.recipes._run_folder import write_recipe
from genrescope.training.fit_settings import fit_settings

HEAD = {"kind": "network", "report": "ours", "line": "a line", "input": "logmel", "model": "fma-cnn"}


def written(folder: Path, more: str, without: str = "") -> Path:
    said = "".join(f'{key} = "{value}"\n' for key, value in HEAD.items() if key != without)
    (folder / "own.toml").write_text(said + more)
    return folder / "own.toml"


@pytest.mark.parametrize(
    ("key", "more", "words"),
    [
        ("input", "input = 3", 'input is text in quotes, such as  input = "..."; got 3'),
        ("model", "model = [1]", "model is text in quotes, .* got \\[1\\]"),
        ("line", "line = true", "line is text in quotes, .* got True"),
        ("kind", "kind = 1", "kind is text in quotes, .* got 1"),
        ("", "split = 3", "split is text in quotes, .* got 3"),
        ("", "note = 1979-05-27", "note is text in quotes"),
        ("", "genres = 5", "genres is a list of names, .* got 5"),
        ("", 'genres = "jazz"', 'genres is a list of names, such as \\["Jazz", "Rock"\\]; got \'jazz\''),
        ("", 'genres = ["Jazz", 2]', "genres is a list of names"),
        ("", "training = 3", "training is a table; got 3"),
        ("", "[input]", "input is no table"),
        ("", "[reported]\ntest_f1 = [1]", "reported.test_f1 is a number or text; got \\[1\\]"),
    ],
)
def test_what_a_file_says_is_of_its_keys_kind(key: str, more: str, words: str, tmp_path: Path) -> None:
    path = written(tmp_path, more, without="input" if more == "[input]" else key)
    with pytest.raises(UsageError, match=words) as refused:
        read_recipe(path)
    assert str(path) in str(refused.value)


def test_a_setting_that_is_text_takes_a_number_as_text(tmp_path: Path) -> None:
    from_file = read_recipe(written(tmp_path, "[training]\nprecision = 32\nstart = 5\nepochs = 3\n"))
    from_words = changed(read_recipe("fma-cnn"), ["training.precision=32", "training.start=007", "training.epochs=3"])
    for found, start in ((from_file, "5"), (from_words, "007")):
        settings = fit_settings(found.training)
        assert (settings.precision, settings.start, settings.epochs) == ("32", start, 3)
    assert changed(from_words, ["training.start=1e3"]).training["start"] == "1e3"
    assert changed(from_words, ['training.precision="32"']).training["precision"] == "32"
    with pytest.raises(UsageError, match="precision is 'auto' or '32' or 'bf16'; got 16"):
        fit_settings(changed(from_words, ["training.precision=16"]).training)
    with pytest.raises(UsageError, match="epochs is a whole number; got 'three'"):
        fit_settings(changed(from_words, ["training.epochs=three"]).training)


@pytest.mark.parametrize("text", ["5", "true", "1979-05-27", "[1]", "logmel"])
def test_a_key_that_is_text_takes_any_value_as_text(text: str) -> None:
    for key in ("input", "model", "split"):
        assert getattr(changed(read_recipe("fma-cnn"), [f"{key}={text}"]), key) == text
    assert changed(read_recipe("fma-cnn"), ['input="logmel"']).input == "logmel"


@pytest.mark.parametrize(
    ("text", "genres"),
    [
        ("Jazz,Rock", ("Jazz", "Rock")),
        ("Jazz, Rock", ("Jazz", "Rock")),
        ("5", ("5",)),
        ("", ()),
        ('["Jazz", "A, B"]', ("Jazz", "A, B")),
    ],
)
def test_genres_are_names_with_commas_or_a_list(text: str, genres: tuple[str, ...], tmp_path: Path) -> None:
    found = changed(read_recipe("fma-cnn"), [f"genres={text}"])
    assert found.genres == genres
    write_recipe(found, tmp_path)
    assert read_recipe(tmp_path / "recipe.toml").genres == genres


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("genres=[1, 2]", "--set: genres is a list of names"),
        ("reported.test_f1=[1]", "--set: reported.test_f1 is a number or text"),
        ("input.=3", "--set knows no 'input.'"),
        ("inputs=logmel", "did you mean input"),
        ("training", "--set takes KEY=VALUE"),
    ],
)
def test_a_change_that_cannot_be_is_said(change: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        changed(read_recipe("fma-cnn"), [change])

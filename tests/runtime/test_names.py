"""Where models are found, and what is said where they are not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from genrescope.errors import ModelError
from genrescope.runtime.names import find_model, list_models, models_folder

Write = Callable[..., Path]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_model: Write) -> Path:
    """Return a models folder with one good model and one broken file."""
    folder = tmp_path / "models"
    folder.mkdir()
    write_model().rename(folder / "mine.onnx")
    (folder / "broken.onnx").write_bytes(b"no graph")
    monkeypatch.setenv("GENRESCOPE_MODELS", str(folder))
    return folder


def test_the_bundled_model_is_there() -> None:
    (path,) = find_model("bundled")
    assert path.stat().st_size < 10e6


def test_the_folder_is_the_users_own() -> None:
    assert models_folder().parts[-2:] == ("genrescope", "models")


def test_names_and_paths(installed: Path) -> None:
    mine = installed / "mine.onnx"
    assert find_model("mine") == find_model(str(mine)) == find_model(mine) == (mine,)
    assert find_model("bundled+mine") == (*find_model("bundled"), mine)
    assert find_model(f"bundled + {mine}") == (*find_model("bundled"), mine)


def test_a_plus_in_a_files_name_does_not_make_it_two(installed: Path) -> None:
    odd = (installed / "mine.onnx").rename(installed / "rock+roll.onnx")
    assert find_model(str(odd)) == (odd,)


def test_a_name_stays_one_beside_a_file_of_that_name(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(installed)
    (installed / "mine").write_text("something else")
    assert find_model("mine") == (installed / "mine.onnx",)


def test_an_unknown_name_gets_the_known_ones(installed: Path) -> None:
    with pytest.raises(ModelError, match="bundled, broken, mine"):
        find_model("yours")


def test_list_tells_what_is_wrong_with_a_file(installed: Path) -> None:
    entries = {entry["name"]: entry for entry in list_models()}
    assert list(entries) == ["bundled", "broken", "mine"]
    assert entries["mine"] == {
        "name": "mine",
        "where": str(installed / "mine.onnx"),
        "genres": 3,
        "licence": "Apache-2.0",
        "problem": None,
    }
    assert "not a whole ONNX file" in str(entries["broken"]["problem"])
    assert entries["broken"]["genres"] is None

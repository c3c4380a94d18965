import json
from dataclasses import replace
from pathlib import Path

import pytest
from pyarrow import parquet

from genrescope.recipes.reproduce import Reproduced, Settings, reproduce
from genrescope.recipes.results import best, caption, markdown, table_text, to_dict, write_results
from genrescope.recipes.tables import read_table
from tests.recipes._helper import asked_of, open_numbers


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Reproduced:
    folder = tmp_path_factory.mktemp("numbers")
    with pytest.MonkeyPatch.context() as patch:
        few = lambda slug: replace(read_table(slug), classifiers=("LR", "kNN", "SVCrbf"))  # noqa: E731 - quick ones
        patch.setattr("genrescope.recipes.reproduce.read_table", few)
        asked = asked_of(open_numbers(folder, broken=(2, 3)), folder / "work")
        return reproduce("feature-table", asked, Settings(folder / "out"))[0]


def test_four_files_say_the_same(found: Reproduced, tmp_path: Path) -> None:
    paths = write_results([found], tmp_path / "new")
    assert [path.suffix for path in paths] == [".json", ".md", ".html", ".parquet"]
    said = json.loads(paths[0].read_text())
    assert said == json.loads(json.dumps(to_dict(found)))
    rows = parquet.read_table(paths[3]).to_pylist()
    cells = {(row["name"], name): cell for row in said["rows"] for name, cell in row.get("cells", {}).items()}
    assert {(row["row"], row["classifier"]): row["accuracy"] for row in rows} == {
        place: cell["accuracy"] for place, cell in cells.items()
    }
    mfcc = next(row for row in said["rows"] if row["name"] == "mfcc")
    accuracy = f"{mfcc['cells']['LR']['accuracy']:.3f}"
    assert accuracy in paths[1].read_text()
    assert accuracy in paths[2].read_text()
    assert mfcc["missing"].keys() == {"t002", "t003"}
    assert not list((tmp_path / "new").glob(".*"))


def test_the_caption_says_on_what(found: Reproduced) -> None:
    words = " ".join(caption(found))
    for fact in (found.data_fingerprint, found.split_fingerprint, "Chance is 0.333", "60 training", "FMA-small"):
        assert fact in words


def test_the_best_are_marked(found: Reproduced) -> None:
    of_row, of_column = best(found)
    row = next(row for row in found.rows if row.row.name == "mfcc")
    scores = {name: cell.score.accuracy for name, cell in row.cells.items() if cell.score is not None}
    assert {name for place, name in of_row if place == "mfcc"} == {
        n for n in scores if scores[n] == max(scores.values())
    }
    assert {name for _, name in of_column} == {"LR", "SVCrbf"}
    assert "**" in markdown(found)
    assert "†" in markdown(found)


def test_what_has_no_figure_says_why(found: Reproduced) -> None:
    text = markdown(found)
    assert "- mfcc, kNN: it asks 200 neighbours, and there are 59 training tracks" in text
    assert "- mfcc/contrast: the data has no columns of spectral_contrast" in text
    assert "- mfcc: 2, first t002: some of its numbers are missing" in text


def test_the_page_needs_nothing_else_and_keeps_text_text(found: Reproduced, tmp_path: Path) -> None:
    strange = replace(found, data="<script>alert(1)</script>")
    page = write_results([strange], tmp_path)[2].read_text()
    assert "<script" not in page
    assert "http" not in page
    assert page.count("<td") > 30


def test_a_bar_in_a_cell_is_kept_apart() -> None:
    assert table_text([["a|b"], ["c\nd"]]) == "| a\\|b |\n| --- |\n| c d |"

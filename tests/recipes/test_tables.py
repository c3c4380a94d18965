from pathlib import Path

import pytest

from genrescope.errors import UsageError
from genrescope.models.classic import CLASSIFIERS, FMA_THIRTEEN
from genrescope.recipes._base import read_recipe
from genrescope.recipes.tables import read_table, table_names

SLUGS = {"feature-table", "embedding-table", "fma-mfcc-nets", "fma-small-nets", "gtzan-transfer", "genre-over-time"}


def test_every_report_has_its_table() -> None:
    assert {*SLUGS, "vggish-transfer", "fma-baseline"} <= set(table_names())


@pytest.mark.parametrize("slug", table_names())
def test_a_table_names_only_what_there_is(slug: str) -> None:
    table = read_table(slug)
    assert set(table.classifiers) <= set(CLASSIFIERS)
    assert set(table.tables) <= set(table_names())
    assert table.rows or table.recipes or table.tables
    assert all(read_recipe(name).name == name for name in table.recipes)
    assert all(0 < figure < 1 for row in table.rows for figure in row.reported.values())


def test_the_feature_table_is_the_reports() -> None:
    table = read_table("feature-table")
    assert (len(table.rows), table.classifiers) == (18, FMA_THIRTEEN)
    assert all(len(row.reported) == 13 for row in table.rows)
    sizes = {row.columns[0]: row.dimension or 0 for row in table.rows if len(row.columns) == 1}
    assert sum(sizes.values()) == 518
    for row in table.rows:
        assert row.dimension == sum(sizes[name] for name in row.columns or sizes)
    best = max((figure, row.name, name) for row in table.rows for name, figure in row.reported.items())
    assert best == (0.49, "mfcc/contrast/centroid", "SVCrbf")


def test_the_embedding_table_is_the_reports() -> None:
    table = read_table("embedding-table")
    best = max((figure, row.name, name) for row in table.rows for name, figure in row.reported.items())
    assert best == (0.5675, "embedding + PCA 128", "SVCrbf")
    baseline = next(row for row in table.rows if row.name == "MFCC")
    mfcc = next(row for row in read_table("feature-table").rows if row.name == "mfcc")
    assert baseline.reported == mfcc.reported


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("titel = 'a'", "has no 'titel': did you mean title"),
        ("title = 'a'", "says its line"),
        ("title = ", "cannot be read"),
        ("[[rows]]\nname = 'a'\nimput = 'b'", "has no 'imput'"),
    ],
)
def test_what_no_table_says_is_refused(tmp_path: Path, text: str, words: str) -> None:
    needed = "line = 'l'\nreport = 'r'\nsplit = 'official'\nreported_on = 'x'\ntitle = 't'\n"
    path = tmp_path / "made.toml"
    path.write_text((needed if text.startswith("[[") else "") + text, encoding="utf-8")
    with pytest.raises(UsageError, match=words):
        read_table("made", tmp_path)


def test_rows_are_checked(tmp_path: Path) -> None:
    needed = "line = 'l'\nreport = 'r'\nsplit = 'official'\nreported_on = 'x'\ntitle = 't'\nclassifiers = ['LR']\n"
    path = tmp_path / "made.toml"
    for row, words in (
        ("name = 'a'\ninput = 'b'\npooling = 'sum'", "pooling is one of"),
        ("name = 'a'\ninput = 'b'\nreported = [0.1, 0.2]", "2 figures"),
        ("name = 'a'", "its input"),
    ):
        path.write_text(f"{needed}[[rows]]\n{row}\n", encoding="utf-8")
        with pytest.raises(UsageError, match=words):
            read_table("made", tmp_path)


def test_an_unknown_slug_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean feature-table"):
        read_table("features-table")

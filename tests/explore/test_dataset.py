"""The page of a data set."""

from pathlib import Path

import numpy as np
import pytest

from genrescope.datasets._base import Dataset, Selection, TableOptions
from genrescope.datasets.catalogue import open_dataset
from genrescope.errors import UsageError
from genrescope.explore import _count_plots, _measure
from genrescope.explore.dataset import dataset_page
from genrescope.explore.page import render
from genrescope.records import Track


def slugs(dataset: Dataset) -> list[str]:
    return [plot.slug for section in dataset_page(dataset).sections for plot in section.plots]


def test_a_folder(songs: Path) -> None:
    page = dataset_page(open_dataset("folder", songs))
    found = [plot.slug for section in page.sections for plot in section.plots]
    assert found == [
        "counts",
        "durations",
        "rates",
        "mel-grid",
        "distributions",
        "correlation",
        "correlation-groups",
        "pairs",
        "map",
    ]
    assert "1 could not be heard" in page.lead
    assert "Pearson r" in render(page)


def test_the_sample_is_even_and_repeats(songs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_measure, "MAX_HEARD", 4)
    data = open_dataset("folder", songs)
    first, again = (_measure.sample(data, seed=3) for _ in range(2))
    assert first == again
    assert sorted(track.genre or "" for track in first) == ["high", "high", "low", "low"]


def test_several_genres_a_track_and_a_tree(songs: Path) -> None:
    data = open_dataset("folder", songs)
    both = tuple(Track(f"t{n}", None, "low", ("low", "high") if n else ("low",)) for n in range(3))
    several = Dataset(data.facts, songs, both)
    assert [plot.slug for plot in _count_plots.several(several)] == ["label-counts", "co-occurrence"]
    assert _count_plots.several(data) == []
    assert _count_plots.tree(data) == ""


def test_nothing_that_can_be_heard(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.mp3").write_bytes(b"nothing")
    with pytest.raises(UsageError, match="data check"):
        dataset_page(open_dataset("folder", tmp_path))


def test_a_table_of_ready_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [f"t{n},{'ab'[n % 2]},{','.join(f'{x:.4f}' for x in rng.normal(size=4))}" for n in range(40)]
    (tmp_path / "table.csv").write_text("id,genre,w,x,y,z\n" + "\n".join(rows) + "\n")
    data = open_dataset("table", tmp_path / "table.csv", Selection(table=TableOptions(kind="statistics")))
    assert slugs(data) == ["counts", "distributions", "correlation", "pairs", "map"]

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrescope.datasets._base import Dataset
from genrescope.errors import UsageError
from genrescope.recipes._base import read_recipe
from genrescope.recipes.inflation import inflation, inflation_lines, inflations, pairs_of
from genrescope.recipes.sources import Asked
from tests.recipes._helper import GENRES, asked_of, open_numbers, write_table


def by_artists(folder: Path) -> Dataset:
    """Return tracks whose numbers tell the artist and hardly the genre: a random split knows the artists again."""
    rng = np.random.default_rng(0)
    root = write_table(folder, 480)
    lines = (folder / "numbers.csv").read_text().splitlines()
    artists = rng.standard_normal((80, 10)) * 3
    rows = [lines[0]]
    for place, line in enumerate(lines[1:]):
        track_id, _, part = line.split(",")[:3]
        numbers = artists[place % 80] + rng.standard_normal(10) * 0.3
        rows.append(",".join([track_id, GENRES[place % 80 % 3], part, *(f"{x:.4f}" for x in numbers)]))
    (folder / "numbers.csv").write_text("\n".join(rows))
    from genrescope.datasets.catalogue import open_dataset

    dataset = open_dataset("table", root)
    tracks = tuple(replace(track, artist=f"artist {place % 80}") for place, track in enumerate(dataset.tracks))
    return replace(dataset, tracks=tracks)


def test_knowing_artists_again_is_seen(tmp_path: Path) -> None:
    dataset = by_artists(tmp_path)
    pairs = pairs_of(dataset)
    assert [pair.fair.method for pair in pairs] == ["grouped"] * 3
    asked = Asked(dataset, pairs[0].fair, tmp_path / "work")
    found = inflation(replace(read_recipe("fma-baseline"), model="SVCrbf"), asked, pairs, tmp_path / "out")
    assert found.random is not None
    assert found.fair is not None
    assert found.random.accuracy > 0.9
    assert found.fair.accuracy < 0.6
    assert 0.1 < found.low < found.difference < found.high <= 1
    assert found.difference == pytest.approx(found.random.accuracy - found.fair.accuracy)
    assert found.to_dict()["inflation"] == found.difference


def test_without_artists_there_is_none(tmp_path: Path) -> None:
    dataset = open_numbers(tmp_path)
    asked = asked_of(dataset, tmp_path / "work")
    found = inflations(read_recipe("fma-baseline"), ["LR", "kNN"], asked, pairs_of(dataset), tmp_path / "out")
    assert found[0].low < 0 < found[0].high
    assert "200 neighbours" in found[1].why
    lines = inflation_lines(found)
    assert [line[0] for line in lines] == ["model", "LR", "kNN"]
    assert "neighbours" in lines[2][-1]


def test_networks_and_no_pairs_are_refused(tmp_path: Path) -> None:
    dataset = open_numbers(tmp_path)
    asked = asked_of(dataset, tmp_path / "work")
    with pytest.raises(UsageError, match="network"):
        inflation(read_recipe("fma-cnn"), asked, pairs_of(dataset), tmp_path)
    with pytest.raises(UsageError, match="no pair"):
        inflation(read_recipe("fma-baseline"), asked, [], tmp_path)

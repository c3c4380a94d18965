from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrescope.datasets._base import Dataset
from genrescope.errors import UsageError
from genrescope.recipes._base import read_recipe
from genrescope.recipes.inflation import inflation_lines, inflation_of, inflations, pairs_of
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
    found = inflations(read_recipe("fma-baseline"), ["SVCrbf"], asked, pairs, tmp_path / "out")[0]
    assert found.random is not None
    assert found.fair is not None
    assert found.random.accuracy > 0.9
    assert found.fair.accuracy < 0.6
    assert 0.1 < found.low < found.difference < found.high <= 1
    assert found.difference == pytest.approx(found.random.accuracy - found.fair.accuracy)
    assert found.to_dict()["inflation"] == found.difference


def test_without_artists_there_is_none(tmp_path: Path) -> None:
    dataset = open_numbers(tmp_path)
    pairs = pairs_of(dataset)
    assert {pair.fair.name for pair in pairs} == {"official"}
    assert [len(ids) for ids in pairs[0].random.parts.values()] == [60, 30]
    assert len({pair.random.fingerprint for pair in pairs}) == 3
    asked = asked_of(dataset, tmp_path / "work")
    found = inflations(read_recipe("fma-baseline"), ["LR", "kNN"], asked, pairs_of(dataset), tmp_path / "out")
    assert found[0].low <= 0 <= found[0].high
    assert "200 neighbours" in found[1].why
    lines = inflation_lines(found)
    assert [line[0] for line in lines] == ["model", "LR", "kNN"]
    assert "neighbours" in lines[2][-1]


def test_networks_and_no_pairs_are_refused(tmp_path: Path) -> None:
    dataset = open_numbers(tmp_path)
    asked = asked_of(dataset, tmp_path / "work")
    with pytest.raises(UsageError, match="network"):
        inflations(read_recipe("fma-cnn"), [], asked, pairs_of(dataset), tmp_path)
    with pytest.raises(UsageError, match="no pair"):
        inflations(read_recipe("fma-baseline"), ["LR"], asked, [], tmp_path)


def test_nothing_by_which_a_split_would_be_fair(tmp_path: Path) -> None:
    dataset = open_numbers(tmp_path)
    strangers = replace(dataset, tracks=tuple(replace(track, part=None) for track in dataset.tracks))
    with pytest.raises(UsageError, match="every split is a random one"):
        pairs_of(strangers)


def test_a_recipe_is_trained_with_its_own_settings_and_broken_rows_are_left_out(tmp_path: Path) -> None:
    root = write_table(tmp_path, 180, broken=(2, 4))
    one = replace(read_recipe("kNN"), model_settings={"n_neighbors": 3, "pca": 4})
    told: list[str] = []
    found = inflation_of(one, "table", root, None, tmp_path / "out", on_step=told.append)
    assert found.model == "kNN"
    assert (found.why, found.fair_is) == ("", "as the data set has it; artists are not known here")
    assert found.low <= found.difference <= found.high
    assert len(told) == 3
    with pytest.raises(UsageError, match="200 neighbours"):
        inflation_of(read_recipe("kNN"), "table", root, None, tmp_path / "other")

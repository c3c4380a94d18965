import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.recipes.sources import quick_source, rows_of, source_of
from genrescope.recipes.tables import read_table
from tests.recipes._helper import asked_of, open_numbers


def test_columns_are_found_by_their_group(tmp_path: Path) -> None:
    source = source_of("fma518", "all", asked_of(open_numbers(tmp_path), tmp_path / "work"))
    assert source.groups == ("mfcc",) * 6 + ("zcr", "zcr", "tempo", "silence")
    assert (len(source.training), len(source.test)) == (60, 30)
    assert source.missing == {}


def test_rows_that_lack_a_number_are_left_out_and_listed(tmp_path: Path) -> None:
    source = source_of("fma518", "all", asked_of(open_numbers(tmp_path, broken=(2, 3)), tmp_path / "work"))
    assert sorted(source.missing) == ["t002", "t003"]
    assert (len(source.training), len(source.test)) == (59, 29)
    assert np.isfinite(source.material.training).all()


def test_rows_that_the_data_lacks_say_so_and_its_own_groups_follow(tmp_path: Path) -> None:
    ready = {
        one.row.name: one for one in rows_of(read_table("feature-table"), asked_of(open_numbers(tmp_path), tmp_path))
    }
    assert "spectral_contrast" in ready["mfcc/contrast"].why
    assert ready["mfcc"].grid is not None
    assert ready["mfcc"].grid.columns == tuple(range(6))
    assert ready["all_non-echonest"].grid is not None
    assert ready["all_non-echonest"].grid.dimension == 10
    assert {"tempo", "silence"} <= set(ready)
    assert ready["zcr"].row.reported


def test_statistics_have_no_embedding(tmp_path: Path) -> None:
    ready = rows_of(read_table("embedding-table"), asked_of(open_numbers(tmp_path), tmp_path))
    assert "no embedding" in ready[0].why
    assert ready[2].grid is not None


def test_the_fingerprint_changes_with_a_number(tmp_path: Path) -> None:
    first = source_of("fma518", "all", asked_of(open_numbers(tmp_path / "a"), tmp_path))
    path = tmp_path / "a" / "numbers.csv"
    path.write_text(re.sub(r"(blues,training,-?\d+\.)", r"\g<1>9", path.read_text(), count=1))
    assert source_of("fma518", "all", asked_of(open_numbers(tmp_path / "b"), tmp_path)).fingerprint == first.fingerprint
    dataset = open_numbers(tmp_path / "b")
    changed = replace(dataset, features=path)
    assert source_of("fma518", "all", asked_of(changed, tmp_path)).fingerprint != first.fingerprint


def test_a_quick_look_keeps_the_shares_of_the_genres(tmp_path: Path) -> None:
    source = source_of("fma518", "all", asked_of(open_numbers(tmp_path), tmp_path))
    small = quick_source(source, 30)
    assert len(small.training) == 30
    assert np.bincount(small.training.targets).tolist() == [10, 10, 10]
    assert len(small.test) == len(source.test)
    assert quick_source(source, 1000) is source


def test_an_empty_part_is_said(tmp_path: Path) -> None:
    dataset = open_numbers(tmp_path, broken=tuple(place for place in range(90) if place % 9 in {2, 4, 6}))
    with pytest.raises(UsageError, match="part 'test' has numbers"):
        source_of("fma518", "all", asked_of(dataset, tmp_path))


def test_embeddings_and_mfccs_of_one_file(tmp_path: Path, shared_data: Path) -> None:
    from genrescope.datasets.catalogue import open_dataset

    gtzan = shared_data / "gtzan"
    lines = [f'file = "{gtzan / "convnet_embeddings.npz"}"', 'kind = "embedding"', 'array = "embedding"']
    lines += [f'labels = "{gtzan / "splits.csv"}"', 'label_column = "genre"', 'part_column = "filtered"']
    root = tmp_path / "gtzan.toml"
    root.write_text("\n".join(lines), encoding="utf-8")
    ready = rows_of(read_table("embedding-table"), asked_of(open_dataset("table", root), tmp_path))
    assert [one.grid.dimension if one.grid else None for one in ready] == [160, 128, 120, None]
    assert "one vector a track" in ready[3].why
    assert ready[0].source is not None
    assert (len(ready[0].source.training), len(ready[0].source.test)) == (443, 290)

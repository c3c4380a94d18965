"""The table of genres: every other name in it exists, and every genre of the data sets can be reached."""

import csv
from pathlib import Path

import pytest

from genrescope.pretrained.musicnn import MSD_TAGS
from genrescope.runtime.model import load_model
from genrescope.vocabulary import FMA, GENRES, GTZAN, LABELS, membership, vocabulary_maps


def test_twenty_to_thirty_genres() -> None:
    assert 20 <= len(LABELS) == len(set(LABELS)) <= 30
    assert len(GTZAN) == 10
    assert len(FMA) == 16


def test_every_genre_has_a_teacher() -> None:
    assert all(genre.msd_tags or genre.audioset for genre in GENRES)


def test_tags_of_the_million_song_dataset_exist() -> None:
    assert membership(MSD_TAGS, "msd_tags").sum() == sum(len(genre.msd_tags) for genre in GENRES)


def test_classes_of_audioset_exist(shared_data: Path) -> None:
    path = shared_data / "pretrained" / "yamnet_class_map.csv"
    if not path.is_file():
        pytest.skip(f"YAMNet's class map is not there: {path}")
    with path.open(newline="") as file:
        names = [row["display_name"] for row in csv.DictReader(file)]
    assert membership(names, "audioset").sum() == sum(len(genre.audioset) for genre in GENRES)


def test_shares_are_whole_or_none() -> None:
    for genre in GENRES:
        for shares in (genre.gtzan, genre.fma):
            assert not shares or sum(share for _, share in shares) == pytest.approx(1)


def test_every_genre_of_the_data_sets_can_be_reached() -> None:
    for name, unreachable in (("gtzan", set()), ("fma", {"Spoken"})):
        target = vocabulary_maps()[name]
        reached = {label for row in target.weights for label, share in zip(target.labels, row, strict=True) if share}
        assert set(target.labels) - reached == unreachable


def test_the_bundled_model_carries_this_table() -> None:
    card = load_model().card
    assert card.labels == LABELS
    assert card.vocabularies == vocabulary_maps()

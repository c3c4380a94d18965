import math
from pathlib import Path

import pytest

import accuracy
from _clips import KnownClip
from genrescope.records import GenreScore, Prediction


def judged(genre: str, **confidences: float) -> accuracy.Judged:
    ordered = sorted(confidences.items(), key=lambda pair: -pair[1])
    genres = tuple(GenreScore(label, confidence) for label, confidence in ordered)
    answer = Prediction("song.ogg", 30.0, "model", "gtzan", genres, unsure=False)
    return accuracy.Judged(KnownClip(Path("song.ogg"), "gtzan", genre, 0), answer)


def test_rank_log_loss_and_confusion() -> None:
    found = [judged("blues", blues=0.5, jazz=0.3, rock=0.2), judged("rock", blues=0.5, jazz=0.3, rock=0.2)]
    assert [one.rank for one in found] == [0, 2]
    assert accuracy.log_loss(found) == pytest.approx(-(math.log(0.5) + math.log(0.2)) / 2)
    rows = {str(row["is \\ heard as"]): row for row in accuracy.confusion(found)}
    assert rows["blues"]["blues"] == 1
    assert rows["rock"]["blues"] == 1
    assert rows["rock"]["rock"] == 0


def test_a_genre_without_any_confidence_costs_much_but_not_infinitely() -> None:
    assert accuracy.log_loss([judged("rock", blues=1.0, rock=0.0)]) == pytest.approx(-math.log(accuracy.FLOOR))


def test_calibration_error_by_hand() -> None:
    sure, right = [0.95, 0.95, 0.55, 1.0], [True, False, True, True]
    # The bin from 0.9 holds three: 2 right where 2.9 were promised; that from 0.5 holds one: 1 where 0.55 was.
    assert accuracy.calibration_error(sure, right) == pytest.approx((0.9 + 0.45) / 4)
    assert accuracy.calibration_error([1.0, 1.0], [True, True]) == 0


def test_a_share_carries_its_interval_and_count() -> None:
    row = accuracy.share("first", [True] * 9 + [False])
    assert row == {"first": 0.9, "first, 95 %": "0.596–0.982", "first, n": "9/10"}

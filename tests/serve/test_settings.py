"""Limits that cannot be are refused."""

from dataclasses import replace

import pytest

from genrescope.errors import UsageError
from genrescope.serve.settings import ServeSettings, default_workers


def test_upload_in_bytes() -> None:
    assert ServeSettings(max_upload_mib=1.5).max_upload_bytes == 1_572_864


def test_a_song_never_waits_for_a_single_worker() -> None:
    assert 2 <= default_workers() <= 8


@pytest.mark.parametrize(
    "wrong", [{"models": ()}, {"workers": 0}, {"queue": -1}, {"max_upload_mib": 0}, {"max_wall_s": -1.0}], ids=str
)
def test_what_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        replace(ServeSettings(), **wrong)  # type: ignore[arg-type]

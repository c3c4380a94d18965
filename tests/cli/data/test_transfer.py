"""How far a download is: nothing in the first two seconds, then lines with the time that is left."""

import time

import pytest

from genrescope.cli.data._transfer import Transfer


def test_a_short_one_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    transfer = Transfer()
    with transfer.shown():
        for done in range(0, 1000, 100):
            transfer.report("fetching a.zip", done, 1000)
    assert capsys.readouterr().err == ""


def test_a_long_one_says_how_long_it_still_takes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    transfer = Transfer()
    with transfer.shown():
        transfer.report("fetching a.zip", 5_000_000, 9_000_000)  # five were here before
        now_s = 110.0
        transfer.report("fetching a.zip", 6_000_000, 9_000_000)
        now_s = 111.0
        transfer.report("fetching a.zip", 7_000_000, 9_000_000)
        now_s = 121.0
        transfer.report("unpacking a.zip", 1_000_000, None)
    assert capsys.readouterr().err.splitlines() == [
        "fetching a.zip: 6.0 of 9.0 MB, about 0:30 left",
        "unpacking a.zip: 1.0 MB",
    ]

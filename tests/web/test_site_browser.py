"""The static site in real Chromium: the same answers as the program's, and nothing leaves the page."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from genrescope import predict
from genrescope.web.site import ASSETS
from tests.web._browser import Visit, open_visit

TRACK_TOLERANCE = 0.01
"""Largest difference of a confidence; on 67 recordings it was 0.0021 (decoder, resampler and runtime differ)."""
WINDOW_TOLERANCE = 0.02
"""The same for a single window; 0.0066 was the largest."""
EXAMPLES = ("blues", "house", "strings")


def downloaded(visit: Visit, form: str, place: int = 0) -> bytes:
    with visit.page.expect_download() as download:
        visit.page.locator(".panel").nth(place).get_by_role("button", name=f"as {form}").click()
    return Path(download.value.path()).read_bytes()


def assert_same(visit: Visit, file: Path) -> None:
    """Compare the page's answer, as it is downloaded, with the program's."""
    page: dict[str, Any] = json.loads(downloaded(visit, "JSON"))
    program: dict[str, Any] = predict(file).to_dict(top=1000)
    assert page["genres"][0]["label"] == program["genres"][0]["label"]
    ours = {genre["label"]: genre["confidence"] for genre in page["genres"]}
    assert ours == pytest.approx({g["label"]: g["confidence"] for g in program["genres"]}, abs=TRACK_TOLERANCE)
    assert page["voice"] == pytest.approx(program["voice"], abs=TRACK_TOLERANCE)
    assert page["duration_s"] == pytest.approx(program["duration_s"], abs=0.05)
    assert {key: page[key] for key in ("path", "unsure", "model", "vocabulary")} == {
        "path": file.name,
        **{key: program[key] for key in ("unsure", "model", "vocabulary")},
    }
    rows, expected = page["timeline"].pop("probabilities"), program["timeline"].pop("probabilities")
    assert page["timeline"] == program["timeline"]
    assert len(rows) == len(expected)
    for row, expected_row in zip(rows, expected, strict=True):
        assert row == pytest.approx(expected_row, abs=WINDOW_TOLERANCE)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_answered_as_the_program_answers(visit: Visit, name: str) -> None:
    visit.page.get_by_role("button", name=name.capitalize(), exact=True).click()
    visit.wait()
    assert_same(visit, ASSETS / "examples" / f"{name}.flac")


@pytest.mark.parametrize("step", [12, pytest.param(1, marks=pytest.mark.long)], ids=["some", "all"])
def test_real_songs_are_answered_as_the_program_answers(visit: Visit, shared_data: Path, step: int) -> None:
    songs = sorted((shared_data / "fma" / "audio").glob("*.mp3")) + sorted((shared_data / "gtzan_mini").rglob("*.ogg"))
    assert len(songs) == 64
    songs = songs[::step]
    for song in songs:
        visit.hear(song)
        assert_same(visit, song)


def test_other_words_and_csv(visit: Visit) -> None:
    song = ASSETS / "examples" / "house.flac"
    visit.hear(song)
    heard = len(visit.asked)
    visit.page.select_option("#vocabulary", "gtzan")
    visit.wait()
    assert visit.asked[heard:] == [], "the song is not heard again for other words"
    program = predict(song, vocabulary="gtzan")
    assert visit.page.locator(".answer strong").inner_text() == program.genre
    header, row = downloaded(visit, "CSV").decode().splitlines()
    assert header.startswith("path,duration_s,model,vocabulary,genre_1,confidence_1")
    assert row.startswith(f"house.flac,20.0,bundled,gtzan,{program.genre},")


def test_threads_where_the_server_isolates_the_page(chromium: Browser, address: str) -> None:
    visit = open_visit(chromium, f"{address}isolated/below/site/")
    assert visit.page.evaluate("crossOriginIsolated") is True
    song = ASSETS / "examples" / "blues.flac"
    visit.hear(song)
    assert_same(visit, song)
    assert visit.complaints == []
    visit.page.context.close()

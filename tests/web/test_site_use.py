"""The page as people use it: drop, play, jump, compare, keyboard only, a phone, a screen reader, and errors."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import jams
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Page, expect

from genrescope.web.site import ASSETS
from tests.web._browser import Visit, open_visit
from tests.web.test_site_browser import downloaded

SONG = ASSETS / "examples" / "blues.flac"
AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


def current_s(page: Page) -> float:
    return float(page.locator(".plot").first.get_attribute("aria-valuenow") or "nan")


def drop(page: Page, *names: str) -> None:
    """Drop a song, under one name or several."""
    content = base64.b64encode(SONG.read_bytes()).decode()
    script = """([content, names]) => {
        const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
        const data = new DataTransfer();
        for (const name of names) data.items.add(new File([bytes], name));
        const init = {dataTransfer: data, bubbles: true, cancelable: true};
        document.querySelector('#drop').dispatchEvent(new DragEvent('drop', init));
    }"""
    page.evaluate(script, [content, list(names)])


def test_drop(visit: Visit) -> None:
    drop(visit.page, "dropped.flac")
    visit.wait()
    expect(visit.page.get_by_role("heading", name="dropped.flac")).to_be_visible()
    expect(visit.page.locator(".answer strong")).not_to_be_empty()
    expect(visit.page.get_by_role("status")).to_contain_text("bundled says")


def test_of_two_files_the_first_is_heard_and_the_page_says_so(visit: Visit) -> None:
    drop(visit.page, "one.flac", "two.flac")
    expect(visit.page.get_by_role("heading", name="one.flac")).to_be_visible()
    expect(visit.page.get_by_role("alert")).to_contain_text("of the 2 files that you dropped the first is heard")
    expect(visit.page.locator(".more button").first).to_be_visible(timeout=60_000)


def test_a_song_chosen_in_the_middle_of_another_is_the_only_one(visit: Visit, tmp_path: Path) -> None:
    visit.page.set_input_files("#file", write_noise(tmp_path / "long.wav", 15 * 60))
    visit.hear(SONG)
    visit.page.wait_for_timeout(3000)  # by now the first would have come through
    expect(visit.page.locator("#waveform > *")).to_have_count(1)
    expect(visit.page.locator("#clock")).to_have_text("0:00 / 0:20")


def test_play_and_jump(visit: Visit) -> None:
    visit.hear(SONG)
    page = visit.page
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => Number(document.querySelector('.plot').getAttribute('aria-valuenow')) > 0.5")
    page.get_by_role("button", name="Pause").click()
    box = page.locator(".plot").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 20)
    expect(page.locator(".tip")).to_contain_text(re.compile(r"0:15.*\d+\.\d %", re.DOTALL))
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 20)
    assert current_s(page) == pytest.approx(15, abs=0.3)
    expect(page.locator("#clock")).to_have_text("0:15 / 0:20")


def test_compare_two_models(visit: Visit) -> None:
    visit.hear(SONG.with_name("strings.flac"))
    visit.page.select_option("#compare", "doubter")
    visit.wait()
    panels = visit.page.locator(".panel")
    expect(panels).to_have_count(2)
    left, right = panels.nth(0).bounding_box(), panels.nth(1).bounding_box()
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"], "side by side"
    expect(panels.nth(0).locator(".badge")).to_have_count(0)
    expect(panels.nth(1).locator(".badge")).to_have_text("unsure")
    assert json.loads(downloaded(visit, "JSON", place=1))["unsure"] is True


@pytest.mark.filterwarnings("ignore:Passing a schema:DeprecationWarning")  # jams calls jsonschema the old way
def test_files_to_take_away(visit: Visit, tmp_path: Path) -> None:
    visit.hear(SONG)
    assert downloaded(visit, "PNG").startswith(b"\x89PNG")
    target = tmp_path / "song.jams"
    target.write_bytes(downloaded(visit, "JAMS"))
    annotations = jams.load(str(target)).annotations
    assert [annotation.namespace for annotation in annotations] == ["tag_open", "tag_open"]
    assert sum(data.duration for data in annotations[1].data) == pytest.approx(20, abs=0.01)


def test_together_and_table(visit: Visit) -> None:
    visit.hear(SONG)
    visit.page.get_by_text("Genres that rise and fall together").click()
    expect(visit.page.locator(".together td").filter(has_text=re.compile(r"[+−]\d\.\d\d")).first).to_be_visible()
    visit.page.get_by_text("The course as a table").click()
    table = visit.page.get_by_role("group", name="The course as a table")
    expect(table.locator("tbody tr").first).to_contain_text("0:00")
    expect(table.locator("tbody tr").last).to_contain_text("0:20")


def write_noise(path: Path, seconds: float, gain: float = 0.1) -> Path:
    noise = np.random.default_rng(0).normal(0, gain, int(16_000 * seconds))
    soundfile.write(path, noise.astype(np.float32), 16_000, format="WAV")
    return path


def test_errors_are_said_in_words(visit: Visit, tmp_path: Path) -> None:
    files = {"empty.mp3": b"", "notes.mp3": b"these are only words\n" * 99, "odd.wv": b"wvpk" + bytes(range(256)) * 9}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    write_noise(tmp_path / "short.wav", 0.4)
    write_noise(tmp_path / "silent.wav", 2, gain=0)
    write_noise(tmp_path / "long.wav", 20.5 * 60, gain=0.01)
    words = {
        "empty.mp3": "0 bytes",
        "notes.mp3": "holds no sound we can read",
        "odd.wv": "WavPack",
        "short.wav": "at least 1 s",
        "silent.wav": "nothing to hear",
        "long.wav": "the limit is 20",
    }
    for name, expected in words.items():
        visit.hear(tmp_path / name)
        expect(visit.page.get_by_role("alert")).to_contain_text(f"{name}: ")
        expect(visit.page.get_by_role("alert")).to_contain_text(expected)
        expect(visit.page.locator("#song")).to_be_hidden()
    visit.hear(SONG)
    expect(visit.page.locator("#problem")).to_be_hidden()
    visit.complaints = [text for text in visit.complaints if "Media" in text]


def test_recent_songs(visit: Visit) -> None:
    page = visit.page
    visit.hear(SONG)
    visit.hear(ASSETS / "examples" / "house.flac")
    recent = page.get_by_role("region", name="Recent songs")
    assert recent.get_by_role("listitem").all_inner_texts()[0].startswith("house.flac")
    recent.get_by_role("button", name="blues.flac").click()
    visit.wait()
    expect(page.get_by_role("heading", name="blues.flac")).to_be_visible()
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    assert len(recent.get_by_role("listitem").all()) == 2
    expect(recent.get_by_role("button", name="blues.flac")).to_have_count(0)
    recent.get_by_role("button", name="Forget them").click()
    expect(recent).to_be_hidden()


def test_keyboard_only(visit: Visit) -> None:
    page = visit.page
    page.keyboard.press("Tab")
    expect(page.locator("#file")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the first example
    visit.wait()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.role") == "slider":
            break
    expect(page.locator(".plot")).to_be_focused()
    page.keyboard.press("End")
    assert current_s(page) == pytest.approx(20, abs=0.1)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert current_s(page) == pytest.approx(0.992, abs=0.1)
    assert re.match(r"0:01: .+ \d+\.\d %", page.locator(".plot").get_attribute("aria-valuetext") or "")


def barriers(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe finds serious or worse on the page as it is now."""
    if not AXE.is_file():
        pytest.skip("axe-core is not here: run  make web")
    found = page.evaluate(f"{AXE.read_text(encoding='utf-8')}; axe.run()")
    assert len(found["passes"]) > 10
    serious = [item for item in found["violations"] if item["impact"] in {"serious", "critical"}]
    return [(item["id"], [node["html"] for node in item["nodes"]]) for item in serious]


@pytest.fixture(params=["light", "dark"])
def phone(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Visit]:
    options = {"viewport": {"width": 360, "height": 740}, "color_scheme": request.param, "has_touch": True}
    visit = open_visit(chromium, f"{address}below/site/", **options)
    yield visit
    visit.page.context.close()


def test_a_phone_and_no_barrier(phone: Visit) -> None:
    assert barriers(phone.page) == []
    phone.hear(SONG)
    assert barriers(phone.page) == []
    phone.page.select_option("#compare", "doubter")
    phone.wait()
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out"
    for summary in phone.page.locator("summary").all():
        summary.click()
    assert barriers(phone.page) == []
    phone.hear(Path(__file__))
    expect(phone.page.locator("#problem")).to_be_visible()
    assert barriers(phone.page) == []

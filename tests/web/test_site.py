"""The static site as files: whole, ours alone, and without a word of any other place."""

import gzip
import json
import re
import sys
from pathlib import Path

import pytest

from genrescope.card import ModelCard
from genrescope.errors import ModelError, UsageError
from genrescope.palette import COLOURS, OTHER_COLOUR
from genrescope.runtime.names import find_model
from genrescope.web.site import ASSETS, POLICY, SERVER_ENGINE, SITE_FILE, write_site
from tests.web._golden import FILE, golden


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """Return a built page in small: what the build leaves, without Node."""
    folder = tmp_path / "assets"
    (folder / "code").mkdir(parents=True)
    (folder / "index.html").write_text(f"<html><head>{SERVER_ENGINE}</head></html>", encoding="utf-8")
    (folder / "code" / "runtime.wasm.gz").write_bytes(gzip.compress(b"\0asm" * 1000))
    return folder


def test_a_whole_site(assets: Path, tmp_path: Path) -> None:
    site = write_site(tmp_path / "www", assets=assets)
    assert (site.folder / "code" / "runtime.wasm").read_bytes() == b"\0asm" * 1000
    page = (site.folder / "index.html").read_text(encoding="utf-8")
    assert 'name="genrescope-engine" content="browser"' in page
    assert f'http-equiv="Content-Security-Policy" content="{POLICY}"' in page
    listed = json.loads((site.folder / SITE_FILE).read_text(encoding="utf-8"))["models"]
    (bundled,) = find_model("bundled")
    assert [item["card"]["name"] for item in listed] == ["bundled"] == list(site.models)
    assert (site.folder / listed[0]["file"]).read_bytes() == bundled.read_bytes()
    assert listed[0]["bytes"] == bundled.stat().st_size
    assert site.n_files == 4
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_earlier_site_is_replaced_whole(assets: Path, tmp_path: Path) -> None:
    out = tmp_path / "www"
    write_site(out, assets=assets)
    (out / "left.js").touch()
    write_site(out, assets=assets)
    assert not (out / "left.js").exists()


def test_an_earlier_site_stays_where_the_new_one_fails(assets: Path, tmp_path: Path) -> None:
    out = tmp_path / "www"
    write_site(out, assets=assets)
    before = sorted(out.rglob("*"))
    (assets / "index.html").write_text("<html></html>", encoding="utf-8")
    with pytest.raises(UsageError, match="make web"):
        write_site(out, assets=assets)
    assert sorted(out.rglob("*")) == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_of_somebody_else_is_left_alone(assets: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    for place, words in (("photos", "something else"), ("file", "a file"), ("no/such", "make it first")):
        with pytest.raises(UsageError, match=words):
            write_site(tmp_path / place, assets=assets)
    write_site(tmp_path / "empty", assets=assets)
    assert (tmp_path / "photos" / "cat.jpg").exists()


def test_without_a_built_page(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="make web"):
        write_site(tmp_path / "www", assets=tmp_path)
    assert not (tmp_path / "www").exists()


def renamed(folder: Path, **changes: object) -> Path:
    onnx = pytest.importorskip("onnx", reason="onnx is in the extra 'train'")
    (bundled,) = find_model("bundled")
    model = onnx.load(bundled)
    card = ModelCard.from_metadata({item.key: item.value for item in model.metadata_props}, "bundled")
    onnx.helper.set_model_props(model, ModelCard(**{**card.__dict__, **changes}).to_metadata())
    onnx.save(model, folder / "other.onnx")
    return folder / "other.onnx"


def test_models_that_a_page_cannot_offer(assets: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two of the models are called 'bundled'"):
        write_site(tmp_path / "www", ["bundled", "bundled"], assets)
    with pytest.raises(ModelError, match="there is no model 'nobody'"):
        write_site(tmp_path / "www", ["nobody"], assets)
    with pytest.raises(ModelError, match=r"fma518@1.*browser cannot compute"):
        write_site(tmp_path / "www", [renamed(tmp_path, front_end="fma518@1")], assets)


def test_names_of_models_become_plain_file_names(assets: Path, tmp_path: Path) -> None:
    site = write_site(tmp_path / "www", ["bundled", renamed(tmp_path, name="../ü b/1")], assets)
    files = sorted(path.name for path in (site.folder / "models").iterdir())
    assert files == ["1-bundled.onnx", "2-_b_1.onnx"]


def test_the_built_page_names_nothing_outside() -> None:
    if not (ASSETS / "index.html").is_file():
        pytest.skip("the page is not built: run  make web  (it needs Node.js)")
    page = (ASSETS / "index.html").read_text(encoding="utf-8")
    places = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(places) >= 4
    assert [place for place in places if re.match(r"/|\w+:", place)] == [], "only paths beside the page"
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]* src=)", page)


# ------------------------------------------------------------------------------------------- the sources of the page

SOURCES = Path(__file__).resolve().parents[2] / "web"


def test_the_page_has_the_programs_colours() -> None:
    palette = json.loads((SOURCES / "src" / "palette.json").read_text(encoding="utf-8"))
    assert palette == {"colours": list(COLOURS), "other": OTHER_COLOUR}


def test_what_the_pages_tests_compare_with_is_what_the_program_says() -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    now = json.loads(json.dumps(golden()))
    assert kept.keys() == now.keys()
    for part in kept:
        assert_alike(kept[part], now[part], part)


def assert_alike(kept: object, now: object, where: str) -> None:
    """Compare two JSON values; numbers may differ by a rounding."""
    if isinstance(kept, dict) and isinstance(now, dict):
        assert kept.keys() == now.keys(), where
        for key in kept:
            assert_alike(kept[key], now[key], f"{where}.{key}")
    elif isinstance(kept, list) and isinstance(now, list):
        assert len(kept) == len(now), where
        for place, (one, other) in enumerate(zip(kept, now, strict=True)):
            assert_alike(one, other, f"{where}[{place}]")
    elif isinstance(kept, float):
        assert now == pytest.approx(kept, abs=2e-5), where
    else:
        assert kept == now, f"{where}: run  {Path(sys.executable).name} tests/web/_golden.py"


def test_the_lock_file_records_no_registry() -> None:
    lock = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))
    assert len(lock["packages"]) > 10
    assert [name for name, package in lock["packages"].items() if name and "integrity" not in package] == []
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []

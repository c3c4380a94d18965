import json
from pathlib import Path

import _common


def test_result_files_hold_the_figures_and_what_they_stand_on(tmp_path: Path) -> None:
    data = tmp_path / "song.wav"
    data.write_bytes(b"1234")
    rows = [{"what": "decode", "ms": 24.31234}, {"what": "graph", "ms": 370}]
    _common.write_result("speed", "How fast", {"One core": rows}, notes=["a note"], data=[data], folder=tmp_path)
    record = json.loads((tmp_path / "speed.json").read_text(encoding="utf-8"))
    assert record["tables"]["One core"] == rows
    assert record["data"]["files"] == 1
    assert record["data"]["bytes"] == 4
    assert record["machine"]["cores"] >= 1
    assert record["versions"]["numpy"][0].isdigit()
    page = (tmp_path / "speed.md").read_text(encoding="utf-8")
    assert "| decode | 24.31 |" in page
    assert "- a note" in page
    assert record["commit"] in page


def test_fingerprint_follows_content_and_name_but_not_order(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    before = _common.fingerprint([first, second])
    assert _common.fingerprint([second, first]) == before
    second.write_bytes(b"tow")
    assert _common.fingerprint([first, second]) != before


def test_an_absent_package_is_said_to_be_absent() -> None:
    assert _common.versions(["no-such-package"])["no-such-package"] == "not installed"

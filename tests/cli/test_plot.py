"""The picture of the course over time."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from genrescope.cli._plot import averaged, check_plot, draw, plot_names, save_plot, strongest
from genrescope.errors import MissingExtraError, UsageError
from genrescope.records import Prediction

pytest.importorskip("matplotlib", reason="matplotlib is in the extra 'explore'")
Make = Callable[..., Prediction]


def test_png_has_its_size(tmp_path: Path, make_prediction: Make) -> None:
    target = tmp_path / "course.png"
    save_plot(make_prediction(), target)
    header = target.read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert (int.from_bytes(header[16:20]), int.from_bytes(header[20:24])) == (1600, 800)
    assert not list(tmp_path.glob(".course*"))  # nothing half-written is left


def test_svg_says_what_it_shows(tmp_path: Path, make_prediction: Make) -> None:
    target = tmp_path / "course.svg"
    save_plot(make_prediction("music/$my$ <song> é.mp3"), target)
    text = target.read_text(encoding="utf-8")
    for words in ("$my$ &lt;song&gt; é.mp3", "rock, 52%", "0:30", "1:00", "jazz", "confidence"):
        assert words in text
    save_plot(make_prediction("music/$my$ <song> é.mp3"), tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("n_windows", [1, 2, 5000])
def test_any_length_and_any_name(n_windows: int, tmp_path: Path, make_prediction: Make) -> None:
    save_plot(make_prediction("日本語 " * 30 + "\udcff\n.mp3", n_windows=n_windows, change=1), tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_the_legend_is_in_the_order_of_the_stack(make_prediction: Make) -> None:
    figure = draw(make_prediction())
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names[-2:] == ["jazz", "rock"]  # the strongest at the bottom, as in the picture
    assert len(names) == 6


def test_the_bands_are_the_shares(make_prediction: Make) -> None:
    timeline = make_prediction().timeline
    assert timeline is not None
    labels, shares = strongest(timeline)
    assert labels[:2] == ["rock", "jazz"]
    np.testing.assert_allclose(shares[0], timeline.probabilities[:, 5])
    times_s, means = averaged(np.arange(1000.0), np.tile(np.arange(1000, dtype=np.float32), (3, 1)))
    assert means.shape == (3, len(times_s)) == (3, 240)
    np.testing.assert_allclose(means[0], times_s, rtol=1e-5)


def test_names_of_several() -> None:
    assert [path.name for path in plot_names(Path("a.png"), 1)] == ["a.png"]
    assert [path.name for path in plot_names(Path("a.svg"), 11)][::10] == ["a-01.svg", "a-11.svg"]


@pytest.mark.parametrize(("name", "words"), [("a.pdf", "png"), ("a", "png"), ("nowhere/a.png", "no folder")])
def test_wrong_names_are_said_early(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        check_plot(tmp_path / name)


def test_without_matplotlib_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"genrescope\[explore\]"):
        check_plot(tmp_path / "a.png")


def test_without_a_timeline_there_is_nothing_to_draw(make_prediction: Make) -> None:
    with pytest.raises(UsageError, match="timeline"):
        draw(make_prediction(timeline=False))

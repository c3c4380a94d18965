"""What a notebook shows: well-formed, harmless, small, and true to the numbers."""

import re
from xml.etree import ElementTree as ET

import numpy as np

from genrescope.notebook import clock, course
from genrescope.records import GenreScore, Notice, Prediction, Timeline

LABELS = ("R&B", "Rock", "Jazz")


def prediction(n_windows: int, *, path: str = "a.mp3", timeline: bool = True) -> Prediction:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet([3.0, 2.0, 1.0], size=n_windows).astype(np.float32)
    means = sorted(zip(probabilities.mean(axis=0), LABELS, strict=True), reverse=True)
    return Prediction(
        path=path,
        duration_s=n_windows + 2.0,
        model="small",
        vocabulary="native",
        genres=tuple(GenreScore(label, float(mean)) for mean, label in means),
        unsure=True,
        timeline=Timeline(0.0, 3.0, 1.0, LABELS, probabilities) if timeline else None,
        warnings=(Notice("damaged", "10 s of 20 s <decoded>"),),
    )


def parsed(html: str) -> ET.Element:
    text = html.replace("&nbsp;", " ").replace("&middot;", "·")
    return ET.fromstring(f"<div>{text}</div>")  # noqa: S314 - our own


def test_all_that_matters_is_shown() -> None:
    html = prediction(80)._repr_html_()
    text = "".join(parsed(html).itertext())
    for part in ("a.mp3", "1:22", "unsure", "R&B", "Rock", "Jazz", "other", "10 s of 20 s <decoded>"):
        assert part in text


def test_a_files_name_cannot_run_as_a_script() -> None:
    html = prediction(5, path="<script>alert(1)</script>.mp3")._repr_html_()
    assert "<script" not in html
    parsed(html)


def test_without_a_timeline_there_is_no_picture() -> None:
    html = prediction(5, timeline=False)._repr_html_()
    assert "<svg" not in html
    parsed(html)


def test_ten_hours_stay_small() -> None:
    assert len(prediction(36_000)._repr_html_()) < 60_000


def test_areas_are_as_high_as_the_probabilities() -> None:
    probabilities = np.array([[0.25, 0.75], [0.5, 0.5]], dtype=np.float32)
    svg = course(probabilities, ["a", "b"], {"a": "#E69F00"}, 0.0, 4.0)
    (outline,) = re.findall(r'<path d="M(.*?)Z"', svg)
    corners = [tuple(map(float, corner.split())) for corner in outline.split("L")]
    assert corners == [
        *[(0, 90), (360, 90), (360, 60), (720, 60)],  # the top, from left to right: 120 pixels are 1
        *[(720, 120), (360, 120), (360, 120), (0, 120)],
    ]


def test_one_window_has_a_picture_too() -> None:
    parsed(prediction(1)._repr_html_())


def test_clock() -> None:
    assert [clock(seconds) for seconds in (0, 59.6, 3599.6, 36000)] == ["0:00", "1:00", "1:00:00", "10:00:00"]

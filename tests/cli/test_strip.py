"""The course over time in one line of text."""

from collections.abc import Callable

from genrescope.cli._strip import course, draw_legend, draw_strip, letters
from genrescope.records import Prediction

Make = Callable[..., Prediction]


def test_every_genre_has_a_letter_of_its_own() -> None:
    many = [
        "rock",
        "rap",
        "r&b",
        "reggae",
        "ra",
        "ar",
        "日本",
        "a",
        "b",
        "electro-swing",
        *(f"x{i}" for i in range(40)),
    ]
    found = letters(many)
    assert list(found) == many
    assert len(set(found.values())) == len(many)
    assert all(len(letter) == 1 for letter in found.values())


def test_a_course_is_cut_into_equal_parts(make_prediction: Make) -> None:
    timeline = make_prediction(n_windows=60, change=40).timeline
    assert timeline is not None
    assert course(timeline, 6) == ["rock"] * 4 + ["jazz"] * 2
    assert len(course(timeline, 1000)) == 60


def test_the_strip_can_be_read_without_colours(make_prediction: Make) -> None:
    timeline = make_prediction(n_windows=3, change=2).timeline
    assert timeline is not None
    strip = draw_strip(course(timeline, 9), timeline.labels, 9)
    assert strip.plain == "RRRRRRJJJ"
    assert len({str(span.style) for span in strip.spans}) == 2


def test_a_legend_breaks_between_genres(make_prediction: Make) -> None:
    labels = make_prediction().genres
    lines = draw_legend([genre.label for genre in labels], [genre.label for genre in labels], 20)
    assert len(lines) > 1
    assert all(line.cell_len <= 20 for line in lines)
    assert "R rock" in lines[0].plain

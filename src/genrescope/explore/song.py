"""A song as a page: its sound in time and frequency, its harmony and rhythm, and its genres."""

from collections.abc import Callable, Iterator
from pathlib import Path

from genrescope.audio.encode import to_ogg
from genrescope.explore import _course, _sound_plots, _tone_plots
from genrescope.explore._draw import need_extra, style
from genrescope.explore._hear import HEARD_S, beginning
from genrescope.explore.page import Page, Plot, Section
from genrescope.records import Clip
from genrescope.runtime.model import load_model

SAMPLE_RATE_HZ = 22_050

OnStep = Callable[[str], object]


def song_page(path: Path, on_step: OnStep = lambda _: None) -> Page:
    """Return the page of a song.

    Parameters
    ----------
    path : Path
        An audio file.
    on_step : callable
        Told the title of each plot before it is drawn.

    Raises
    ------
    AudioError
        The file has no sound to show.
    MissingExtraError
        The extra `explore` is not installed.
    """
    need_extra()
    on_step("genres over time")
    prediction = load_model().predict(path)
    clip, duration_s = beginning(str(path), SAMPLE_RATE_HZ)
    part = "" if duration_s <= HEARD_S else f" Drawn and heard: the first {HEARD_S:.0f} s; the genres are of all of it."
    with style("song"):
        genres = Section("Genres", [_course.plot(prediction)])
        sections = [genres, *(_section(title, plots, clip, on_step) for title, plots in PLOTS.items())]
    best = ", ".join(f"{score.label} {score.confidence:.0%}" for score in prediction.genres[:3])
    unsure = " (unsure)" if prediction.unsure else ""
    return Page(path.name, f"{prediction.duration_s:.0f} s. {best}{unsure}.{part}", sections, to_ogg(clip))


def _section(title: str, makers: tuple[Callable[[Clip], Plot], ...], clip: Clip, on_step: OnStep) -> Section:
    def each() -> Iterator[Plot]:
        for make in makers:
            on_step(make.__name__.replace("_", " "))
            yield make(clip)

    return Section(title, list(each()))


PLOTS: dict[str, tuple[Callable[[Clip], Plot], ...]] = {
    "Sound": _sound_plots.PLOTS,
    "Harmony, timbre and rhythm": _tone_plots.PLOTS,
}

"""A data set as a page: what it says of itself, and what a sample of it sounds like."""

from genrescope.datasets._base import Dataset
from genrescope.explore import _correlation_plots, _count_plots, _number_plots
from genrescope.explore._draw import need_extra, style
from genrescope.explore._hear import HEARD_S
from genrescope.explore._measure import MAX_HEARD, OnTrack, measure
from genrescope.explore.page import Page, Section


def dataset_page(
    dataset: Dataset, *, seed: int = 0, on_track: OnTrack = lambda _: None, workers: int | None = None
) -> Page:
    """Return the page of a data set.

    Parameters
    ----------
    dataset : Dataset
        As it was opened; of a large one at most 200 tracks are heard.
    seed : int
        Draws the sample, and lays out the map.
    on_track : callable
        Told of each file that has been heard.
    workers : int, optional
        Processes that hear files; None hears them in this process.

    Raises
    ------
    UsageError
        There is no track, or none that can be heard.
    MissingExtraError
        The extra `explore` is not installed.
    """
    need_extra()
    measured = measure(dataset, seed, on_track, workers)
    with style("data"):
        heard = [*_number_plots.durations(measured), *_number_plots.mel_grid(measured)]
        found, table = _correlation_plots.correlations(measured)
        labels = Section(
            "Labels", [_count_plots.counts(dataset), *_count_plots.several(dataset)], _count_plots.tree(dataset)
        )
        numbers = Section("Features", [_number_plots.distributions(measured), *found], table)
        whole = [labels, *([Section("Sound", heard)] if heard else []), numbers]
        whole.append(Section("Map", [_number_plots.song_map(measured, seed)]))
    lead = (
        f"{dataset.used_line()}. {len(dataset.genres)} genres. {_said(dataset, len(measured.tracks), measured.n_asked)}"
    )
    return Page(dataset.facts.title, lead, whole)


def _said(dataset: Dataset, n_heard: int, n_asked: int) -> str:
    if dataset.facts.name == "table" and dataset.features is not None:
        return f"Numbers from {dataset.features.name}."
    lost = f"; {n_asked - n_heard} could not be heard (see  genrescope data check)" if n_heard < n_asked else ""
    drawn = f", drawn evenly over the genres (at most {MAX_HEARD})" if n_asked < len(dataset.tracks) else ""
    return f"Plots of sound are of {n_heard} tracks{drawn}{lost}; of long ones, of the first {HEARD_S:.0f} s."

"""The course of the genres over a song."""

import numpy as np

from genrescope.explore._draw import WIDE, figure, named
from genrescope.explore.page import Plot
from genrescope.palette import COLOURS, OTHER_COLOUR, assign_colours
from genrescope.records import Prediction


def plot(prediction: Prediction) -> Plot:
    """Draw the genres of a prediction that has a timeline, one above the other."""
    timeline = prediction.timeline
    assert timeline is not None, "asked for"  # noqa: S101 - for the type checker
    means = timeline.probabilities.mean(axis=0)
    order = [int(index) for index in np.argsort(-means)[: len(COLOURS)] if means[index] > 0.02]
    labels = [timeline.labels[index] for index in order]
    colours = assign_colours(labels, timeline.labels)
    rows = timeline.probabilities[:, order].T
    drawn, axes = figure(WIDE)
    fills = [*(colours[label] for label in labels), OTHER_COLOUR]
    names = [*labels, "others"]
    axes.stackplot(
        timeline.times_s, [*rows, 1 - rows.sum(axis=0)], labels=names, colors=fills, edgecolor="white", lw=0.3
    )
    axes.set(ylim=(0, 1), xlim=(timeline.times_s[0], max(timeline.times_s[-1], timeline.times_s[0] + 1e-3)))
    named(axes, "time (s)", "confidence")
    handles, shown = axes.get_legend_handles_labels()
    drawn.legend(handles[::-1], shown[::-1], loc="outside right center")
    caption = (
        "How sure the bundled model is of each genre, window by window. A wide band that stays is the song's genre."
    )
    return Plot("genres", "Genres over time", caption, drawn)

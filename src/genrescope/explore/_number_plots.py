"""Plots of what was measured on a sample: lengths, mel pictures, distributions, a map."""

from typing import Any

import numpy as np

from genrescope.explore._draw import LINE, SECOND, figure, named
from genrescope.explore._measure import Measured
from genrescope.explore.page import Plot
from genrescope.palette import COLOURS

EXAMPLES = 4
SHOWN = ("spectral_centroid_mean_01", "spectral_bandwidth_mean_01", "zcr_mean_01", "mfcc_mean_01", "tonnetz_std_01")
UNITS = {"spectral_centroid": " (Hz)", "spectral_bandwidth": " (Hz)", "rolloff": " (Hz)", "zcr": " (share)"}
"""Of columns that begin so; the others have none."""
MARKERS = "os^DvP*X"


def durations(measured: Measured) -> list[Plot]:
    """Draw lengths and sample rates; nothing for a table."""
    if not len(measured.durations_s):
        return []
    drawn, axes = figure((8.0, 1.9))
    axes.hist(measured.durations_s, bins=30, color=LINE)
    named(axes, "length (s)", "tracks")
    lengths = Plot(
        "durations", "Lengths", "Decoded length of the sampled files. Short ones on the left deserve a look.", drawn
    )
    values, n_tracks = np.unique(measured.rates_hz, return_counts=True)
    drawn, axes = figure((8.0, 1.7))
    axes.bar([f"{value:,}" for value in values], n_tracks, color=LINE, width=0.5)
    axes.margins(x=0.3)
    named(axes, "sample rate (Hz)", "tracks")
    caption = "All alike." if len(values) == 1 else "More than one: features at the file's own rate will differ."
    return [lengths, Plot("rates", "Sample rates", caption, drawn)]


def mel_grid(measured: Measured) -> list[Plot]:
    """Draw mel spectrograms, a row a genre; nothing for a table."""
    if not measured.mels:
        return []
    from matplotlib.figure import Figure

    genres = sorted(set(measured.genres))[:20]
    drawn = Figure(figsize=(8.0, 0.6 + 0.85 * len(genres)), layout="constrained")
    grid = drawn.subplots(len(genres), EXAMPLES, squeeze=False)
    for row, genre in zip(grid, genres, strict=True):
        of_genre = [mel for mel, name in zip(measured.mels, measured.genres, strict=True) if name == genre]
        for axes, mel in zip(row, [*of_genre, *[None] * EXAMPLES], strict=False):
            axes.set(xticks=[], yticks=[])
            if mel is None:
                axes.set_axis_off()
            else:
                axes.imshow(mel.T, aspect="auto", origin="lower")
        row[0].set_ylabel(genre, rotation=0, ha="right", va="center")
    drawn.supxlabel("time, the first 10 s; upwards: 128 mel bands", fontsize=8)
    caption = "A row a genre, a few tracks each. Upright stripes are drums, long lines are voices and strings."
    return [Plot("mel-grid", "Mel spectrograms by genre", caption, drawn)]


def distributions(measured: Measured) -> Plot:
    """Draw a few numbers by genre."""
    from matplotlib.figure import Figure

    columns = [name for name in SHOWN if name in measured.columns] or list(measured.columns[:5])
    genres = sorted(set(measured.genres))[:20]
    drawn = Figure(figsize=(8.0, 1.4 + 0.2 * len(genres)), layout="constrained")
    panels = drawn.subplots(1, len(columns), squeeze=False)[0]
    for axes, name in zip(panels, columns, strict=True):
        values = measured.rows[:, measured.columns.index(name)]
        named_rows = np.array(measured.genres)
        axes.boxplot(
            [values[named_rows == genre] for genre in genres], orientation="horizontal", widths=0.6,
            tick_labels=genres if axes is panels[0] else [""] * len(genres),
            boxprops={"color": LINE}, medianprops={"color": SECOND}, whiskerprops={"color": LINE},
            capprops={"color": LINE}, flierprops={"ms": 2, "markeredgecolor": LINE},
        )  # fmt: skip
        axes.invert_yaxis()
        axes.margins(x=0.04)  # else the outermost are cut at the edge
        unit = next((unit for start, unit in UNITS.items() if name.startswith(start)), "")
        axes.set_xlabel(name.replace("spectral_", "").replace("_01", "") + unit, fontsize=8)
        axes.tick_params(axis="x", labelsize=7)
        axes.locator_params(axis="x", nbins=3)
    caption = "Middle half (box) and median (line) of each genre. Boxes that do not overlap tell genres apart."
    return Plot("distributions", "Features by genre", caption, drawn)


def song_map(measured: Measured, seed: int) -> Plot:
    """Draw the tracks as points, near where they sound alike."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    rows = measured.rows if measured.embeddings is None else measured.embeddings
    scaled = StandardScaler().fit_transform(rows)
    small = len(rows) < 30
    way = PCA(2) if small else TSNE(random_state=seed, init="pca", perplexity=min(30.0, len(rows) / 4))
    # One thread: on a busy machine more wait for each other by spinning, a hundred times as long; and the map would
    # depend on their number.
    with threadpool_limits(1):
        places = way.fit_transform(scaled) if scaled.shape[1] > 1 and len(rows) > 2 else np.zeros((len(rows), 2))
    drawn, axes = figure((8.0, 5.0))
    for index, genre in enumerate(sorted(set(measured.genres))):
        of_genre = np.array([name == genre for name in measured.genres])
        look: dict[str, Any] = {"color": COLOURS[index % len(COLOURS)], "marker": MARKERS[index % len(MARKERS)]}
        axes.scatter(
            places[of_genre, 0], places[of_genre, 1], s=26, label=genre, edgecolors="#00000055", lw=0.4, **look
        )
    axes.set(xticks=[], yticks=[])
    axes.margins(0.04)
    named(axes, "PCA 1" if small else "t-SNE 1 (no unit)", "PCA 2" if small else "t-SNE 2 (no unit)")
    drawn.legend(loc="outside right upper", fontsize=7)
    of = "the table's numbers" if measured.embeddings is None else "the bundled model's embedding, mean of each track"
    caption = (
        f"Tracks that sound alike lie together: {of}. Colour and sign tell the genre; distances far apart mean little."
    )
    return Plot("map", "Map of the tracks", caption, drawn)

"""The page of a data set."""

from pathlib import Path

import numpy as np
import pytest

from genrescope.datasets._base import Dataset, Selection, TableOptions
from genrescope.datasets.catalogue import open_dataset
from genrescope.errors import UsageError
from genrescope.explore import _count_plots, _hear, _measure, _number_plots
from genrescope.explore.dataset import dataset_page
from genrescope.explore.page import render
from genrescope.records import Track


def slugs(dataset: Dataset) -> list[str]:
    return [plot.slug for section in dataset_page(dataset).sections for plot in section.plots]


def test_a_folder(songs: Path) -> None:
    page = dataset_page(open_dataset("folder", songs))
    found = [plot.slug for section in page.sections for plot in section.plots]
    assert found == [
        "counts",
        "durations",
        "rates",
        "mel-grid",
        "distributions",
        "correlation",
        "correlation-groups",
        "pairs",
        "map",
    ]
    assert "1 could not be heard" in page.lead
    assert "Pearson r" in render(page)
    plots = {plot.slug: plot for section in page.sections for plot in section.plots}
    assert plots["rates"].caption == "All alike."
    for axes in plots["distributions"].figure.axes:
        low, high = axes.get_xlim()
        drawn = np.concatenate([line.get_xdata() for line in axes.lines])
        assert low < drawn.min()
        assert drawn.max() < high


def test_the_sample_is_even_and_repeats(songs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_measure, "MAX_HEARD", 4)
    data = open_dataset("folder", songs)
    first, again = (_measure.sample(data, seed=3) for _ in range(2))
    assert first == again
    assert sorted(track.genre or "" for track in first) == ["high", "high", "low", "low"]


def test_several_genres_a_track_and_a_tree(songs: Path) -> None:
    data = open_dataset("folder", songs)
    both = tuple(Track(f"t{n}", None, "low", ("low", "high") if n else ("low",)) for n in range(3))
    several = Dataset(data.facts, songs, both)
    assert [plot.slug for plot in _count_plots.several(several)] == ["label-counts", "co-occurrence"]
    assert _count_plots.several(data) == []
    assert _count_plots.tree(data) == ""


def test_nothing_that_can_be_heard(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.mp3").write_bytes(b"nothing")
    with pytest.raises(UsageError, match="data check"):
        dataset_page(open_dataset("folder", tmp_path))


def test_a_table_of_ready_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [f"t{n},{'ab'[n % 2]},{','.join(f'{x:.4f}' for x in rng.normal(size=4))}" for n in range(40)]
    (tmp_path / "table.csv").write_text("id,genre,w,x,y,z\n" + "\n".join(rows) + "\n")
    data = open_dataset("table", tmp_path / "table.csv", Selection(table=TableOptions(kind="statistics")))
    assert slugs(data) == ["counts", "distributions", "correlation", "pairs", "map"]


def test_fma_is_heard_though_its_published_features_lie_beside_it(songs: Path, tmp_path: Path) -> None:
    from tests.datasets._standins import FMA_IDS, fma_path, write_fma

    root = write_fma(tmp_path)
    for place, track_id in enumerate(FMA_IDS["small"]):
        fma_path(root / "fma_small", track_id).write_bytes((songs / "low" / f"{place}.wav").read_bytes())
    data = open_dataset("fma-small", root)
    assert data.features is not None
    page = dataset_page(data)
    assert "Plots of sound are of 2 tracks" in page.lead
    assert "label-counts" in [plot.slug for section in page.sections for plot in section.plots]


def test_of_long_files_the_beginning_is_heard_and_the_whole_length_told(
    songs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, duration_s = _hear.beginning(str(songs / "low" / "0.wav"), None, seconds=2.0)
    assert (len(clip.samples), clip.sample_rate_hz, duration_s) == (2 * 22_050, 22_050, 6.0)
    whole, _ = _hear.beginning(str(songs / "low" / "0.wav"), None, seconds=60.0)
    assert np.array_equal(whole.samples[: len(clip.samples)], clip.samples)
    assert len(whole.samples) == 6 * 22_050


def test_workers_hear_what_this_process_hears(songs: Path) -> None:
    data = open_dataset("folder", songs)
    told: list[str] = []
    alone = _measure.measure(data, 0, told.append, None)
    together = _measure.measure(data, 0, told.append, 2)
    assert [track.track_id for track in together.tracks] == [track.track_id for track in alone.tracks]
    assert np.allclose(together.rows, alone.rows, rtol=1e-4, atol=1e-5)
    assert together.embeddings is not None
    assert alone.embeddings is not None
    assert np.allclose(together.embeddings, alone.embeddings, atol=1e-4)
    assert len(told) == 2 * len(data.tracks)


def test_one_song_has_a_page_without_correlations(songs: Path, tmp_path: Path) -> None:
    (tmp_path / "low").mkdir()
    (tmp_path / "low" / "only.wav").write_bytes((songs / "low" / "0.wav").read_bytes())
    page = dataset_page(open_dataset("folder", tmp_path))
    assert "correlation" not in [plot.slug for section in page.sections for plot in section.plots]
    assert "1 tracks with 0 numbers that differ: nothing to correlate" in render(page)


def test_of_many_genres_the_commonest_are_drawn(songs: Path) -> None:
    data = open_dataset("folder", songs)
    names = [f"g{number:02}" for number in range(50) for _ in range(1 + number % 2)]
    drawn = _count_plots.counts(Dataset(data.facts, songs, tuple(Track(str(n), None, g) for n, g in enumerate(names))))
    shown = [label.get_text() for label in drawn.figure.axes[0].get_yticklabels()]
    assert {f"g{number:02}" for number in range(1, 50, 2)} < set(shown)
    assert len(shown) == 40
    assert "smallest genre has 1, the largest 2" in drawn.caption
    assert "the 40 commonest of 50" in drawn.caption


def test_the_map_is_laid_out_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    sklearn_manifold = pytest.importorskip("sklearn.manifold")
    from threadpoolctl import threadpool_info

    seen: list[int] = []

    def lay_out(_: object, rows: np.ndarray) -> np.ndarray:
        seen.extend(pool["num_threads"] for pool in threadpool_info())
        return rows[:, :2]

    monkeypatch.setattr(sklearn_manifold.TSNE, "fit_transform", lay_out)
    rows = np.random.default_rng(0).normal(size=(40, 5))
    tracks = tuple(Track(f"t{n}", None, "a", ("a",)) for n in range(40))
    nothing = np.zeros(0)
    _number_plots.song_map(
        _measure.Measured(tracks, 40, tuple("abcde"), rows, None, (), nothing, nothing.astype(np.int64)), 0
    )
    assert set(seen) == {1}

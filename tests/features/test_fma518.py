"""fma518 against librosa and SciPy, channel by channel, on made and on real sound."""

import csv
import gzip
import itertools
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from _fma518_librosa import channels, deviations
from genrescope.audio.stream import load
from genrescope.errors import MissingExtraError, UsageError
from genrescope.features.fma518 import (
    CHANNELS,
    COLUMNS,
    GROUPS,
    STATISTICS,
    TOLERANCES,
    Fma518Settings,
    fma518,
    statistics,
)
from genrescope.records import Clip


def music(rate_hz: int, seconds: float = 4.0, cents: float = 0.0, seed: int = 0) -> Clip:
    """Return chords of four harmonics that change every half second, with noise, beats, and a hole of silence."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(int(seconds * rate_hz)) / rate_hz
    sound = 0.02 * rng.normal(size=len(times_s)) * np.exp(-8 * (times_s % 0.25))
    for number, start_s in enumerate(np.arange(0, seconds, 0.5)):
        here = (times_s >= start_s) & (times_s < start_s + 0.5)
        for note, harmonic in itertools.product(rng.choice(36, size=3, replace=False), range(1, 5)):
            hz = 110 * 2 ** ((note + cents / 100) / 12) * harmonic
            sound[here] += 0.1 / harmonic * np.sin(2 * np.pi * hz * times_s[here] + number)
    sound[(times_s > 2.0) & (times_s < 2.2)] = 0.0
    return Clip(sound.astype(np.float32), rate_hz)


def assert_near_librosa(clip: Clip, settings: Fma518Settings) -> None:
    row = fma518(settings).compute(clip)
    assert row.shape == (518,)
    assert row.dtype == np.float32
    reference = channels(clip.samples, clip.sample_rate_hz, settings.assumed_rate_hz or clip.sample_rate_hz)
    found = deviations(row, reference)
    too_far = {group: far for group, far in found.items() if not np.all(np.array(far) <= TOLERANCES[group])}
    assert not too_far


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 32_000, 44_100, 48_000])
@pytest.mark.parametrize("cents", [0.0, 37.0, -22.0])
def test_librosa_gives_the_same_numbers(rate_hz: int, cents: float) -> None:
    assert_near_librosa(music(rate_hz, cents=cents), Fma518Settings())


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 44_100, 48_000])
def test_librosa_gives_the_same_numbers_at_the_clips_true_rate(rate_hz: int) -> None:
    assert_near_librosa(music(rate_hz, seed=1), Fma518Settings(assumed_rate_hz=None))


@pytest.mark.parametrize("n_samples", [22_050, 22_051, 22_528, 23_039, 40_001])
def test_librosa_gives_the_same_numbers_whatever_the_length(n_samples: int) -> None:
    assert_near_librosa(Clip(music(22_050, seed=2).samples[-n_samples:], 22_050), Fma518Settings())


@pytest.mark.parametrize("name", ["000002", "000005", "000182", "000255"])
def test_librosa_gives_the_same_numbers_of_fma(shared_data: Path, name: str) -> None:
    assert_near_librosa(load(shared_data / "fma" / "audio" / f"{name}.mp3", None), Fma518Settings())


@pytest.mark.parametrize("genre", ["blues", "classical", "hiphop", "metal"])
def test_librosa_gives_the_same_numbers_of_gtzan(shared_data: Path, genre: str) -> None:
    path = sorted((shared_data / "gtzan_mini" / genre).glob("*.ogg"))[0]
    assert_near_librosa(load(path, None), Fma518Settings(assumed_rate_hz=None))


def test_deviations_see_one_channel_that_is_wrong() -> None:
    clip = music(22_050)
    reference = channels(clip.samples, clip.sample_rate_hz)
    row = fma518().compute(clip)
    row[COLUMNS.index(("mfcc", "median", "07"))] += 0.01
    found = deviations(row, reference)
    assert found["mfcc"][0] > TOLERANCES["mfcc"][0]
    assert found["zcr"][0] <= TOLERANCES["zcr"][0]


def test_columns_are_those_of_fma() -> None:
    assert len(COLUMNS) == len(set(COLUMNS)) == 518
    assert list(COLUMNS) == sorted(COLUMNS)
    assert COLUMNS[0] == ("chroma_cens", "kurtosis", "01")
    assert COLUMNS[-1] == ("zcr", "std", "01")
    assert sum(CHANNELS.values()) == 74
    assert fma518().columns[300] == "_".join(COLUMNS[300])


def test_columns_are_in_the_order_of_the_published_table(shared_data: Path) -> None:
    with gzip.open(shared_data / "fma" / "features_mfcc_2000.csv.gz", "rt", encoding="utf-8") as file:
        header = list(itertools.islice(csv.reader(file), 3))
    published = [column for column in zip(*header, strict=True) if column[0] == "mfcc"]
    assert published == list(COLUMNS[GROUPS["mfcc"]])


def test_groups_cover_the_columns_and_rms_is_rmse() -> None:
    for group in CHANNELS:
        assert {column[0] for column in COLUMNS[GROUPS[group]]} == {group}
    assert sum(GROUPS[group].stop - GROUPS[group].start for group in CHANNELS) == 518
    assert GROUPS["rms"] == GROUPS["rmse"]


@pytest.mark.parametrize("n_frames", [2, 7, 100])
def test_statistics_are_scipys(n_frames: int) -> None:
    values = np.random.default_rng(0).gamma(2.0, size=(5, n_frames))
    expected = [
        stats.kurtosis(values, axis=1),
        values.max(axis=1),
        values.mean(axis=1),
        np.median(values, axis=1),
        values.min(axis=1),
        stats.skew(values, axis=1),
        values.std(axis=1),
    ]
    np.testing.assert_allclose(statistics(values), expected, rtol=1e-10, atol=1e-12)


def test_statistics_of_a_channel_that_never_changes_are_numbers() -> None:
    values = np.full((1, 2585), 0.1) * np.array([[0.0], [1.0], [-7.3]])
    found = dict(zip(STATISTICS, statistics(values), strict=True))
    for name in ("max", "mean", "median", "min"):
        np.testing.assert_array_equal(found[name], values[:, 0])
    for name, value in {"std": 0, "skew": 0, "kurtosis": -3}.items():
        np.testing.assert_array_equal(found[name], value)


def test_silence_has_finite_numbers() -> None:
    row = fma518().compute(Clip(np.zeros(66_150, dtype=np.float32), 44_100))
    assert np.isfinite(row).all()
    by_name = dict(zip(COLUMNS, row, strict=True))
    assert all(value == 0 for (_, statistic, _), value in by_name.items() if statistic in {"std", "skew"})
    assert by_name["mfcc", "mean", "01"] == pytest.approx(-100 * np.sqrt(128), rel=1e-6)  # 128 bands of -100 dB
    assert by_name["rmse", "max", "01"] == 0


@pytest.mark.parametrize("shape", ["constant", "click", "quiet", "loud"])
def test_odd_sound_has_finite_numbers(shape: str) -> None:
    samples = np.zeros(44_100, dtype=np.float32)
    if shape == "constant":
        samples[:] = 0.5
    elif shape == "click":
        samples[20_000] = 1.0
    else:
        samples = music(44_100).samples * np.float32(1e-8 if shape == "quiet" else 1e6)
    assert np.isfinite(fma518().compute(Clip(samples, 44_100))).all()


@pytest.mark.parametrize("rate_hz", [8_500, 11_025, 96_000, 192_000])
def test_unusual_rates_have_finite_numbers(rate_hz: int) -> None:
    assert np.isfinite(fma518().compute(music(rate_hz, seconds=2.5))).all()


def test_true_rate_doubles_the_hz_of_fmas_table() -> None:
    clip, mean = music(44_100), COLUMNS.index(("spectral_centroid", "mean", "01"))
    as_fma = fma518().compute(clip)[mean]
    assert fma518(Fma518Settings(assumed_rate_hz=None)).compute(clip)[mean] == pytest.approx(2 * as_fma, rel=1e-5)


def test_too_short_sound_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match=r"at least 1 s of sound; the clip has 0\.50 s"):
        fma518().compute(music(22_050, seconds=0.5))


@pytest.mark.parametrize(("rate_hz", "assumed_hz", "least"), [(8_000, 22_050, 8_500), (12_000, None, 13_000)])
def test_too_low_a_rate_is_refused_in_words(rate_hz: int, assumed_hz: int | None, least: int) -> None:
    with pytest.raises(UsageError, match=f"at least {least} Hz; the clip has {rate_hz} Hz"):
        fma518(Fma518Settings(assumed_hz)).compute(music(rate_hz))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_refused_in_words(value: float) -> None:
    clip = music(22_050)
    clip.samples[100] = value
    with pytest.raises(UsageError, match="not finite"):
        fma518().compute(clip)


def test_an_assumed_rate_without_room_for_the_bands_is_refused() -> None:
    with pytest.raises(UsageError, match="assumed_rate_hz is at least 13000"):
        Fma518Settings(assumed_rate_hz=8_000)


def test_a_missing_librosa_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "librosa", None)
    with pytest.raises(MissingExtraError, match="explore"):
        fma518().compute(music(22_050))


def test_the_feature_travels_to_worker_processes() -> None:
    clip, feature = music(22_050), fma518()
    copy = pickle.loads(pickle.dumps(feature))  # noqa: S301 - made here
    assert copy.fingerprint == feature.fingerprint != fma518(Fma518Settings(None)).fingerprint
    np.testing.assert_array_equal(copy.compute(clip), feature.compute(clip))

"""The parts of fma518, each against the function of librosa that it stands for."""

import warnings

import librosa
import numpy as np
import pytest
from numpy.typing import NDArray

from genrescope.features._fma518_chroma import chroma_cens, chroma_of_notes, chroma_of_spectrum, fold, tonnetz
from genrescope.features._fma518_cqt import constant_q, make_plan
from genrescope.features._fma518_spectrum import analyse, zero_crossing_rate
from genrescope.features._fma518_tuning import estimate, find_peaks
from genrescope.records import Clip


def sound(rate_hz: int, seed: int = 0, seconds: float = 3.0) -> Clip:
    """Return notes that glide over noise, so that no frame is like another."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(int(seconds * rate_hz)) / rate_hz
    samples = 0.01 * rng.normal(size=len(times_s))
    for low_hz, high_hz in rng.uniform(60, 3_500, size=(6, 2)):
        phase = 2 * np.pi * (low_hz * times_s + (high_hz - low_hz) * times_s**2 / (2 * seconds))
        samples += 0.1 * np.sin(phase)
    return Clip(samples.astype(np.float32), rate_hz)


def stft(clip: Clip) -> NDArray[np.float32]:
    return np.asarray(np.abs(librosa.stft(clip.samples)))


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 44_100])
@pytest.mark.parametrize("seed", range(4))
def test_tunings_are_librosas(rate_hz: int, seed: int) -> None:
    clip = sound(rate_hz, seed)
    levels = stft(clip)
    peaks = find_peaks(levels.T, (rate_hz, 22_050))
    assert estimate(peaks, rate_hz, power=False) == librosa.estimate_tuning(S=levels, sr=rate_hz)
    assert estimate(peaks, 22_050, power=True) == librosa.estimate_tuning(S=levels**2, sr=22_050)


@pytest.mark.parametrize("cents", [-40, 0, 25])
def test_a_detuned_scale_has_the_tuning_that_it_was_given(cents: int) -> None:
    times_s = np.arange(3 * 22_050) / 22_050
    notes_hz = 440 * 2 ** ((np.arange(12) + cents / 100) / 12)
    samples = sum(np.sin(2 * np.pi * hz * times_s) * (times_s // 0.25 == n) for n, hz in enumerate(notes_hz))
    peaks = find_peaks(stft(Clip(np.asarray(samples, dtype=np.float32), 22_050)).T, (22_050,))
    assert estimate(peaks, 22_050, power=True) == pytest.approx(cents / 100, abs=0.05)


def test_silence_is_in_tune() -> None:
    peaks = find_peaks(np.zeros((5, 1025), dtype=np.float32), (22_050,))
    assert estimate(peaks, 22_050, power=False) == estimate(peaks, 22_050, power=True) == 0


@pytest.mark.parametrize("rate_hz", [11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("tuning", [-0.5, 0.0, 0.13])
def test_constant_q_is_librosas(rate_hz: int, tuning: float) -> None:
    clip = sound(rate_hz)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # at low rates the lowest octave is shorter than its filters
        expected = np.abs(librosa.cqt(clip.samples, sr=rate_hz, n_bins=84, tuning=tuning)).T
    found = constant_q(clip, tuning)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=3e-6 * expected.max())


@pytest.mark.parametrize(("rate_hz", "n_early"), [(16_000, 0), (22_050, 0), (44_100, 1), (48_000, 1), (96_000, 2)])
def test_the_sound_is_halved_early_where_nothing_is_lost(rate_hz: int, n_early: int) -> None:
    assert make_plan(rate_hz, 0.0).n_early == n_early


def test_chromas_and_tonnetz_are_librosas() -> None:
    clip = sound(44_100)
    notes, levels = constant_q(clip, 0.1), stft(clip)
    classes = fold(notes)
    cens = librosa.feature.chroma_cens(C=notes.T, bins_per_octave=12).T
    expected = librosa.feature.chroma_cqt(C=notes.T, bins_per_octave=12).T
    np.testing.assert_allclose(chroma_of_notes(classes), expected, atol=1e-5)
    np.testing.assert_allclose(chroma_cens(classes), cens, atol=1e-6)
    np.testing.assert_allclose(tonnetz(cens), librosa.feature.tonnetz(chroma=cens.T).T, atol=1e-6)
    expected = librosa.feature.chroma_stft(S=levels**2, sr=44_100, tuning=0.1).T
    np.testing.assert_allclose(chroma_of_spectrum(np.ascontiguousarray(levels.T), 44_100, 0.1), expected, atol=1e-5)


@pytest.mark.parametrize("n_samples", [22_050, 22_527, 22_528, 22_529])
def test_zero_crossings_are_librosas(n_samples: int) -> None:
    samples = sound(22_050).samples[:n_samples].copy()
    samples[5_000:9_000] = 0.0
    samples[9_000:9_100] = -1e-11  # counts as nothing
    expected = librosa.feature.zero_crossing_rate(samples)[0]
    np.testing.assert_array_equal(zero_crossing_rate(samples), expected)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 48_000])
def test_the_shape_of_the_spectrum_is_librosas_frame_by_frame(rate_hz: int) -> None:
    clip, feature = sound(rate_hz), librosa.feature
    levels, found = stft(clip), analyse(clip, rate_hz)
    np.testing.assert_allclose(found.magnitudes, levels.T, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(found.rms, feature.rms(S=levels)[0], rtol=1e-5)
    np.testing.assert_allclose(found.centroid, feature.spectral_centroid(S=levels, sr=rate_hz)[0], rtol=1e-5)
    np.testing.assert_allclose(found.bandwidth, feature.spectral_bandwidth(S=levels, sr=rate_hz)[0], rtol=1e-5)
    np.testing.assert_array_equal(found.rolloff, feature.spectral_rolloff(S=levels, sr=rate_hz)[0])
    np.testing.assert_allclose(found.contrast, feature.spectral_contrast(S=levels, sr=rate_hz).T, atol=1e-4)
    mel = librosa.power_to_db(feature.melspectrogram(S=levels**2, sr=rate_hz))
    np.testing.assert_allclose(found.mfcc, feature.mfcc(S=mel).T, atol=1e-3)


def test_a_pure_tone_has_a_narrow_bandwidth_and_it_is_not_lost_in_rounding() -> None:
    times_s = np.arange(44_100) / 44_100
    clip = Clip(np.sin(2 * np.pi * 15_000 * times_s).astype(np.float32), 44_100)
    expected = librosa.feature.spectral_bandwidth(S=stft(clip), sr=44_100)[0]
    np.testing.assert_allclose(analyse(clip, 44_100).bandwidth, expected, rtol=1e-5)

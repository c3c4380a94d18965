"""Spectrogram pictures: their size, their range, where things stand in them, and beside published ones."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrescope.audio.stream import load
from genrescope.errors import UsageError
from genrescope.features.image import PRESETS, ImageSettings, area_means, compute, image
from genrescope.records import Clip


def _two_tones() -> Clip:
    """Return a second of 2 kHz, then a second of 8 kHz."""
    t = np.arange(22_050) / 22_050
    sound = np.concatenate([np.sin(2 * np.pi * 2_000 * t), np.sin(2 * np.pi * 8_000 * t)])
    return Clip(sound.astype(np.float32), 22_050)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_have_their_size_and_their_own_range(name: str) -> None:
    settings = PRESETS[name]
    picture = compute(settings, _two_tones())
    assert picture.shape == (settings.height, settings.width, settings.channels)
    assert picture.dtype == np.float32
    assert (picture.min(), picture.max()) == (0, 255)
    assert np.array_equal(picture, picture.astype(np.uint8))
    assert (picture == picture[:, :, :1]).all()


def test_rows_rise_with_frequency_and_columns_with_time() -> None:
    picture = compute(ImageSettings(110, 200), _two_tones())[:, :, 0]
    assert int(picture[:, 50].argmax()) == pytest.approx(110 * 2_000 / 11_025, abs=1)
    assert int(picture[:, 150].argmax()) == pytest.approx(110 * 8_000 / 11_025, abs=1)


def test_mel_rows_are_mel_bands() -> None:
    linear, mel = (compute(ImageSettings(128, 200, frequency=axis), _two_tones()) for axis in ("linear", "mel"))
    assert int(mel[:, 50].argmax()) > 2 * int(linear[:, 50].argmax())


def test_unit_pixels_are_the_bytes_before_rounding() -> None:
    settings = ImageSettings(42, 100)
    byte, unit = compute(settings, _two_tones()), compute(replace(settings, pixels="unit"), _two_tones())
    assert unit.max() == 1
    assert np.abs(byte / 255 - unit).max() <= 0.5 / 255 + 1e-6


def test_silence_is_black() -> None:
    assert not image().compute(Clip(np.zeros(22_050, dtype=np.float32), 22_050)).any()


@pytest.mark.parametrize(("n_in", "n_out"), [(1_025, 128), (7, 3), (3, 7), (5, 5)])
def test_area_means_keep_the_mean(n_in: int, n_out: int) -> None:
    matrix = area_means(n_in, n_out)
    assert np.allclose(matrix.sum(axis=1), 1, atol=1e-5)
    assert np.allclose(matrix.sum(axis=0), n_out / n_in, atol=1e-5)
    if n_in == n_out:
        assert np.allclose(matrix, np.eye(n_in), atol=1e-6)


def test_pictures_are_those_that_were_published(shared_data: Path) -> None:
    """Not pixel by pixel: the published ones are matplotlib's, coloured, and their colours were mapped back."""
    with np.load(shared_data / "gtzan" / "spectrogram_images.npz") as published:
        theirs = dict(zip(published["track_id"].tolist(), published["image"], strict=True))
    clips = [path for path in sorted(shared_data.glob("gtzan_mini/*/*.ogg"))[::6] if path.stem in theirs]
    ours = {path.stem: image().compute(load(path, 22_050))[:, :, 0].ravel() for path in clips}
    assert len(ours) >= 9
    for name, picture in ours.items():
        alike = {other: np.corrcoef(picture, theirs[other].ravel())[0, 1] for other in ours}
        assert max(alike, key=lambda other: alike[other]) == name
        assert alike[name] > 0.6


def test_wrong_settings_and_rates_are_said() -> None:
    with pytest.raises(UsageError, match="size and a range above 0"):
        ImageSettings(height=0)
    with pytest.raises(UsageError, match="8000 Hz and the settings say 22050 Hz"):
        image().compute(Clip(np.ones(8_000, dtype=np.float32), 8_000))

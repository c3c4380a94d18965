"""Waveforms of one length."""

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.features.waveform import WaveformSettings, waveform
from genrescope.records import Clip

CLIP = Clip(np.linspace(0.001, 1, 1_000, dtype=np.float32), 1_000)


@pytest.mark.parametrize(
    ("duration_s", "crop", "start", "n_silent"),
    [
        (0.4, "start", 0, 0),
        (0.4, "middle", 300, 0),
        (1.5, "start", 0, 500),
        (1.5, "middle", 0, 500),
        (1.0, "middle", 0, 0),
    ],
)
def test_crop_and_pad(duration_s: float, crop: str, start: int, n_silent: int) -> None:
    feature = waveform(WaveformSettings(1_000, duration_s, crop))  # type: ignore[arg-type]
    samples = feature.compute(CLIP)
    n_kept = round(duration_s * 1_000) - n_silent
    assert samples.dtype == np.float32
    assert np.array_equal(samples[:n_kept], CLIP.samples[start : start + n_kept])
    assert np.array_equal(samples[n_kept:], np.zeros(n_silent))


def test_without_a_length_all_is_kept() -> None:
    assert np.array_equal(waveform(WaveformSettings(1_000, None)).compute(CLIP), CLIP.samples)


def test_another_rate_is_refused() -> None:
    with pytest.raises(UsageError, match="1000 Hz and the settings say 16000 Hz"):
        waveform().compute(CLIP)


@pytest.mark.parametrize(("rate_hz", "duration_s"), [(0, 1.0), (16_000, 0.0), (16_000, -1.0)])
def test_wrong_settings_are_said(rate_hz: int, duration_s: float) -> None:
    with pytest.raises(UsageError, match="above 0"):
        WaveformSettings(rate_hz, duration_s)

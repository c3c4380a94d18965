"""How sound is cut: every window once, in order, the same whatever the size of the blocks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from genrescope.audio.stream import Limits
from genrescope.card import ModelCard
from genrescope.errors import AudioError
from genrescope.records import Clip, FloatArray
from genrescope.runtime.blocks import Layout, SoundBlocks, Source

RATE_HZ, WINDOW, HOP = 8000, 8000, 4000
MakeNoise = Callable[..., Clip]


def card_of(window_s: float) -> ModelCard:
    return ModelCard("small", ["a", "b"], RATE_HZ, window_s, HOP / RATE_HZ, unsure_below=0.2, licence="Apache-2.0")


CARD = card_of(WINDOW / RATE_HZ)


def windows(source: Source, layout: Layout) -> FloatArray:
    """Cut every block into its windows, shape (n_windows, WINDOW)."""
    blocks = SoundBlocks(source, CARD, layout, Limits())
    cut = [np.lib.stride_tricks.sliding_window_view(block, WINDOW)[::HOP] for block in blocks]
    return np.concatenate(cut)


@pytest.mark.parametrize("block_windows", [1, 2, 4, 30])
@pytest.mark.parametrize("n_samples", [WINDOW, WINDOW + 1, WINDOW + HOP - 1, WINDOW + HOP, 20 * HOP, 20 * HOP + 17])
def test_every_window_once_and_in_order(noise: MakeNoise, n_samples: int, block_windows: int) -> None:
    samples = noise(30).samples[:n_samples]
    expected = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    got = windows(Clip(samples, RATE_HZ), Layout.every_window(CARD, block_windows))
    np.testing.assert_array_equal(got, expected)


def test_a_file_is_cut_as_its_samples_are(noise: MakeNoise, tmp_path: Path) -> None:
    clip = noise(13.3)
    soundfile.write(tmp_path / "noise.wav", clip.samples, RATE_HZ, subtype="FLOAT")
    layout = Layout.every_window(CARD)
    np.testing.assert_allclose(windows(tmp_path / "noise.wav", layout), windows(clip, layout), atol=1e-6)


def test_less_than_a_window_is_repeated(noise: MakeNoise) -> None:
    card = card_of(3.0)
    samples = noise(1.25).samples
    (block,) = SoundBlocks(Clip(samples, RATE_HZ), card, Layout.every_window(card), Limits())
    np.testing.assert_array_equal(block, np.concatenate([samples, samples, samples])[: card.window_samples])


def test_fast_hears_windows_that_the_timeline_has_too(noise: MakeNoise) -> None:
    clip = noise(65)
    every, some = windows(clip, Layout.every_window(CARD)), windows(clip, Layout.fast(CARD))
    assert len(every) == 129
    assert len(some) == 11  # one every six seconds, and one of the last five
    places = [int(np.flatnonzero((every == window).all(axis=1))[0]) for window in some]
    assert np.diff(places[:-1]).tolist() == [12] * 9
    assert places == sorted(places)


@pytest.mark.parametrize("duration_s", [1.0, 1.4, 5.9, 6.3])
def test_fast_hears_something_of_the_shortest(noise: MakeNoise, duration_s: float) -> None:
    assert len(windows(noise(duration_s), Layout.fast(CARD))) == 1


def test_a_clip_at_another_rate_is_resampled() -> None:
    """A tone of 440 Hz stays one, so that no rate can be mistaken."""
    tone = (np.sin(2 * np.pi * 440 * np.arange(44100 * 3) / 44100) / 2).astype(np.float32)
    blocks = SoundBlocks(Clip(tone, 44100), CARD, Layout.every_window(CARD), Limits())
    spectrum = np.abs(np.fft.rfft(next(iter(blocks))[:WINDOW]))
    assert spectrum.argmax() == 440  # one second of sound: a bin is a hertz


def test_duration_is_that_of_the_sound(noise: MakeNoise) -> None:
    blocks = SoundBlocks(noise(7.25), CARD, Layout.every_window(CARD), Limits())
    list(blocks)
    assert blocks.duration_s == pytest.approx(7.25)
    assert blocks.notices == ()


@pytest.mark.parametrize(
    ("samples", "kind"),
    [
        (np.full(RATE_HZ // 2, 0.1), "too_short"),
        (np.zeros(0), "too_short"),
        (np.zeros(2 * RATE_HZ), "silent"),
        (np.full(2 * RATE_HZ, np.nan), "damaged"),
    ],
)
def test_clips_without_an_answer(samples: NDArray[np.float64], kind: str) -> None:
    with pytest.raises(AudioError) as caught:
        list(
            SoundBlocks(Clip(np.asarray(samples, dtype=np.float32), RATE_HZ), CARD, Layout.every_window(CARD), Limits())
        )
    assert caught.value.kind == kind
    assert caught.value.path == "<clip>"

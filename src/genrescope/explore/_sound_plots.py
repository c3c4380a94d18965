"""Plots of the sound itself: in time, in frequency, and in both."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genrescope.explore._draw import FLAT, LINE, SECOND, WIDE, bar, figure, named
from genrescope.explore.page import Plot
from genrescope.records import Clip, FloatArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HOP = 512
DRAWN_POINTS = 2_000


def _envelope(clip: Clip) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return times in s, and the lowest and highest sample of each stretch."""
    step = max(1, len(clip.samples) // DRAWN_POINTS)
    rows = clip.samples[: len(clip.samples) // step * step].reshape(-1, step)
    times = (np.arange(len(rows)) * step / clip.sample_rate_hz).astype(np.float32)
    return times, rows.min(axis=1), rows.max(axis=1)


def waveform(clip: Clip) -> Plot:
    """Draw the samples."""
    drawn, axes = figure(FLAT)
    times, low, high = _envelope(clip)
    axes.fill_between(times, low, high, color=LINE, lw=0)
    named(axes, "time (s)", "sample (full scale 1)")
    return Plot("waveform", "Waveform", "Lowest and highest sample of each moment: loud parts are wide.", drawn)


def envelope(clip: Clip) -> Plot:
    """Draw the loudest sample of each moment."""
    drawn, axes = figure(FLAT)
    times, low, high = _envelope(clip)
    axes.plot(times, np.maximum(high, -low), color=LINE, lw=0.8)
    named(axes, "time (s)", "peak (full scale 1)")
    return Plot("envelope", "Envelope", "The outline of the waveform. At 1 the sound is cut off.", drawn)


def _power_db(clip: Clip) -> FloatArray:
    import librosa

    stft = np.abs(librosa.stft(clip.samples, n_fft=2048, hop_length=HOP))
    return np.asarray(librosa.amplitude_to_db(stft, ref=np.max), dtype=np.float32)


def spectrum(clip: Clip) -> Plot:
    """Draw the mean spectrum, linear."""
    import librosa

    drawn, axes = figure(FLAT)
    mean = np.abs(librosa.stft(clip.samples, n_fft=2048, hop_length=HOP)).mean(axis=1)
    axes.plot(np.linspace(0, clip.sample_rate_hz / 2, len(mean)), mean, color=LINE, lw=0.8)
    named(axes, "frequency (Hz)", "mean magnitude")
    return Plot("spectrum", "Spectrum", "Where the energy lies on average: bass and voice on the left.", drawn)


def log_spectrum(clip: Clip) -> Plot:
    """Draw the mean spectrum in decibels over log frequency."""
    drawn, axes = figure(FLAT)
    mean = _power_db(clip).mean(axis=1)
    axes.semilogx(np.linspace(0, clip.sample_rate_hz / 2, len(mean))[1:], mean[1:], color=LINE, lw=0.8)
    named(axes, "frequency (Hz, logarithmic)", "mean level (dB)")
    caption = "The same in decibels: the slope tells dark from bright sound, a sudden edge on the right a lossy coder."
    return Plot("log-spectrum", "Spectrum, logarithmic", caption, drawn)


def _image(clip: Clip, values: NDArray[Any], bands: NDArray[Any], up: str, name: str, *, log: bool) -> "Figure":
    drawn, axes = figure(WIDE)
    step = max(1, values.shape[1] // DRAWN_POINTS)
    shown = values[:, : values.shape[1] // step * step].reshape(len(values), -1, step).mean(axis=2)
    times = np.arange(shown.shape[1]) * step * HOP / clip.sample_rate_hz
    image = axes.pcolormesh(times, bands, shown, shading="nearest", rasterized=True)
    if log:
        axes.set_yscale("log")
    named(axes, "time (s)", up)
    bar(drawn, image, axes, name)
    return drawn


def spectrogram(clip: Clip) -> Plot:
    """Draw the spectrogram with linear frequency."""
    power = _power_db(clip)
    drawn = _image(clip, power, np.linspace(0, clip.sample_rate_hz / 2, len(power)), "frequency (Hz)", "dB", log=False)
    caption = "Level by time and frequency. Lines across are tones, lines upward are beats."
    return Plot("spectrogram", "Spectrogram", caption, drawn)


def log_spectrogram(clip: Clip) -> Plot:
    """Draw the spectrogram with logarithmic frequency."""
    power = _power_db(clip)
    bands = np.linspace(0, clip.sample_rate_hz / 2, len(power))
    drawn = _image(clip, power[3:], bands[3:], "frequency (Hz, logarithmic)", "dB", log=True)
    caption = "The same with a logarithmic axis, on which an octave has the same height everywhere."
    return Plot("log-spectrogram", "Spectrogram, logarithmic", caption, drawn)


def mel_spectrogram(clip: Clip) -> Plot:
    """Draw the log-mel spectrogram, the input of most networks."""
    import librosa

    mel = librosa.feature.melspectrogram(y=clip.samples, sr=clip.sample_rate_hz, n_fft=2048, hop_length=HOP)
    drawn = _image(clip, librosa.power_to_db(mel, ref=np.max), np.arange(len(mel)), "mel band", "dB", log=False)
    return Plot("mel", "Mel spectrogram", "128 bands spaced as ears space them: what most networks see.", drawn)


def _over_waveform(clip: Clip, slug: str, title: str, caption: str, *lines: tuple[str, NDArray[Any]]) -> Plot:
    drawn, axes = figure(FLAT)
    times, low, high = _envelope(clip)
    for (name, values), colour in zip(lines, (SECOND, LINE), strict=False):
        axes.plot(np.arange(len(values)) * HOP / clip.sample_rate_hz, values, color=colour, lw=0.8, label=name)
    drawn.legend(loc="outside upper right", ncols=2)
    behind = axes.twinx()
    behind.fill_between(times, low, high, color="#888888", alpha=0.35, lw=0)
    behind.set(ylim=(-1.05, 1.05), yticks=[])
    named(axes, "time (s)", "frequency (Hz)")
    return Plot(slug, title, caption, drawn)


def centroid_and_bandwidth(clip: Clip) -> Plot:
    """Draw spectral centroid and bandwidth over the waveform."""
    import librosa

    centroid = librosa.feature.spectral_centroid(y=clip.samples, sr=clip.sample_rate_hz, hop_length=HOP)[0]
    width = librosa.feature.spectral_bandwidth(y=clip.samples, sr=clip.sample_rate_hz, hop_length=HOP)[0]
    caption = "The middle of the spectrum and how far it spreads; the waveform is grey behind. High: bright or noisy."
    return _over_waveform(
        clip, "centroid", "Spectral centroid and bandwidth", caption, ("centroid", centroid), ("bandwidth", width)
    )


def rolloff(clip: Clip) -> Plot:
    """Draw spectral rolloff over the waveform."""
    import librosa

    values = librosa.feature.spectral_rolloff(y=clip.samples, sr=clip.sample_rate_hz, hop_length=HOP)[0]
    caption = "Below this frequency lies 85 % of the energy; the waveform is grey behind."
    return _over_waveform(clip, "rolloff", "Spectral rolloff", caption, ("rolloff", values))


PLOTS: tuple[Callable[[Clip], Plot], ...] = (
    waveform, envelope, spectrum, log_spectrum, spectrogram, log_spectrogram, mel_spectrogram,
    centroid_and_bandwidth, rolloff,
)  # fmt: skip

"""Plots of harmony, timbre and rhythm."""

from collections.abc import Callable
from typing import Any

import numpy as np

from genrescope.explore._draw import FLAT, LINE, SECOND, WIDE, bar, figure, named
from genrescope.explore.page import Plot
from genrescope.records import Clip

HOP = 512
PITCHES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"]
TONNETZ = ["fifth x", "fifth y", "minor third x", "minor third y", "major third x", "major third y"]


def _rows(clip: Clip, values: Any, names: list[str] | None, up: str, scale: str) -> Any:
    drawn, axes = figure(WIDE)
    duration_s = values.shape[1] * HOP / clip.sample_rate_hz
    image = axes.imshow(values, aspect="auto", origin="lower", extent=(0, duration_s, -0.5, len(values) - 0.5))
    if names is not None:
        axes.set_yticks(range(len(names)), names, fontsize=7)
    else:
        axes.locator_params(axis="y", integer=True)
    named(axes, "time (s)", up)
    bar(drawn, image, axes, scale)
    return drawn


def mfcc(clip: Clip) -> Plot:
    """Draw 20 MFCCs, each scaled alike."""
    import librosa

    values = librosa.feature.mfcc(y=clip.samples, sr=clip.sample_rate_hz, n_mfcc=20, hop_length=HOP)
    scaled = (values - values.mean(axis=1, keepdims=True)) / (values.std(axis=1, keepdims=True) + 1e-9)
    drawn = _rows(clip, np.clip(scaled, -3, 3), None, "coefficient", "deviations")
    caption = (
        "The shape of the spectrum in 20 numbers, each standardised over the song. A change of colours: a new sound."
    )
    return Plot("mfcc", "MFCC", caption, drawn)


def _chroma(clip: Clip, kind: str, title: str, caption: str) -> Plot:
    import librosa

    values = getattr(librosa.feature, f"chroma_{kind}")(y=clip.samples, sr=clip.sample_rate_hz, hop_length=HOP)
    return Plot(f"chroma-{kind}", title, caption, _rows(clip, values, PITCHES, "pitch class", "share of the strongest"))


def chroma_stft(clip: Clip) -> Plot:
    """Draw the pitch classes from the short-time Fourier transform."""
    return _chroma(clip, "stft", "Chroma (STFT)", "Which of the twelve notes sound, octaves folded together.")


def chroma_cqt(clip: Clip) -> Plot:
    """Draw the pitch classes from the constant-Q transform."""
    return _chroma(clip, "cqt", "Chroma (constant Q)", "The same from a transform with notes as its steps: sharper.")


def chroma_cens(clip: Clip) -> Plot:
    """Draw smoothed, normalised pitch classes."""
    return _chroma(clip, "cens", "Chroma (CENS)", "The same, smoothed and levelled: the chords without the dynamics.")


def tonnetz(clip: Clip) -> Plot:
    """Draw the tonal centroid."""
    import librosa

    values = librosa.feature.tonnetz(y=clip.samples, sr=clip.sample_rate_hz, hop_length=HOP)
    caption = (
        "The harmony as a point that moves along fifths and thirds. A stripe that changes colour is a chord change."
    )
    return Plot("tonnetz", "Tonnetz", caption, _rows(clip, values, TONNETZ, "direction", "position"))


def contrast(clip: Clip) -> Plot:
    """Draw the spectral contrast."""
    import librosa

    values = librosa.feature.spectral_contrast(y=clip.samples, sr=clip.sample_rate_hz, hop_length=HOP)
    names = ["<200", "200-400", "400-800", "0.8-1.6k", "1.6-3.2k", "3.2-6.4k"]
    caption = (
        "How far peaks stand above valleys in each octave. High: clear tones; low: noise or dense sound. Above "
        "6.4 kHz nothing is shown: the resampler empties its upper end, and that would pass for contrast."
    )
    return Plot("contrast", "Spectral contrast", caption, _rows(clip, values[: len(names)], names, "band (Hz)", "dB"))


def _line(clip: Clip, values: Any, up: str) -> Any:
    drawn, axes = figure(FLAT)
    axes.plot(np.arange(len(values)) * HOP / clip.sample_rate_hz, values, color=LINE, lw=0.8)
    named(axes, "time (s)", up)
    return drawn


def rms(clip: Clip) -> Plot:
    """Draw the root mean square energy."""
    import librosa

    drawn = _line(clip, librosa.feature.rms(y=clip.samples, hop_length=HOP)[0], "RMS (full scale 1)")
    return Plot("rms", "RMS energy", "Loudness over time. Flat and high: heavily compressed.", drawn)


def zero_crossings(clip: Clip) -> Plot:
    """Draw the zero-crossing rate."""
    import librosa

    values = librosa.feature.zero_crossing_rate(clip.samples, hop_length=HOP)[0]
    drawn = _line(clip, values, "share of samples")
    return Plot(
        "zero-crossings", "Zero-crossing rate", "How often the sign changes. Peaks: consonants, cymbals, noise.", drawn
    )


def tempogram(clip: Clip) -> Plot:
    """Draw the tempogram with the tempo that it speaks for."""
    import librosa

    onset = librosa.onset.onset_strength(y=clip.samples, sr=clip.sample_rate_hz, hop_length=HOP)
    values = librosa.feature.tempogram(onset_envelope=onset, sr=clip.sample_rate_hz, hop_length=HOP)
    beats = librosa.tempo_frequencies(len(values), hop_length=HOP, sr=clip.sample_rate_hz)
    tempo = float(librosa.feature.tempo(onset_envelope=onset, sr=clip.sample_rate_hz, hop_length=HOP)[0])
    shown = (beats >= 30) & (beats <= 400)
    drawn, axes = figure(WIDE)
    times = np.arange(values.shape[1]) * HOP / clip.sample_rate_hz
    image = axes.pcolormesh(times, beats[shown], values[shown], shading="nearest", rasterized=True)
    axes.axhline(tempo, color=SECOND, ls="--", lw=1.2)
    axes.set_yscale("log")
    ticks = [30, 60, 120, 240]
    axes.set_yticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    named(axes, "time (s)", "tempo (beats a minute)")
    bar(drawn, image, axes, "autocorrelation")
    caption = f"How well each tempo fits, over time. The dashed line is the tempo heard: {tempo:.0f} beats a minute."
    return Plot("tempogram", "Tempogram", caption, drawn)


PLOTS: tuple[Callable[[Clip], Plot], ...] = (
    mfcc, chroma_stft, chroma_cqt, chroma_cens, tonnetz, contrast, rms, zero_crossings, tempogram,
)  # fmt: skip

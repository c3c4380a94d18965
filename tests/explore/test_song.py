"""The page of a song: every plot that is promised, and errors in words."""

from pathlib import Path

import pytest

from genrescope.errors import AudioError
from genrescope.explore.page import render
from genrescope.explore.song import song_page

PROMISED = {
    "genres", "waveform", "envelope", "spectrum", "log-spectrum", "spectrogram", "log-spectrogram", "mel", "mfcc",
    "chroma-stft", "chroma-cqt", "chroma-cens", "tonnetz", "rolloff", "centroid", "contrast", "rms", "zero-crossings",
    "tempogram",
}  # fmt: skip


def test_every_promised_plot_is_there(songs: Path) -> None:
    told: list[str] = []
    page = song_page(songs / "low" / "0.wav", told.append)
    plots = [plot for section in page.sections for plot in section.plots]
    assert {plot.slug for plot in plots} == PROMISED
    assert len(told) == len(plots)
    assert all(plot.caption.endswith(".") for plot in plots)
    assert page.sound[:4] == b"OggS"
    html = render(page)
    assert html.count("<figure") == len(PROMISED)
    assert html.count("<audio") == 1


def test_a_file_without_sound_is_said(songs: Path) -> None:
    with pytest.raises(AudioError, match=r"broken\.mp3"):
        song_page(songs / "low" / "broken.mp3")

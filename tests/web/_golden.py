"""What the page's own parts must answer, computed by the program: python tests/web/_golden.py writes it anew."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from genrescope.audio.stream import Limits
from genrescope.card import ModelCard, VocabularyMap
from genrescope.cli._jams import to_jams
from genrescope.cli._lines import CsvLines, plain
from genrescope.palette import assign_colours
from genrescope.records import Clip, FloatArray, Prediction
from genrescope.runtime.blocks import Layout, SoundBlocks
from genrescope.runtime.timeline import Windows, describe

FILE = Path(__file__).resolve().parents[2] / "web" / "tests" / "golden.json"
LABELS = ["Blues", "Hip-Hop", "Jazz", "Rock", "World"]
WEIGHTS = [[1.0, 0.0], [0.0, 1.0], [0.75, 0.25], [0.0, 1.0], [0.0, 0.0]]
CARD = ModelCard(
    name="toy",
    labels=LABELS,
    sample_rate_hz=16_000,
    window_s=3.008,
    hop_s=0.992,
    unsure_below=0.3,
    speech_above=0.5,
    licence="Apache-2.0",
    vocabularies={"two": VocabularyMap(["old", "new"], WEIGHTS)},
)
CARD_FIELDS = {
    "name",
    "labels",
    "sample_rate_hz",
    "window_s",
    "hop_s",
    "unsure_below",
    "speech_above",
    "vocabularies",
}
"""What the page reads of a card: `Card` in web/src/records.ts."""
LENGTHS = (16_000, 48_127, 48_128, 64_000, 540_159, 540_160, 556_032, 588_288, 1_100_000)
TEXTS = ("song.mp3", "a\nb\t\x07.mp3", 'Ж "quoted", é.ogg', "wide\u2028line\u00a0\U000e0001")


def golden() -> dict[str, Any]:
    """Return everything that the page's tests compare with."""
    return {
        "card": {name: value for name, value in asdict(CARD).items() if name in CARD_FIELDS},
        "layout": {str(n_samples): _cuts(n_samples) for n_samples in LENGTHS},
        "songs": [_song(seed, vocabulary) for seed, vocabulary in ((1, "native"), (1, "two"), (2, "native"))],
        "plain": [[text, plain(text)] for text in TEXTS],
        "colours": [[shown, assign_colours(shown, LABELS * 2)] for shown in (["Rock", "Blues"], LABELS)],
        "resampled": [_resampled(rate_hz) for rate_hz in (22_050, 44_100, 48_000, 8_000)],
    }


def _cuts(n_samples: int) -> list[list[int]]:
    """Cut samples that are their own numbers: where each block begins, and how long it is."""
    clip = Clip(np.arange(n_samples, dtype=np.float32), CARD.sample_rate_hz)
    blocks = SoundBlocks(clip, CARD, Layout.every_window(CARD), Limits())
    return [[int(block[0]), len(block)] for block in blocks]


def _song(seed: int, vocabulary: str) -> dict[str, Any]:
    """Answer for random windows; the second seed's are mostly speech."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(len(LABELS), 0.4), size=14).astype(np.float32)
    voice, speech = (rng.uniform(0, seed / 2, size=14).astype(np.float32) for _ in range(2))
    prediction = describe(
        Windows(probabilities, voice, speech),
        CARD,
        path="a, b.mp3",
        duration_s=17.25,
        vocabulary=vocabulary,
        timeline=True,
        notices=(),
    )
    return {
        "windows": {"probabilities": probabilities.tolist(), "voice": voice.tolist(), "speech": speech.tolist()},
        "vocabulary": vocabulary,
        "object": prediction.to_dict(5),
        "jams": to_jams(prediction, 5),
        "csv": (CsvLines(3).header + CsvLines(3).encode(prediction)).decode(),
        "correlation": _correlation(prediction),
    }


def _correlation(prediction: Prediction) -> list[list[float]]:
    assert prediction.timeline is not None
    matrix = np.atleast_2d(np.corrcoef(prediction.timeline.probabilities.T))
    return [[round(float(r), 6) for r in row] for row in matrix]


def sweep(rate_hz: int) -> FloatArray:
    """Return two seconds of tones that every rate here can hold, with noise above 8 kHz where there is room for it."""
    time_s = np.arange(2 * rate_hz) / rate_hz
    tones = sum(np.sin(2 * np.pi * hz * time_s + hz) for hz in (110.0, 1234.5, 3300.0))
    above = np.sin(2 * np.pi * 9500.0 * time_s) if rate_hz > 20_000 else 0.0
    return np.asarray(0.2 * tones + 0.2 * above, dtype=np.float32)


def _resampled(rate_hz: int) -> dict[str, Any]:
    """Resample tones as the decoder does; the page makes the same tones itself."""
    samples = soxr.resample(sweep(rate_hz), rate_hz, 16_000, quality="HQ")
    return {"rate_hz": rate_hz, "n": len(samples), "middle": [round(float(x), 5) for x in samples[16_000:16_100]]}


if __name__ == "__main__":
    FILE.write_text(json.dumps(golden(), ensure_ascii=True) + "\n", encoding="utf-8")

"""Three short pieces of our own, rendered from nothing: python examples/pieces.py FOLDER.

They belong to the project (Apache-2.0) and always sound the same, so that demos and tests need nobody's recordings.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 22_050
Sound = NDArray[np.float64]


def hertz(note: float) -> float:
    """Return the frequency of a MIDI note number."""
    return float(440.0 * 2 ** ((note - 69) / 12))


def silence(seconds: float) -> Sound:
    """Return an empty stretch."""
    return np.zeros(int(seconds * RATE_HZ))


def put(piece: Sound, sound: Sound, at_s: float, gain: float = 1.0) -> None:
    """Mix a sound into a piece, cut at the piece's end."""
    start = int(at_s * RATE_HZ)
    part = sound[: max(0, len(piece) - start)]
    piece[start : start + len(part)] += gain * part


def pluck(note: float, seconds: float, rng: np.random.Generator) -> Sound:
    """Return a plucked string (Karplus and Strong 1983)."""
    n_samples, period = int(seconds * RATE_HZ), max(2, round(RATE_HZ / hertz(note)))
    rows = [rng.uniform(-1, 1, period)]
    for _ in range(n_samples // period):
        rows.append(0.498 * (rows[-1] + np.roll(rows[-1], 1)))
    return np.concatenate(rows)[:n_samples]


def saw(note: float, seconds: float, brightness: int) -> Sound:
    """Return a sawtooth of `brightness` partials with soft ends."""
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    partials = [np.sin(2 * np.pi * hertz(note) * k * t) / k for k in range(1, brightness + 1)]
    ends = np.minimum(1, np.minimum(t, seconds - t) / (0.1 * seconds))
    return np.asarray(np.sum(partials, axis=0) * ends)


def kick() -> Sound:
    """Return a bass drum: a sine that falls from 150 to 45 Hz."""
    t = np.arange(int(0.3 * RATE_HZ)) / RATE_HZ
    return np.sin(2 * np.pi * (45 * t + 105 * 0.03 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.1)


def hat(rng: np.random.Generator, seconds: float = 0.06) -> Sound:
    """Return a hi-hat: bright noise that dies at once."""
    noise = np.diff(rng.normal(0, 0.4, int(seconds * RATE_HZ)), prepend=0)
    return np.asarray(noise * np.exp(-np.linspace(0, 6, len(noise))))


def clap(rng: np.random.Generator) -> Sound:
    """Return a clap: a burst of noise."""
    noise = rng.normal(0, 0.35, int(0.16 * RATE_HZ))
    return np.asarray(noise * np.exp(-np.linspace(0, 7, len(noise))))


def house(rng: np.random.Generator) -> Sound:
    """Four beats on the floor at 124 a minute, off-beat hats, minor chords."""
    piece, beat_s = silence(20.0), 60 / 124
    for beat in range(int(20 / beat_s)):
        put(piece, kick(), beat * beat_s, 0.9)
        put(piece, hat(rng), (beat + 0.5) * beat_s, 0.5)
        if beat % 2:
            put(piece, clap(rng), beat * beat_s, 0.5)
        root = (45, 45, 41, 43)[beat // 4 % 4]
        for step, gain in ((0.5, 0.22), (0.75, 0.15)):
            for interval in (12, 15, 19):
                put(piece, saw(root + interval, 0.16, 8), (beat + step) * beat_s, gain / 2)
        put(piece, saw(root - 12, 0.3, 4), (beat + 0.5) * beat_s, 0.35)
    return piece


def strings(rng: np.random.Generator) -> Sound:
    """A slow choral of bowed voices with a melody above."""
    piece = silence(20.0)
    chords = [(48, 55, 64, 72), (45, 57, 60, 72), (41, 53, 60, 69), (43, 55, 62, 71)]
    for bar, chord in enumerate([*chords, chords[0]]):
        for note in chord:
            for detune in rng.normal(0, 0.06, 3):
                put(piece, saw(note + detune, 4.4, 7), bar * 3.9, 0.05)
        for step, note in enumerate((76, 79, 77, 74)):
            put(piece, saw(note + rng.normal(0, 0.03), 1.05, 6), bar * 3.9 + step * 0.97, 0.07)
    return piece


def blues(rng: np.random.Generator) -> Sound:
    """A shuffled boogie on plucked strings."""
    piece, beat_s = silence(20.0), 60 / 104
    roots = (40, 40, 45, 40, 47, 45, 40, 47)
    for beat in range(int(20 / beat_s)):
        root = roots[beat // 4 % len(roots)]
        sixth = root + (9 if beat % 2 else 7)
        for swing, gain in ((0.0, 0.5), (0.66, 0.35)):
            put(piece, pluck(root, 0.6, rng), (beat + swing) * beat_s, gain)
            put(piece, pluck(sixth, 0.6, rng), (beat + swing) * beat_s, gain)
        lick = (64, 67, 69, 70, 71, 74, 71, 67)[int(rng.integers(8))]
        if beat % 4 in (1, 2, 3):
            put(piece, pluck(lick, 0.8, rng), (beat + 0.33) * beat_s, 0.5)
    return piece


PIECES: dict[str, Callable[[np.random.Generator], Sound]] = {"house": house, "strings": strings, "blues": blues}


def render(name: str) -> NDArray[np.float32]:
    """Return a piece, mono at `RATE_HZ`, its loudest sample at 0.8."""
    sound = PIECES[name](np.random.default_rng(7))
    return np.asarray(0.8 * sound / np.abs(sound).max(), dtype=np.float32)


def write_pieces(folder: Path) -> list[Path]:
    """Write every piece as a WAV file into `folder`, and return the files."""
    import soundfile

    folder.mkdir(parents=True, exist_ok=True)
    for name in PIECES:
        soundfile.write(folder / f"{name}.wav", render(name), RATE_HZ)
    return [folder / f"{name}.wav" for name in PIECES]


if __name__ == "__main__":
    for file in write_pieces(Path(sys.argv[1] if len(sys.argv) > 1 else ".")):
        print(file)

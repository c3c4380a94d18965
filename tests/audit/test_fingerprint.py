"""Sketches: near for copies, far for others, at any rate."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genrescope.audit.fingerprint import NEAR, near_pairs
from genrescope.audit.hear import hear

Music = Callable[..., Any]
Write = Callable[..., Path]


def test_pairs_are_those_that_are_near() -> None:
    sketches = [(0.0, 0.0), (), (0.1, 0.0), (5.0, 5.0), (0.0, 0.02)]
    pairs = near_pairs(sketches, limit=0.05)
    assert [(a, b) for a, b, _ in pairs] == [(0, 4)]
    assert pairs[0][2] == pytest.approx(0.02 / np.sqrt(2), abs=1e-6)
    assert near_pairs(sketches[:2]) == []


def test_pairs_across_chunks_are_those_of_all_against_all() -> None:
    rows = np.random.default_rng(0).normal(size=(1500, 6))
    rows[1400] = rows[3]
    rows[700] = rows[650] + 0.01
    apart = np.sqrt(np.square(rows[:, None] - rows[None]).mean(axis=-1))
    expected = {(int(a), int(b)) for a, b in np.argwhere(np.triu(apart < 0.3, k=1))}
    assert {(3, 1400), (650, 700)} <= expected
    assert {(a, b) for a, b, _ in near_pairs([tuple(row) for row in rows.tolist()], limit=0.3)} == expected


def test_large_levels_lose_no_digits() -> None:
    rows = np.random.default_rng(1).normal(size=(4, 60)) + 300.0
    rows[3] = rows[0] + 0.001
    assert [(a, b) for a, b, _ in near_pairs([tuple(row) for row in rows.tolist()], limit=0.01)] == [(0, 3)]


def test_copies_are_near_and_other_pieces_are_not(tmp_path: Path, make_music: Music, write_sound: Write) -> None:
    sound = make_music(1, seconds=12.0)
    sketches = [
        hear(path).sketch
        for path in (
            write_sound(tmp_path / "song.wav", sound),
            write_sound(tmp_path / "soft.flac", sound * 0.3),
            write_sound(tmp_path / "later.wav", sound[15000:]),
            write_sound(tmp_path / "mono.ogg", sound.mean(axis=1, keepdims=True)),
            *(write_sound(tmp_path / f"{seed}.wav", make_music(seed, seconds=12.0)) for seed in range(2, 8)),
        )
    ]
    near = {(a, b) for a, b, _ in near_pairs(sketches)}
    assert near == {(a, b) for a in range(4) for b in range(a + 1, 4)}


def test_real_copies_at_other_rates_and_bit_rates(shared_data: Path, tmp_path: Path, ffmpeg: str) -> None:
    clips = sorted((shared_data / "gtzan_mini").glob("*/*.00000.ogg"))
    clips += sorted((shared_data / "fma" / "audio").glob("*.mp3"))
    ways = {"48k.ogg": ["-ar", "48000"], "64k.mp3": ["-b:a", "64k"], "late.mp3": ["-ss", "0.35"]}
    copies = {}
    for clip in clips[::4]:
        for name, options in ways.items():
            copy = tmp_path / f"{clip.stem}.{name}"
            subprocess.run([ffmpeg, "-v", "error", "-i", clip, *options, copy], check=True)
            copies[copy] = clip
    files = [*clips, *copies]
    near = {(files[a], files[b]) for a, b, _ in near_pairs([hear(file).sketch for file in files])}
    assert {(clip, copy) for copy, clip in copies.items()} <= near
    assert all(copies.get(a, a) == copies.get(b, b) for a, b in near), "no two pieces are taken for one"
    assert NEAR < 0.25


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 32000, 44100, 48000, 96000])
def test_a_sketch_at_every_rate(tmp_path: Path, make_music: Music, write_sound: Write, rate: int) -> None:
    told = hear(write_sound(tmp_path / "song.wav", make_music(1, rate=rate), rate))
    assert len(told.sketch) == 60
    assert np.isfinite(told.sketch).all()

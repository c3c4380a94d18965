import zipfile
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

import _music


def test_lines_are_joined_to_pieces_with_pauses() -> None:
    second = np.ones(_music.RATE_HZ, np.float32)
    pieces = list(_music.join([second] * 100))
    assert [len(piece) / _music.RATE_HZ for piece in pieces] == pytest.approx([45.5, 45.5])
    assert pieces[0].mean() == pytest.approx(1 / 1.3, abs=1e-3)


def test_songs_are_found_once_and_inside_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_music, "SHORTEST_BYTES", 4)
    package = tmp_path / "game-music"
    package.mkdir()
    (package / "song.ogg").write_bytes(b"12345")
    (package / "again.ogg").symlink_to(package / "song.ogg")
    (package / "beep.ogg").write_bytes(b"1")
    with zipfile.ZipFile(package / "all.pk3", "w") as archive:
        archive.writestr("tracks/inside.ogg", b"12345")
        archive.writestr("tracks/readme.txt", b"12345")
    assert [path.name for path in _music.songs(package, tmp_path)] == ["song.ogg", "inside.ogg"]
    _music.lay_songs(package, tmp_path, tmp_path / "laid")
    assert sorted(path.name for path in (tmp_path / "laid").iterdir()) == ["game-music_song.ogg", "tracks_inside.ogg"]


def test_a_telephone_coding_is_read(tmp_path: Path) -> None:
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    soundfile.write(tmp_path / "tone.wav", tone, 16_000)
    with av.open(tmp_path / "tone.wav") as source, av.open(tmp_path / "tone.g722", "w", format="g722") as target:
        stream = target.add_stream("g722", rate=16_000, layout="mono")
        for frame in source.decode(audio=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    heard = _music.read_g722(tmp_path / "tone.g722")
    assert len(heard) == pytest.approx(16_000, abs=1000)
    assert np.sqrt(np.square(heard).mean()) == pytest.approx(0.3 / np.sqrt(2), rel=0.1)


def test_lines_that_are_music_or_broken_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_music, "LARGEST_LINE_BYTES", 60_000)
    noise = 0.1 * np.random.default_rng(0).normal(size=16_000)
    soundfile.write(tmp_path / "line.ogg", noise, 16_000)
    (tmp_path / "broken.ogg").write_bytes(b"nothing")
    (tmp_path / "music.ogg").write_bytes(b"0" * 60_000)
    assert [len(line) for line in _music.lines(tmp_path)] == [16_000]

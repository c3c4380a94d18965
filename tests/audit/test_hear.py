"""What one file is told of: figures, and samples that are the same in any container."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genrescope.audit.hear import Heard, hear
from genrescope.errors import AudioError

Music = Callable[..., Any]
Write = Callable[..., Path]


def test_figures_of_a_file(tmp_path: Path, make_music: Music, write_sound: Write) -> None:
    sound = make_music(1, seconds=8.0)
    sound[: 4 * 22050] = 0.0  # half of it is silent
    sound[-2205:] = 1.0  # a tenth of a second at full scale
    told = hear(write_sound(tmp_path / "song.wav", sound))
    assert (told.sample_rate_hz, told.channels, told.damage) == (22050, 2, None)
    assert told.duration_s == pytest.approx(8.0, abs=1e-3)
    assert told.claimed_s == pytest.approx(8.0, abs=1e-3)
    assert told.silent_share == pytest.approx(0.5, abs=0.03)
    assert told.clipped_share == pytest.approx(0.1 / 8, abs=1e-4)
    assert told.peak == pytest.approx(1.0, abs=1e-3)
    assert Heard.from_dict(told.to_dict()) == told


@pytest.mark.parametrize("suffix", [".flac", ".au", ".aiff"])
def test_the_same_samples_in_another_container(
    tmp_path: Path, make_music: Music, write_sound: Write, suffix: str
) -> None:
    sound = make_music(2)
    first = hear(write_sound(tmp_path / "song.wav", sound))
    assert hear(write_sound(tmp_path / f"song{suffix}", sound)).pcm == first.pcm


@pytest.mark.parametrize("place", [0, 64, 1001, -1], ids=["first", "hashed", "between", "last"])
def test_one_other_sample_is_another_sound(tmp_path: Path, make_music: Music, write_sound: Write, place: int) -> None:
    sound = make_music(2)
    first = hear(write_sound(tmp_path / "song.wav", sound))
    sound[place, 1] += 0.001
    assert hear(write_sound(tmp_path / "other.wav", sound)).pcm != first.pcm


def test_the_rate_is_part_of_the_sound(tmp_path: Path, make_music: Music, write_sound: Write) -> None:
    sound = make_music(2)
    first = hear(write_sound(tmp_path / "song.wav", sound))
    assert hear(write_sound(tmp_path / "fast.wav", sound, 44100)).pcm != first.pcm


def test_a_cut_file_is_told_of_with_its_seconds(tmp_path: Path, make_music: Music, write_sound: Write) -> None:
    path = write_sound(tmp_path / "song.wav", make_music(3))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    told = hear(path)
    assert told.damage is not None
    assert "3.0 s of 6.0 s" in told.damage


def test_a_file_of_which_next_to_nothing_is_left(tmp_path: Path, make_music: Music, write_sound: Write) -> None:
    path = write_sound(tmp_path / "song.wav", make_music(3))
    path.write_bytes(path.read_bytes()[:20000])
    with pytest.raises(AudioError, match="too little is left") as caught:
        hear(path)
    assert caught.value.kind == "damaged"


def test_a_file_without_a_sample_is_no_error(tmp_path: Path, write_sound: Write) -> None:
    told = hear(write_sound(tmp_path / "none.wav", np.zeros((0, 1), dtype=np.float32)))
    assert (told.duration_s, told.sketch) == (0.0, ())

"""Hearing a folder: what is there is not done again, what fails is passed over, nothing is left half written."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from genrescope.models.musicnn import Musicnn
from genrescope.models.yamnet import Yamnet
from genrescope.training.corpus import Teachers, hear_files, read_store


@pytest.fixture(scope="module")
def teachers() -> Teachers:
    torch.manual_seed(0)
    return Teachers(Musicnn().eval(), Yamnet().eval())


def _files(folder: Path) -> list[Path]:
    folder.mkdir()
    sound = 0.1 * np.random.default_rng(0).normal(size=5 * 16_000)
    soundfile.write(folder / "long.wav", sound, 16_000)
    soundfile.write(folder / "short.wav", sound[:24_000], 16_000)
    (folder / "broken.mp3").write_bytes(b"no sound at all")
    return sorted(folder.iterdir())


def test_hear_and_read(teachers: Teachers, tmp_path: Path) -> None:
    files = _files(tmp_path / "songs")
    lines = list(hear_files(files, tmp_path / "store", teachers, max_s=240))
    assert lines[0].startswith("passed over")
    assert "broken.mp3" in lines[0]
    assert lines[1] == "long.wav: 5 s"
    assert "shorter than a window" in lines[2]
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["songs--long.npz"]
    heard = read_store(tmp_path / "store")[0]
    assert heard.name == "songs--long"
    assert heard.embedding.shape == (3, 200)
    assert heard.tags.shape == (3, 50)
    assert heard.classes.shape == (3, 521)
    assert list(hear_files(files[1:2], tmp_path / "store", teachers, max_s=240)) == ["long.wav: there already"]


def test_no_more_than_asked_is_heard(teachers: Teachers, tmp_path: Path) -> None:
    files = _files(tmp_path / "songs")
    list(hear_files(files[1:2], tmp_path / "store", teachers, max_s=3.5))
    assert len(read_store(tmp_path / "store")[0].tags) == 1

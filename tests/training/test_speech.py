"""Telling speech from music: what is fitted, what each held-out folder says, and what is passed over."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch import nn

from genrescope.errors import GenrescopeError
from genrescope.training.speech import Sample, fit_speech, hear_folders, held_out, scores_of, speech_share


def _samples(n: int = 8, distance: float = 3.0) -> list[Sample]:
    rng = np.random.default_rng(0)
    kinds = [index % 2 == 0 for index in range(n)]
    vectors = [rng.normal(distance * kind, 1, (30, 6)).astype(np.float32) for kind in kinds]
    return [Sample(f"{kind}{index // 4}", v, kind) for index, (v, kind) in enumerate(zip(vectors, kinds, strict=True))]


def test_speech_and_music_far_apart_are_told_apart_in_folders_never_met() -> None:
    samples = _samples()
    head = fit_speech(samples)
    assert head.weight.shape == (1, 6)
    assert all((speech_share(head, sample) > 0.5) == sample.is_speech for sample in samples)
    scores = scores_of(samples, held_out(samples))
    assert [(score.name, score.value, score.n) for score in scores] == [
        ("speech called speech", 1.0, 4),
        ("music not called speech", 1.0, 4),
    ]


def test_what_cannot_be_told_apart_is_rather_music() -> None:
    samples = _samples(40, distance=0.0)
    head = fit_speech(samples)
    assert np.mean([speech_share(head, sample) for sample in samples]) < 0.35


def test_one_kind_alone_is_an_error() -> None:
    with pytest.raises(GenrescopeError, match="takes recordings of both"):
        fit_speech(_samples()[::2])


class _Trunk(nn.Module):
    def forward(self, waveform: torch.Tensor) -> torch.Tensor:
        return waveform.unfold(1, 16_000, 16_000).mean(dim=2, keepdim=True)


def test_folders_are_heard_and_what_has_no_sound_is_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "voice"
    folder.mkdir()
    soundfile.write(folder / "said.wav", np.full(5 * 16_000, 0.25), 16_000)
    soundfile.write(folder / "short.wav", np.full(16_000, 0.25), 16_000)
    (folder / "broken.mp3").write_bytes(b"nothing")
    (heard,) = hear_folders(_Trunk(), [tmp_path], is_speech=True)
    assert (heard.folder, heard.is_speech) == ("voice", True)
    assert np.allclose(heard.embedding, 0.25, atol=1e-3)
    with pytest.raises(GenrescopeError, match="no music could be heard"):
        hear_folders(_Trunk(), [tmp_path / "none"], is_speech=False)

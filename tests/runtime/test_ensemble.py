"""Several models that answer as one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from genrescope.errors import ModelError
from genrescope.records import Clip
from genrescope.runtime.ensemble import Ensemble
from genrescope.runtime.model import load_model
from genrescope.runtime.session import Session

Write = Callable[..., Path]


def test_probabilities_are_the_mean_of_the_members(write_model: Write, noise: Callable[..., Clip]) -> None:
    first = write_model("first.onnx", name="first")
    second = write_model("second.onnx", graph={"seed": 1}, name="second", unsure_below=0.4)
    clip = noise(5.0)
    together = load_model(f"{first}+{second}")
    alone = [load_model(path).predict(clip).timeline for path in (first, second)]
    answer = together.predict(clip)
    assert answer.timeline is not None
    expected = np.mean([line.probabilities for line in alone if line is not None], axis=0)
    np.testing.assert_allclose(answer.timeline.probabilities, expected, atol=1e-6)
    assert answer.model == together.name == "first+second"
    assert together.card.unsure_below == pytest.approx(0.3)
    assert together.card.embedding_size == together.embed(clip).vectors.shape[1] == 8


def test_a_member_that_does_not_know_is_not_asked(write_model: Write) -> None:
    mute = write_model("mute.onnx", graph={"outputs": ("probabilities", "track")}, embedding_size=0, speech_above=None)
    full = write_model("full.onnx")
    blocks = np.zeros((1, 12000), dtype=np.float32)
    outputs = Ensemble([Session(mute), Session(full)]).run(blocks)
    alone = Session(full).run(blocks)
    assert outputs.voice is not None
    assert alone.voice is not None
    np.testing.assert_allclose(outputs.voice, alone.voice)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"labels": ["calm", "loud", "odd"]}, "labels differ"),
        ({"hop_s": 0.25}, "hop_s differ"),
        ({"window_s": 2.0}, "window_s differ"),
        ({"sample_rate_hz": 16000}, "sample_rate_hz differ"),
    ],
)
def test_members_that_do_not_fit(write_model: Write, change: dict[str, object], reason: str) -> None:
    first, other = write_model("first.onnx"), write_model("other.onnx", **change)
    with pytest.raises(ModelError, match=reason):
        load_model(f"{first}+{other}")

"""The card survives its journey through a model file, and says what is wrong with a strange one."""

import numpy as np
import pytest

from genrescope.card import ModelCard, Score, VocabularyMap
from genrescope.errors import ModelError, UsageError


def _card() -> ModelCard:
    return ModelCard(
        name="m",
        labels=["Rock", "R&B"],
        sample_rate_hz=16_000,
        window_s=3.008,
        hop_s=0.992,
        unsure_below=0.3,
        licence="ISC",
        vocabularies={"fma": VocabularyMap(["Rock", "Soul-RnB", "Jazz"], [[1.0, 0.0, 0.0], [0.0, 0.5, 0.0]])},
        scores=[Score("accuracy", 0.5, 0.4, 0.6, 60, "ünique")],
    )


def test_round_trip() -> None:
    assert ModelCard.from_metadata(_card().to_metadata(), "m.onnx") == _card()


def test_windows_are_whole_samples() -> None:
    assert (_card().window_samples, _card().hop_samples) == (48_128, 15_872)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"genrescope.format_version": "99"}, "model format 99"),
        ({"genrescope.labels": "{"}, "cannot be read"),
        ({"genrescope.scores": "3"}, "cannot be read"),
    ],
)
def test_a_strange_card_is_refused_by_name(change: dict[str, str], words: str) -> None:
    with pytest.raises(ModelError, match=words) as caught:
        ModelCard.from_metadata(_card().to_metadata() | change, "strange.onnx")
    assert "strange.onnx" in str(caught.value)


def test_no_card_is_said() -> None:
    with pytest.raises(ModelError, match="without a genrescope card"):
        ModelCard.from_metadata({"producer": "x"}, "other.onnx")


def test_vocabularies() -> None:
    probabilities = np.array([[0.8, 0.2], [0.0, 1.0]], np.float32)
    mapped = _card().to_vocabulary(probabilities, "fma")
    assert np.allclose(mapped.sum(axis=1), 1)
    assert mapped[0].argmax() == 0
    assert mapped[1].argmax() == 1
    assert _card().to_vocabulary(probabilities, "native") is probabilities
    with pytest.raises(UsageError, match="it knows: native, fma"):
        _card().vocabulary_labels("gtzan")


def test_where_no_word_fits_the_answer_is_even() -> None:
    empty = VocabularyMap(["a", "b"], [[0.0, 0.0]])
    assert empty.apply(np.ones((1, 1), np.float32)).tolist() == [[0.5, 0.5]]


def test_wilson_interval() -> None:
    score = Score.of_share("accuracy", 0, 10, "none right")
    assert score.low == 0
    assert 0.27 < score.high < 0.28

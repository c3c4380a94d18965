"""What is said of a track, from what is said of its windows."""

from dataclasses import replace

import numpy as np
import pytest

from genrescope.card import ModelCard, VocabularyMap
from genrescope.records import FloatArray, Notice, Prediction
from genrescope.runtime.session import Outputs
from genrescope.runtime.timeline import Windows, describe

TWO = VocabularyMap(["quiet", "noisy"], [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
CARD = ModelCard(
    name="small",
    labels=["calm", "loud", "other"],
    sample_rate_hz=8000,
    window_s=1.0,
    hop_s=0.5,
    unsure_below=0.2,
    speech_above=0.9,
    licence="Apache-2.0",
    vocabularies={"two": TWO},
)


def rows(*values: list[float]) -> FloatArray:
    return np.array(values, dtype=np.float32)


def said(
    probabilities: FloatArray,
    *,
    vocabulary: str = "native",
    unsure_below: float = 0.2,
    voice: FloatArray | None = None,
    speech: FloatArray | None = None,
) -> Prediction:
    return describe(
        Windows(probabilities, voice, speech),
        replace(CARD, unsure_below=unsure_below),
        path="a.mp3",
        duration_s=2.0,
        vocabulary=vocabulary,
        timeline=True,
        notices=(Notice("clipped", "cut at full scale"),),
    )


def test_the_tracks_answer_is_the_mean_of_the_course() -> None:
    answer = said(rows([0.6, 0.3, 0.1], [0.2, 0.7, 0.1]))
    assert [genre.label for genre in answer.genres] == ["loud", "calm", "other"]
    assert [genre.confidence for genre in answer.genres] == pytest.approx([0.5, 0.4, 0.1])
    assert answer.timeline is not None
    assert answer.timeline.times_s.tolist() == [0.5, 1.0]


def test_another_vocabulary() -> None:
    answer = said(rows([0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.0, 0.0, 1.0]), vocabulary="two")
    assert answer.timeline is not None
    assert answer.timeline.labels == ("quiet", "noisy")
    np.testing.assert_allclose(answer.timeline.probabilities, [[0.75, 0.25], [0.25, 0.75], [0.5, 0.5]])
    assert sum(answer.confidences.values()) == pytest.approx(1)


def test_equal_genres_keep_the_models_order() -> None:
    assert [genre.label for genre in said(rows([0.25, 0.25, 0.5])).genres] == ["other", "calm", "loud"]


@pytest.mark.parametrize(("threshold", "unsure"), [(0.49, False), (0.51, True)])
def test_unsure_below_the_threshold(threshold: float, unsure: bool) -> None:
    assert said(rows([0.5, 0.3, 0.2]), unsure_below=threshold).unsure is unsure


def test_unsure_is_decided_in_the_models_own_genres() -> None:
    """Two words for three genres look surer than the model is."""
    answer = said(rows([0.5, 0.1, 0.4]), vocabulary="two", unsure_below=0.6)
    assert answer.genres[0].confidence > 0.8
    assert answer.unsure


def test_speech_is_not_hip_hop() -> None:
    loud = rows([0.1, 0.8, 0.1], [0.1, 0.8, 0.1])
    talk = said(loud, speech=np.array([0.95, 0.9], dtype=np.float32))
    assert talk.unsure
    assert [notice.kind for notice in talk.warnings] == ["clipped", "speech"]
    assert "92%" in talk.warnings[1].message
    music = said(loud, speech=np.array([0.95, 0.1], dtype=np.float32))
    assert not music.unsure
    assert [notice.kind for notice in music.warnings] == ["clipped"]


def test_voice_is_the_mean_where_it_is_known() -> None:
    one = rows([0.1, 0.8, 0.1], [0.1, 0.8, 0.1])
    assert said(one).voice is None
    assert said(one, voice=np.array([1.0, 0.5], dtype=np.float32)).voice == pytest.approx(0.75)


def test_windows_of_blocks_are_joined_in_order() -> None:
    first = Outputs(np.zeros((1, 2, 3), np.float32), voice=np.array([[0.0, 0.1]], np.float32))
    last = Outputs(np.ones((1, 1, 3), np.float32), voice=np.array([[0.2]], np.float32))
    joined = Windows.join([first, last])
    assert joined.probabilities[:, 0].tolist() == [0, 0, 1]
    assert joined.voice is not None
    assert joined.voice.tolist() == pytest.approx([0.0, 0.1, 0.2])
    assert joined.speech is None


def test_ten_hours_lose_nothing_to_rounding() -> None:
    rng = np.random.default_rng(0)
    long = rng.dirichlet([1.0, 2.0, 3.0], size=36_000).astype(np.float32)
    expected = long.astype(np.float64).mean(axis=0)
    confidences = said(long).confidences
    assert [confidences[label] for label in ("calm", "loud", "other")] == pytest.approx(expected, abs=1e-7)

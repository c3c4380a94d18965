"""From a card to the feature that its model takes."""

from typing import Any

import numpy as np
import pytest

from genrescope.card import ModelCard
from genrescope.errors import MissingExtraError, ModelError
from genrescope.features import front_end
from genrescope.features.catalogue import make_feature
from genrescope.features.front_end import card_fields, describe, of_card
from genrescope.records import Clip

TONE = Clip(np.sin(2 * np.pi * 440 / 22050 * np.arange(3 * 22050), dtype=np.float32), 22050)


def card(features: dict[str, Any], sample_rate_hz: int = 22050) -> ModelCard:
    """Return a card that has been through a file."""
    front = f"{features.get('feature')}@{features.get('version')}"
    made = ModelCard("m", ["a"], sample_rate_hz, 0.0, 0.0, 0.2, "MIT", front_end=front, features=features)
    return ModelCard.from_metadata(made.to_metadata(), "m.onnx")


@pytest.mark.parametrize("name", ["mfcc", "logmel:fma-cnn", "image:gtzan-cnn", "waveform"])
def test_a_described_feature_comes_back(name: str) -> None:
    feature = make_feature(name)
    rate_hz = feature.sample_rate_hz or 0
    clip = Clip(TONE.samples, rate_hz or 22050)
    again = of_card(card(describe(feature), rate_hz))
    np.testing.assert_array_equal(again(clip), feature.compute(clip))


def test_only_some_columns() -> None:
    feature = make_feature("fma518")
    wanted = ("zcr_mean_01", "mfcc_mean_02", "chroma_cens_max_01")
    described = describe(feature, wanted)
    row = of_card(card(described, 0))(TONE)
    whole = dict(zip(feature.columns, feature.compute(TONE).tolist(), strict=True))
    assert row.tolist() == [whole[column] for column in wanted]
    assert "columns" not in describe(feature, feature.columns)


def test_a_card_says_what_examples_were() -> None:
    feature = make_feature("fma518")
    fields = card_fields(feature.description, feature.columns[:140])
    assert fields["front_end"] == f"fma518@{feature.version}"
    assert fields["features"]["columns"] == list(feature.columns[:140])
    assert (fields["sample_rate_hz"], fields["window_s"], fields["hop_s"]) == (0, 0.0, 0.0)
    assert card_fields(make_feature("mfcc").description)["sample_rate_hz"] == 22050
    said = {"feature": "embedding", "model": "bundled", "file": "0123456789ab", "pooling": "mean"}
    assert card_fields(said) == fields | {"front_end": "embedding@1", "features": said}
    assert card_fields({"kind": "mfcc"})["features"] == {"kind": "mfcc"}


def test_what_this_genrescope_does_not_have() -> None:
    said = describe(make_feature("mfcc"))
    with pytest.raises(ModelError, match="no feature 'mfccc': did you mean mfcc"):
        of_card(card({**said, "feature": "mfccc"}))
    with pytest.raises(ModelError, match="version 99, and this genrescope computes version"):
        of_card(card({**said, "version": 99}))
    with pytest.raises(ModelError, match="no setting 'n_mfccs'"):
        of_card(card({**said, "settings": {"n_mfccs": 3}}))
    with pytest.raises(ModelError, match="settings are an object"):
        of_card(card({**said, "settings": "none"}))
    with pytest.raises(ModelError, match="says 16000 Hz"):
        of_card(card(said, 16000))
    with pytest.raises(ModelError, match="the column loudness, which fma518 does not have"):
        of_card(card({**describe(make_feature("fma518")), "columns": ["zcr_mean_01", "loudness"]}, 0))


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_end, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"takes the feature fma518, needs the extra 'explore'"):
        of_card(card(describe(make_feature("fma518")), 0))

"""Every feature by name: it computes what it says, and a slip is said in words."""

import importlib
import json
import pickle
from typing import Any

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.features.catalogue import FEATURES, make_feature
from genrescope.records import Clip

NAMES = [*FEATURES, *(f"{name}:{preset}" for name, kind in FEATURES.items() for preset in kind.presets)]


def _clip(rate_hz: int) -> Clip:
    noise = np.random.default_rng(5).normal(size=2 * rate_hz)
    return Clip((0.1 * noise * np.hanning(len(noise))).astype(np.float32), rate_hz)


@pytest.mark.parametrize("name", NAMES)
def test_every_feature_keeps_its_promises(name: str) -> None:
    feature = make_feature(name)
    clip = _clip(feature.sample_rate_hz or 22_050)
    before = clip.samples.copy()
    numbers = feature.compute(clip)
    assert numbers.dtype == np.float32
    assert numbers.ndim == len(feature.axes)
    assert np.isfinite(numbers).all()
    assert np.array_equal(numbers, feature.compute(clip))
    assert np.array_equal(clip.samples, before)
    assert not feature.columns or len(feature.columns) == numbers.shape[-1]


@pytest.mark.parametrize("name", NAMES)
def test_every_feature_travels_to_other_processes(name: str) -> None:
    feature = make_feature(name)
    there = pickle.loads(pickle.dumps(feature))  # noqa: S301 - our own bytes
    assert there.fingerprint == feature.fingerprint
    assert json.loads(json.dumps(feature.description)) == feature.description


@pytest.mark.parametrize("name", FEATURES)
def test_a_features_name_is_its_modules(name: str) -> None:
    assert make_feature(name).name == name
    assert importlib.import_module(f"genrescope.features.{name}").__doc__


def test_equal_settings_make_equal_features() -> None:
    assert make_feature("logmel", low_hz=0).fingerprint == make_feature("logmel").fingerprint
    assert make_feature("logmel", low_hz=20).fingerprint != make_feature("logmel").fingerprint
    assert make_feature("logmel:musicnn", n_frames=187).settings.n_mels == 96


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("logmell", {}, "no feature 'logmell': did you mean logmel"),
        ("zzz", {}, "no feature 'zzz': there is: "),
        ("logmel:vgish", {}, "no preset 'vgish': did you mean vggish"),
        ("tempo:fast", {}, "tempo has no preset 'fast': it has none"),
        ("logmel", {"n_mel": 3}, "no setting 'n_mel': did you mean n_mels"),
        ("logmel", {"n_mels": "64"}, "n_mels is a whole number; got '64'"),
        ("logmel", {"n_mels": 64.5}, "n_mels is a whole number; got 64.5"),
        ("logmel", {"n_mels": True}, "n_mels is a whole number; got True"),
        ("logmel", {"center": 1}, "center is true or false; got 1"),
        ("logmel", {"mel_scale": "bark"}, "mel_scale is 'slaney' or 'htk'; got 'bark'"),
        ("logmel", {"power": 2.0}, "power is 1 or 2; got 2.0"),
        ("logmel", {"high_hz": "8k"}, "high_hz is a number or null; got '8k'"),
        ("waveform", {"sample_rate_hz": 0}, "above 0"),
    ],
)
def test_slips_are_said(name: str, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make_feature(name, **settings)

"""What a recipe may say of training, and what it may not."""

import pytest

from genrescope.errors import UsageError
from genrescope.training.fit_settings import FitSettings, fit_settings


def test_nothing_said_is_the_defaults() -> None:
    assert fit_settings({}) == FitSettings()
    assert fit_settings({"learning_rate": 1}).learning_rate == 1.0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"learning_rates": 1e-3}, "did you mean learning_rate"),
        ({"optimizer": "adamm"}, "optimizer is 'adam' or 'adamw'"),
        ({"epochs": "many"}, "epochs is a whole number"),
        ({"epochs": 0}, "epochs is above 0"),
        ({"label_smoothing": 1.0}, "label_smoothing is from 0 to less than 1"),
        ({"shift": 1.5}, "shift is a share"),
        ({"noise_db": 3.0}, "noise_db is not above"),
        ({"momentum": 0.9}, "momentum goes with sgd"),
    ],
)
def test_what_does_not_fit_is_said(values: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        fit_settings(values)


def test_what_changes_inputs_is_known() -> None:
    assert not FitSettings(label_smoothing=0.1, mask_time=0.2, masks=0).changes_inputs
    assert FitSettings(mixup=0.2).changes_inputs
    assert FitSettings(flip=True).moves_pictures
    assert FitSettings(gain_db=3).changes_sound

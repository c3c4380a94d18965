"""Temperature: it makes confidences hold and changes no answer."""

import numpy as np
import pytest

from genrescope.training.temperature import temperature, with_temperature


def test_the_temperature_that_was_used_is_found() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 5))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = np.array([rng.choice(5, p=row) for row in true])
    sharpened = with_temperature(true.astype(np.float32), 0.4)
    assert temperature(sharpened, truth) == pytest.approx(2.5, rel=0.1)
    back = with_temperature(sharpened, 2.5)
    np.testing.assert_allclose(back, true, atol=1e-4)
    assert (back.argmax(axis=1) == sharpened.argmax(axis=1)).all()


def test_a_network_that_is_always_right_stays_within_bounds() -> None:
    sure = np.eye(3, dtype=np.float32)[[0, 1, 2]] * 0.97 + 0.01
    assert 0.05 <= temperature(sure, np.array([0, 1, 2])) < 1


def test_what_is_all_but_impossible_is_divided_like_the_rest() -> None:
    logits = np.array([[0.0, -60.0, -20.0]])
    probabilities = (np.exp(logits) / np.exp(logits).sum()).astype(np.float32)
    expected = np.exp(logits / 20) / np.exp(logits / 20).sum()
    np.testing.assert_allclose(with_temperature(probabilities, 20.0), expected, atol=1e-5)

"""Calibration by a worked example, and by a model that is as often right as it says."""

import numpy as np
import pytest

from genrescope.evaluation.calibration import expected_calibration_error, reliability


def test_a_worked_example() -> None:
    """Two answers at 0.62 of which one is right, two at 0.95 that are right: (0.12 + 0.12 + 0.05 + 0.05) / 4."""
    confidence = np.array([0.62, 0.95, 0.62, 0.95], dtype=np.float32)
    bins = reliability(confidence, np.array([True, True, False, True]), n_bins=10)
    assert [(round(one.low, 1), round(one.high, 1), one.n, one.accuracy) for one in bins] == [
        (0.6, 0.7, 2, 0.5),
        (0.9, 1.0, 2, 1.0),
    ]
    assert expected_calibration_error(bins) == pytest.approx(0.085)


def test_bins_hold_their_upper_bound() -> None:
    bins = reliability(np.array([0.0, 0.5, 1.0], dtype=np.float32), np.array([False, True, True]), n_bins=2)
    assert [one.n for one in bins] == [2, 1]


def test_an_honest_model_is_calibrated_and_a_boaster_is_not() -> None:
    generator = np.random.default_rng(0)
    confidence = generator.uniform(0.2, 1, size=20000).astype(np.float32)
    right = generator.random(20000) < confidence
    assert expected_calibration_error(reliability(confidence, right)) < 0.02
    boasting = np.minimum(confidence + 0.2, 1).astype(np.float32)
    assert expected_calibration_error(reliability(boasting, right)) == pytest.approx(0.18, abs=0.02)


def test_the_curve_as_scikit_learn_has_it() -> None:
    reference = pytest.importorskip("sklearn.calibration", reason="scikit-learn is in the extra 'explore'")
    generator = np.random.default_rng(1)
    confidence = generator.random(500).astype(np.float32)
    right = generator.random(500) < confidence**2
    share, mean = reference.calibration_curve(right, confidence, n_bins=15)
    bins = reliability(confidence, right)
    assert [one.accuracy for one in bins] == pytest.approx(share.tolist())
    assert [one.confidence for one in bins] == pytest.approx(mean.tolist())
    assert bins[0].to_dict()["n"] == bins[0].n

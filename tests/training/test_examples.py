"""What a model learns from: examples are chosen without copies, and keep together what belongs together."""

import numpy as np
import pytest

from genrescope.errors import UsageError
from genrescope.training.examples import ArrayInputs, Examples

NUMBERS = np.arange(12, dtype=np.float32).reshape(4, 3)


def four() -> Examples:
    return Examples(
        ids=("a", "b", "c", "d"),
        inputs=ArrayInputs(NUMBERS),
        targets=np.array([0, 1, 1, 0]),
        labels=("low", "high"),
        groups=("x", "x", "y", "z"),
        input={"kind": "statistics"},
        data="four tracks",
    )


def test_a_choice_keeps_everything_in_its_order() -> None:
    some = four().take([2, 0])
    assert some.ids == ("c", "a")
    assert some.groups == ("y", "x")
    assert list(some.targets) == [1, 0]
    np.testing.assert_array_equal(some.inputs.batch([1, 0]), NUMBERS[[0, 2]])
    np.testing.assert_array_equal(some.take([1]).matrix(), NUMBERS[[0]])
    assert some.inputs.shape == (3,)
    assert len(some) == 2
    assert not some.multi_label


def test_the_fingerprint_knows_targets_and_inputs() -> None:
    whole = four()
    assert whole.fingerprint == four().fingerprint
    assert whole.fingerprint != whole.take([0, 1, 3, 2]).fingerprint


def test_everything_is_there_for_each_track() -> None:
    with pytest.raises(UsageError, match="'targets': 3"):
        Examples(("a",) * 4, ArrayInputs(NUMBERS), np.zeros(3), ("low",), ("a",) * 4, {}, "")

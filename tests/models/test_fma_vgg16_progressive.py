"""Two steps: what learns in each, and what the second takes from the first."""

from typing import Any

import pytest
import torch

from genrescope.errors import UsageError
from genrescope.models._network import count_weights
from genrescope.models.catalogue import make_network
from genrescope.models.fma_vgg16_progressive import FmaVgg16Progressive

END = 8_344
BEGINNING = 38_720
LAST_FOUR = 9_439_232


def _step(number: int, *, n_labels: int = 8, **settings: Any) -> FmaVgg16Progressive:
    shape = (42, 100, 3) if number == 1 else (84, 100, 3)
    network = make_network("fma-vgg16-progressive", n_labels, shape, step=number, **settings)
    assert isinstance(network, FmaVgg16Progressive)
    return network


@pytest.mark.parametrize(
    ("step", "is_open", "learning"),
    [(1, False, END), (1, True, END + LAST_FOUR), (2, False, BEGINNING), (2, True, BEGINNING + END)],
)
def test_what_learns(step: int, is_open: bool, learning: int) -> None:
    network = _step(step, open=is_open)
    assert count_weights(network) == 14_714_688 + END
    assert count_weights(network, trainable=True) == learning


def test_step_two_carries_over_all_but_its_beginning() -> None:
    first, second = _step(1), _step(2)
    fresh = second.base.state_dict()["0.weight"].clone()
    second.carry_over(first)
    mine, theirs = second.base.state_dict(), first.base.state_dict()
    equal = {name for name in mine if torch.equal(mine[name], theirs[name])}
    assert {name for name in mine if name.endswith("weight")} - equal == {"0.weight", "2.weight"}
    assert torch.equal(mine["0.weight"], fresh)
    assert torch.equal(second.output.weight, first.output.weight)
    x = torch.randint(0, 256, (1, 84, 100, 3), dtype=torch.uint8)
    second(x).sum().backward()
    learned = {name for name, weight in second.named_parameters() if weight.grad is not None}
    assert len(learned) == 4


def test_what_may_be_kept() -> None:
    assert _step(1).frozen_trunk() is not None
    assert _step(1, open=True).frozen_trunk() is not None
    assert _step(2).frozen_trunk() is None


def test_a_wrong_carry_over_is_refused() -> None:
    with pytest.raises(UsageError, match="got step 2 to be carried into step 2"):
        _step(2).carry_over(_step(2))
    with pytest.raises(UsageError, match=r"step 1 ends in \(5, 16\)"):
        _step(2).carry_over(_step(1, n_labels=5))

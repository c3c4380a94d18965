"""A frozen trunk's output is computed once, kept by what it is of, and gives the same answers."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from genrescope.errors import UsageError
from genrescope.models._network import InputForm, TrunkNetwork, freeze
from genrescope.models.catalogue import make_network
from genrescope.training.answer import answer
from genrescope.training.fit import fit, load_best
from genrescope.training.fit_settings import FitSettings
from genrescope.training.trunk_cache import TopOf, through_trunk
from tests.training._sets import SHAPE, bands


class Small(TrunkNetwork):
    """Band means, frozen noise over them, and a layer that learns."""

    def __init__(self) -> None:
        super().__init__(InputForm(SHAPE))
        self.trunk = nn.Sequential(nn.AvgPool2d((40, 1)), nn.Flatten(), nn.Linear(24, 12), nn.Tanh())
        freeze(self.trunk)
        self.output = nn.Linear(12, 3)

    def top_answer(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.output(features), features


def test_the_top_learns_from_what_was_kept_and_the_whole_answers(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network, (training, validation) = Small(), (bands(60, 0), bands(30, 1))
    kept = [through_trunk(network, part, tmp_path / "trunk") for part in (training, validation)]
    assert kept[0].inputs.shape == (12,)
    settings = FitSettings(epochs=20, learning_rate=0.05, precision="32")
    fitted = fit(TopOf(network, (12,)), kept[0], kept[1], settings, tmp_path / "run", seed=0)
    assert (fitted.history[fitted.best_epoch - 1].validation_accuracy or 0) > 0.9
    whole = load_best(Small(), tmp_path / "run")
    np.testing.assert_allclose(answer(whole, validation), answer(fitted.network, kept[1]), atol=1e-5)


def test_other_weights_and_other_numbers_are_other_files(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network, examples = Small(), bands(6, 0)
    first = through_trunk(network, examples, tmp_path)
    files = list(tmp_path.iterdir())
    again = through_trunk(network, examples, tmp_path)
    assert list(tmp_path.iterdir()) == files
    assert first.fingerprint == again.fingerprint
    through_trunk(network, bands(6, 1), tmp_path)
    through_trunk(Small(), examples, tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_network_that_learns_whole_has_nothing_to_keep(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no frozen trunk"):
        through_trunk(make_network("fma-crnn", 3, SHAPE), bands(3, 0), tmp_path)

"""Answers of a network: in the examples' order, whatever the batch size, and the network is left as it was."""

from dataclasses import replace

import numpy as np

from genrescope.models.catalogue import make_network
from genrescope.training.answer import answer
from tests.training._sets import SHAPE, bands


def test_answers_do_not_depend_on_batches() -> None:
    network = make_network("fma-crnn", 3, SHAPE).train()
    examples = bands(11, 0)
    whole, pieces = answer(network, examples), answer(network, examples, batch_size=3)
    np.testing.assert_allclose(whole, pieces, atol=1e-6)
    np.testing.assert_allclose(whole.sum(axis=1), 1, atol=1e-5)
    assert network.training
    assert answer(network, examples.take([])).shape == (0, 3)


def test_several_genres_are_answered_one_by_one() -> None:
    several = replace(bands(4, 0), targets=np.ones((4, 3), dtype=np.float32))
    assert (answer(make_network("fma-crnn", 3, SHAPE), several).sum(axis=1) > 1.2).all()

"""The bundled model says of our own pieces what it said when it was made: a drift anywhere on the way shows here.

After a change of the model that is meant, write the answers anew:  python tests/test_golden.py
"""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import cast

import numpy as np
import pytest

from genrescope.records import Clip
from genrescope.runtime.model import load_model

PROJECT = Path(__file__).parent.parent
GOLDEN = PROJECT / "tests" / "golden" / "pieces.json"
TOLERANCE = 2e-3
"""Processors round differently; a change of the front end, the resampler or a weight is far beyond this."""


def _pieces() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pieces", PROJECT / "examples" / "pieces.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["pieces"] = module
    spec.loader.exec_module(module)
    return module


def _answer(name: str) -> dict[str, float]:
    pieces = _pieces()
    prediction = load_model().predict(Clip(pieces.render(name), pieces.RATE_HZ))
    return {label: round(confidence, 5) for label, confidence in prediction.confidences.items()}


def _golden() -> dict[str, dict[str, float]]:
    return cast("dict[str, dict[str, float]]", json.loads(GOLDEN.read_text()))


@pytest.mark.parametrize("name", ["house", "strings", "blues"])
def test_each_piece_has_its_golden_answer(name: str) -> None:
    golden, answer = _golden()[name], _answer(name)
    assert answer.keys() == golden.keys()
    assert np.allclose([answer[label] for label in golden], list(golden.values()), rtol=0, atol=TOLERANCE)


def test_every_piece_is_golden() -> None:
    assert set(_golden()) == set(_pieces().PIECES)


if __name__ == "__main__":
    answers = {name: _answer(name) for name in _pieces().PIECES}
    GOLDEN.write_text(json.dumps(answers, indent=1) + "\n")

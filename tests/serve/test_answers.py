"""Errors of the service are the contract's, with a fitting status."""

import json

import pytest

from genrescope.errors import ERROR_KINDS
from genrescope.runtime.model import load_model
from genrescope.serve.answers import KINDS, STATUS_OF, RefusedError, choose_card, to_json


def test_every_kind_has_its_place() -> None:
    assert set(ERROR_KINDS) <= set(KINDS)
    assert set(STATUS_OF) <= set(KINDS)
    assert all(400 <= status < 600 for status in STATUS_OF.values())


def test_an_error_is_the_contracts() -> None:
    refused = RefusedError("busy", "come back", "a.mp3")
    assert refused.status == 429
    assert json.loads(refused.to_bytes()) == {"path": "a.mp3", "error": {"kind": "busy", "message": "come back"}}


def test_half_a_character_does_not_break_the_line() -> None:
    assert to_json({"path": "a\udcff\n.mp3"}) == b'{"path": "a\\udcff\\n.mp3"}'


def test_the_first_model_answers() -> None:
    card = load_model().card
    assert choose_card([card], None, "gtzan") is card
    with pytest.raises(RefusedError, match="did you mean 'bundled'"):
        choose_card([card], "bundlet", "native")
    with pytest.raises(RefusedError, match="no map to the vocabulary 'latin'"):
        choose_card([card], "bundled", "latin")

from pathlib import Path

import pytest

from genrescope.errors import UsageError
from genrescope.recipes._journal import Journal


def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "cells.jsonl"
    Journal(path).put("a", {"seconds": 1})
    again = Journal(path)
    again.put("b", {"seconds": 2})
    assert Journal(path).get("a") == {"seconds": 1}
    assert Journal(path).get("b") == {"seconds": 2}
    assert Journal(path).get("c") is None


@pytest.mark.parametrize("n_bytes", [1, 5, 20])
def test_a_line_that_was_cut_short_costs_itself_alone(tmp_path: Path, n_bytes: int) -> None:
    path = tmp_path / "cells.jsonl"
    journal = Journal(path)
    journal.put("a", {"seconds": 1})
    journal.put("b", {"seconds": 2})
    path.write_bytes(path.read_bytes()[:-n_bytes])
    cut = Journal(path)
    assert cut.get("a") == {"seconds": 1}
    cut.put("c", {"seconds": 3})
    assert Journal(path).get("c") == {"seconds": 3}


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cells\.jsonl"):
        Journal(tmp_path / "file" / "cells.jsonl")

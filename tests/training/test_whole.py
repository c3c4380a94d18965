"""Files that are there whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from genrescope.training._whole import write_whole


def test_a_full_disk_leaves_the_older_file_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, lambda partial: partial.write_text("whole"))

    def fill(partial: Path) -> None:
        partial.write_text("ha")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space left") as caught:
        write_whole(path, fill)
    assert caught.value.filename == str(path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.txt", "whole")]

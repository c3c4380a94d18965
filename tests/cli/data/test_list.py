"""``genrescope data list``: every data set, for people and as JSON."""

import json
import subprocess
from collections.abc import Callable

from genrescope.datasets.catalogue import DATASETS

Command = Callable[..., subprocess.CompletedProcess[bytes]]


def test_every_data_set_has_its_line(genrescope_command: Command) -> None:
    done = genrescope_command("data", "list")
    assert done.returncode == 0, done.stderr.decode()
    first = [line.split(" ")[0] for line in done.stdout.decode().splitlines()]
    assert first[0] == "name"
    assert [name for name in first[1:] if name] == list(DATASETS)
    assert b"944 GB" in done.stdout


def test_json_tells_all_that_is_published(genrescope_command: Command) -> None:
    done = genrescope_command("data", "list", "--json")
    found = {facts["name"]: facts for facts in map(json.loads, done.stdout.splitlines())}
    assert list(found) == list(DATASETS)
    small = found["fma-small"]
    assert small["n_tracks"] == 8000
    assert small["splits"] == ["official"]
    assert small["archives"][1]["checksum"] == "sha1:ade154f733639d52e35e32f5593efe5be76c6d70"
    assert {"genre_id": "7", "title": "Comedy", "parent": "20"} in small["genres"]
    assert "jazz.00054" in found["gtzan"]["notes"][0]

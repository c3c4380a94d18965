"""The public names: all there, typed, and free until they are used."""

import subprocess
import sys
from importlib.metadata import version

import pytest

import genrescope


def test_every_public_name_is_there() -> None:
    for name in genrescope.__all__:
        assert getattr(genrescope, name) is not None
    assert dir(genrescope) == sorted(genrescope.__all__)


def test_version() -> None:
    assert genrescope.__version__ == version("genrescope")


def test_an_unknown_name_gets_the_known_ones() -> None:
    with pytest.raises(AttributeError, match="load_model"):
        genrescope.lod_model  # noqa: B018


def test_importing_costs_nothing() -> None:
    code = "import sys, genrescope; print(sorted({'numpy', 'onnxruntime', 'soundfile', 'pebble'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""The core install stays light: what its verbs import, and what they can do where no extra is installed."""

import ast
import itertools
import json
import re
import subprocess
import sys
import tomllib
import wave
from pathlib import Path

import numpy as np
import pytest

HEAVY = ("librosa", "matplotlib", "onnx", "pandas", "pyarrow", "ray", "scipy", "sklearn", "tensorflow", "torch")

IMPORT_ALL = """
import importlib, json, pkgutil, sys

for room in ("", ".errors", ".palette", ".notebook", ".records", ".card", ".audio", ".runtime", ".cli"):
    package = importlib.import_module("genrescope" + room)
    if room and hasattr(package, "__path__"):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not module.name.endswith(".__main__"):
                importlib.import_module(module.name)
print(json.dumps(sorted(sys.modules)))
"""

WITHOUT_EXTRAS = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {heavy!r}:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)

sys.meta_path.insert(0, Missing())
from genrescope.cli import main
sys.argv = ["genrescope", *{arguments!r}]
sys.exit(main())
"""


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def run_without_extras(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_python(WITHOUT_EXTRAS.format(heavy=HEAVY, arguments=arguments))


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "noise.wav"
    samples = np.random.default_rng(0).normal(0, 3000, 5 * 16_000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(samples.tobytes())
    return path


def test_core_imports_nothing_heavy() -> None:
    done = run_python(IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    modules = json.loads(done.stdout)
    assert {"genrescope.audio.decode", "genrescope.runtime.session", "genrescope.cli.predict"} <= set(modules)
    assert sorted({name.partition(".")[0] for name in modules} & set(HEAVY)) == []


def test_import_alone_loads_no_library() -> None:
    done = run_python("import sys, genrescope; print('numpy' in sys.modules, 'onnxruntime' in sys.modules)")
    assert done.stdout.split() == ["False", "False"], done.stderr


def test_predicting_leaves_nothing_in_the_home(song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ONNX Runtime would keep a number for its user there, and count what is run."""
    home = tmp_path / "home"
    home.mkdir()
    for variable in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(home))
    done = subprocess.run([sys.executable, "-m", "genrescope.cli", "predict", str(song)], check=False)
    assert done.returncode == 0
    assert list(home.rglob("*")) == []


def test_predict_needs_no_extra(song: Path) -> None:
    done = run_without_extras("predict", "--json", str(song))
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["genres"]) == 3


def test_a_missing_extra_is_an_error_that_names_it(song: Path) -> None:
    done = run_without_extras("predict", str(song), "--plot", str(song.with_suffix(".png")))
    assert done.returncode == 2
    assert "genrescope[explore]" in done.stderr
    assert "Traceback" not in done.stderr
    assert not song.with_suffix(".png").exists()


def test_the_pinned_core_holds_nothing_heavy(project: Path) -> None:
    lines = (project / "constraints" / "core.txt").read_text(encoding="utf-8").splitlines()
    names = {line.partition("==")[0] for line in lines if line and not line.startswith((" ", "#"))}
    assert "onnxruntime" in names
    assert names.isdisjoint({*HEAVY, "scikit-learn"})


def test_every_core_dependency_is_used(project: Path) -> None:
    settings = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    names = {re.split(r"[<>=!~\[; ]", line)[0] for line in settings["project"]["dependencies"]}
    source = "\n".join(path.read_text(encoding="utf-8") for path in (project / "src").rglob("*.py"))
    used = {name for name in names if re.search(rf"^\s*(import|from) {name}\b", source, re.MULTILINE)}
    assert names - used == set(), "drop what nothing imports"


CARRIED = {
    "google": "onnx",
    "requests": "pooch",
    "rich": "typer",
    "starlette": "fastapi",
    "urllib3": "pooch",
}
"""What a declared package always brings with it, as a part of its own interface."""


def test_whatever_is_imported_is_declared(project: Path) -> None:
    settings = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*settings["dependencies"], *itertools.chain(*settings["optional-dependencies"].values())]
    declared = {re.split(r"[<>=!~\[; ]", line)[0].replace("-", "_") for line in lines}
    brings = {"sklearn": "scikit_learn", **CARRIED}
    unknown = {name for name in imported(project / "src") if brings.get(name, name) not in declared}
    assert unknown - sys.stdlib_module_names == set(), "declare them in pyproject.toml, or do without"


def imported(folder: Path) -> set[str]:
    """Return the packages that any file imports, at its top or inside a function."""
    nodes = [node for path in folder.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and node.level == 0]
    return {name.partition(".")[0] for name in names} - {"genrescope"}

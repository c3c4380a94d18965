"""The project's own limits on itself: sizes, mirrored tests, import rules that can fail, nothing of one machine."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
SOURCE = PROJECT / "src" / "genrescope"
FOLDERS = ("src", "tests", "benchmarks", "examples", "docs", "constraints", ".ci")
MADE = {"__pycache__", "_build", ".mypy_cache", ".ruff_cache"}
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50


def project_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((PROJECT / folder).rglob("*")):
            if path.is_file() and MADE.isdisjoint(path.parts) and "/web/assets/" not in path.as_posix():
                yield path


def python_files() -> list[Path]:
    return [path for path in project_files(*FOLDERS) if path.suffix == ".py"]


def relative(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


@pytest.mark.parametrize("path", python_files(), ids=relative)
def test_sizes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_FILE_LINES, "look for the second idea in it"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            n_lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert n_lines <= MAX_FUNCTION_LINES, f"{node.name}, line {node.lineno}, wants to be two"
        assert not (isinstance(node, ast.ExceptHandler) and node.type is None), f"bare except, line {node.lineno}"


def modules() -> list[Path]:
    """Return the modules with a public name; the plumbing behind an underscore is tested where it is used."""
    return [path for path in sorted(SOURCE.rglob("*.py")) if not path.stem.startswith("_")]


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_every_module_has_its_tests(path: Path) -> None:
    """src/genrescope/ROOM/NAME.py is tested by tests/ROOM/test_NAME.py or test_NAME_MORE.py."""
    folder = PROJECT / "tests" / path.parent.relative_to(SOURCE)
    tests = [*folder.glob(f"test_{path.stem}.py"), *folder.glob(f"test_{path.stem}_*.py")]
    assert tests, f"no tests in {relative(folder)}"


def test_every_test_has_its_module() -> None:
    """A test file in a room's folder is named after a module of that room."""
    strays = []
    for path in (PROJECT / "tests").rglob("test_*.py"):
        room = path.parent.relative_to(PROJECT / "tests")
        source = PROJECT / room if room.parts[:1] in {("benchmarks",), ("examples",)} else SOURCE / room
        names = {module.stem.lstrip("_") for module in source.glob("*.py")} | {room.name}
        tested = path.stem.removeprefix("test_")
        if room.parts and not any(tested == name or tested.startswith(f"{name}_") for name in names):
            strays.append(relative(path))
    assert strays == []


def test_nothing_of_one_machine_or_registry() -> None:
    # Written in pieces, so that this file does not find itself.
    hosts = ["py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.", "deb" + r"\.debian\.org", "astral" + r"\.sh"]
    paths = ["/" + folder + r"/\w" for folder in ("work", "root", "home", "Users", r"opt/(?:wheels|py\w+)", "tmp/w")]
    forbidden = re.compile("|".join([*hosts, *(rf"(?<![\w.*]){path}" for path in paths)]))
    own = [path for path in PROJECT.iterdir() if path.is_file() and not path.name.startswith(".coverage")]
    found = []
    for path in [*own, *project_files(*FOLDERS)]:
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{relative(path)}: {match.group()}" for match in forbidden.finditer(text)]
    assert found == []


# --------------------------------------------------------------------------------------------------- import rules

VIOLATIONS = [
    ("way", "records.py", "import genrescope.audio.decode"),
    ("way", "audio/planted.py", "import genrescope.runtime.session"),
    ("way", "models/planted.py", "import genrescope.training"),
    ("way", "cluster.py", "import genrescope.cli"),
    ("way", "unplaced.py", ""),
    ("runtime", "runtime/planted.py", "import genrescope.training"),
    ("runtime", "runtime/planted.py", "import genrescope.features"),
    ("learning", "training/planted.py", "def later():\n    import genrescope.runtime.session"),
    ("no-data-names", "training/planted.py", "import genrescope.datasets.planted"),
    ("datasets", "datasets/planted.py", "from genrescope.audio import decode"),
    ("decoders", "runtime/planted.py", "import soundfile"),
    ("decoders", "cli/planted.py", "def later():\n    import av.container"),
    ("resampler", "features/planted.py", "import soxr"),
    ("one-inference-path", "training/planted.py", "import onnxruntime"),
    ("light-core", "cli/planted.py", "def later():\n    import torch"),
]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the package, with a room that does not exist yet."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copy(PROJECT / "pyproject.toml", root)
    shutil.copytree(SOURCE, root / "src" / "genrescope", ignore=shutil.ignore_patterns("__pycache__", "assets"))
    datasets = root / "src" / "genrescope" / "datasets"
    datasets.mkdir(exist_ok=True)
    (datasets / "__init__.py").touch()
    (datasets / "planted.py").touch()
    return root


def lint_imports(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    code = [*program, "--no-cache", *arguments]
    environment = {"PYTHONPATH": str(root / "src"), "PATH": "", "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(code, cwd=root, env=environment, capture_output=True, text=True, check=False)


def test_the_import_rules_hold_for_the_rooms_to_come(pristine: Path) -> None:
    done = lint_imports(pristine)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(("contract", "file", "code"), VIOLATIONS)
def test_an_import_rule_fails_where_it_is_broken(
    pristine: Path, tmp_path: Path, contract: str, file: str, code: str
) -> None:
    root = tmp_path / "tree"
    shutil.copytree(pristine, root)
    with (root / "src" / "genrescope" / file).open("a", encoding="utf-8") as planted:
        planted.write(f"\n{code}\n")
    done = lint_imports(root, "--contract", contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 broken" in done.stdout


def test_every_import_rule_is_tried() -> None:
    ids = set(re.findall(r'^id = "(.+)"', (PROJECT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE))
    assert ids == {contract for contract, _, _ in VIOLATIONS}

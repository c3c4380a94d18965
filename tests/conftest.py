"""What many tests stand on: the real data, Debian's ffmpeg, odd audio files, and a place of their own for caches."""

import os
import shutil
import signal
from pathlib import Path

import pytest

# Started in the background of a script, this process ignores Ctrl-C, and so would every program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

PROJECT = Path(__file__).resolve().parent.parent

# Two processes that compile one of librosa's functions for different types at once spoil its cache for good: the next
# to call it crashes. So every process of the tests keeps its own.
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ.setdefault("NUMBA_CACHE_DIR", str(PROJECT / ".venv" / "numba" / worker))


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the project's root."""
    return PROJECT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data: $GENRESCOPE_DATA, or shared/data beside the project."""
    folder = Path(os.environ.get("GENRESCOPE_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the real data is not here: put it in ../shared/data or name its folder in GENRESCOPE_DATA")
    return folder


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    """Return the path of the ffmpeg program."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("ffmpeg is not installed (Debian: apt install ffmpeg); it writes this test's audio files")
    return program


@pytest.fixture(scope="session")
def odd_audio() -> Path:
    """Return the folder of odd audio files that mutagen's source package carries; make puts it there."""
    folder = PROJECT / ".venv" / "samples" / "tests" / "data"
    if not any(folder.glob("*.ape")):
        pytest.skip("mutagen's sample files are not here: `make test` fetches them into .venv/samples")
    return folder


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a test caches or stores out of the user's own folders."""
    for variable in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))

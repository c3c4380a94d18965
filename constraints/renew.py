"""Renew the pinned versions and hashes: `make pins`.

`dev.txt` resolves every extra at once, for every supported Python and system; `core.txt` chooses from it, so that the
same package has the same version wherever it is installed.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = HERE.parent / "pyproject.toml"
LOWEST_PYTHON = "3.11"


def compile_pins(target: str, *arguments: str) -> None:
    """Write constraints/`target` from the requirements that `arguments` name."""
    uv = Path(sys.executable).parent / "uv"
    new = HERE / f"{target}.new"
    # No header, no comments: a pin is a version and its hashes, never who resolved it, where from or how.
    plain = ["--no-header", "--no-annotate", "--no-emit-build-options"]
    reach = ["--universal", "--python-version", LOWEST_PYTHON, "--fork-strategy", "fewest", "--upgrade"]
    command = [str(uv), "pip", "compile", "--quiet", *plain, *reach, "--generate-hashes"]
    subprocess.run([*command, "--output-file", str(new), *arguments], check=True)
    os.replace(new, HERE / target)


def main() -> None:
    """Renew every file."""
    compile_pins("dev.txt", "--all-extras", str(PROJECT))
    compile_pins("core.txt", "--constraints", str(HERE / "dev.txt"), str(PROJECT))
    compile_pins("tools.txt", str(HERE / "tools.in"))
    compile_pins("songs.txt", "--no-deps", str(HERE / "songs.in"))
    compile_pins("samples.txt", "--no-deps", "--no-binary", "mutagen", str(HERE / "samples.in"))


if __name__ == "__main__":
    main()

"""Weigh the core install: the pinned packages and the project's own wheel in an empty environment, in use.

The limit is 300 MB (of 1,000,000 bytes); past it the command fails.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from _common import PROJECT, write_result

LIMIT_MB = 300
SHOWN = 12
UV = Path(sys.executable).parent / "uv"


def install_core(folder: Path) -> Path:
    """Install the core into a fresh environment in `folder`; return its site-packages."""
    environment, wheels = folder / "core", folder / "wheels"
    python = environment / "bin" / "python"
    uv = [str(UV), "--quiet"]
    backend = ["--no-build-isolation", "--python", sys.executable]
    subprocess.run([*uv, "build", "--wheel", *backend, "--out-dir", str(wheels), str(PROJECT)], check=True)
    subprocess.run([*uv, "venv", "--python", sys.executable, str(environment)], check=True)
    # Bytecode is what the first run leaves behind anyway; weighed without it, the install would grow in use.
    install = [*uv, "pip", "install", "--compile-bytecode", "--python", str(python)]
    pins = PROJECT / "constraints" / "core.txt"
    subprocess.run([*install, "--require-hashes", "-r", str(pins)], check=True)
    subprocess.run([*install, "--no-deps", *map(str, wheels.glob("*.whl"))], check=True)
    subprocess.run([str(environment / "bin" / "genrescope"), "--help"], check=True, stdout=subprocess.DEVNULL)
    return next((environment / "lib").glob("python*/site-packages"))


def weigh(site_packages: Path) -> Counter[str]:
    """Return bytes by package; a package's bundled libraries and metadata count as its own."""
    sizes: Counter[str] = Counter()
    for path in site_packages.rglob("*"):
        if path.is_file() and not path.is_symlink():
            top = path.relative_to(site_packages).parts[0].removesuffix(".libs").removesuffix(".py")
            sizes[top.partition("-")[0].lstrip("_").lower()] += path.stat().st_size
    return sizes


def main() -> None:
    """Weigh, print, keep; exit code 1 past the limit."""
    with tempfile.TemporaryDirectory() as folder:
        sizes = weigh(install_core(Path(folder)))
    total_mb = sum(sizes.values()) / 1e6
    rows: list[dict[str, object]] = [{"part": "all", "MB": round(total_mb, 1), "share": "100 %"}]
    for name, n_bytes in sizes.most_common(SHOWN):
        rows.append({"part": name, "MB": round(n_bytes / 1e6, 1), "share": f"{n_bytes / 1e4 / total_mb:.0f} %"})
    notes = [f"Limit: {LIMIT_MB} MB. MB are 1,000,000 bytes; compiled bytecode is counted; Python itself is not."]
    write_result("install_size", "Size of the core install", {f"The {SHOWN} biggest parts": rows}, notes=notes)
    if total_mb > LIMIT_MB:
        raise SystemExit(f"The core install has {total_mb:.0f} MB, over its limit of {LIMIT_MB} MB.")


if __name__ == "__main__":
    main()

"""Where a benchmark's figures go, with what is needed to trust them: machine, versions, commit, data.

A benchmark is one file that runs without arguments, prints what it found, and keeps it in
`benchmarks/results/NAME.json` (for machines) and `NAME.md` (for people).
"""

import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
RESULTS = PROJECT / "benchmarks" / "results"
PACKAGES = ("genrescope", "numpy", "onnxruntime", "soundfile", "soxr", "av")

Rows = Sequence[Mapping[str, object]]


def data_folder() -> Path:
    """Return the folder of real data: $GENRESCOPE_DATA, or shared/data beside the project; exit in words without it."""
    folder = Path(os.environ.get("GENRESCOPE_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        raise SystemExit("This benchmark needs the real data: put it in ../shared/data or name it in GENRESCOPE_DATA.")
    return folder


def machine() -> dict[str, object]:
    """Return the processor, its cores (those that this process may use), the memory in GB, and the system."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def versions(more: Iterable[str] = ()) -> dict[str, str]:
    """Return the versions of Python, of the packages that every prediction uses, and of `more` packages."""
    found = {"python": platform.python_version()}
    for name in (*PACKAGES, *more):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def commit() -> str:
    """Return the commit, marked where files other than results differ from it."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--", ".", ":!benchmarks/results")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{head} with changes" if changed else head


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def fingerprint(files: Iterable[Path]) -> dict[str, object]:
    """Return how many files, how many bytes, and a SHA-256 over names and contents, whatever the order."""
    total, n_bytes, ordered = hashlib.sha256(), 0, sorted(files, key=lambda path: (path.name, str(path)))
    for path in ordered:
        content = path.read_bytes()
        n_bytes += len(content)
        total.update(path.name.encode() + b"\0" + hashlib.sha256(content).digest())
    return {"files": len(ordered), "bytes": n_bytes, "sha256": total.hexdigest()[:16]}


def write_result(
    name: str,
    title: str,
    tables: Mapping[str, Rows],
    *,
    notes: Sequence[str] = (),
    data: Iterable[Path] = (),
    packages: Iterable[str] = (),
    folder: Path = RESULTS,
) -> None:
    """Print a benchmark's tables and keep them as `NAME.json` and `NAME.md`.

    Parameters
    ----------
    name : str
        The benchmark's name, that of its file.
    title : str
        What was measured, in a line.
    tables : mapping of str to sequence of mapping
        Heading to rows; a row maps a column's name to its value.
    notes : sequence of str
        What a reader must know to read the figures rightly.
    data : iterable of Path
        The files that were measured on; their fingerprint is kept.
    packages : iterable of str
        More packages whose versions matter.
    folder : Path
        Where the two files go.
    """
    files = list(data)
    record = {
        "name": name,
        "title": title,
        "command": f"python benchmarks/{name}.py",
        "commit": commit(),
        "machine": machine(),
        "versions": versions(packages),
        "data": fingerprint(files) if files else {"files": 0},
        "notes": list(notes),
        "tables": {heading: [dict(row) for row in rows] for heading, rows in tables.items()},
    }
    page = _page(record, tables)
    print(page)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / f"{name}.json", json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    _write(folder / f"{name}.md", page)


def _page(record: Mapping[str, object], tables: Mapping[str, Rows]) -> str:
    parts = [f"# {record['title']}", f"Made by `{record['command']}`."]
    for heading, rows in tables.items():
        parts += [f"## {heading}", _table(rows)]
    notes = record["notes"]
    assert isinstance(notes, list)
    parts += [f"- {note}" for note in notes]
    facts = [("machine", record["machine"]), ("versions", record["versions"]), ("data", record["data"])]
    lines = [f"- {label}: " + ", ".join(f"{k} {v}" for k, v in dict(value).items()) for label, value in facts]  # type: ignore[call-overload]
    return "\n\n".join([*parts, "\n".join([*lines, f"- commit: {record['commit']}"])]) + "\n"


def _table(rows: Rows) -> str:
    if not rows:
        return "(nothing)"
    columns = list(rows[0])
    lines = [columns, ["---"] * len(columns), *([_cell(row.get(column, "")) for column in columns] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _write(path: Path, text: str) -> None:
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)

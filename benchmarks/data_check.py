"""What ``data check`` costs beyond decoding, one file after the other and with all cores.

In both tables the contenders take turns, file by file or round by round, so that a busy machine slows both alike.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from _clips import fma_files, gtzan_clips
from _common import data_folder, write_result
from genrescope.audio.decode import open_audio
from genrescope.audit.check import Check, Settings
from genrescope.audit.hear import hear
from genrescope.datasets.catalogue import open_dataset
from genrescope.features._store_pool import work_through
from genrescope.runtime.session import available_cores

ROUNDS_A_FILE = 15
ROUNDS = 5
COPIES = 20
"""Each MP3 stands so many times in the folder of the second table."""


def decode(path: str) -> float:
    """Decode a file, the floor under any check of it; return its seconds."""
    with open_audio(path) as audio:
        for _ in audio.blocks():
            pass
        return audio.decoded_s


def decoder() -> Callable[[str], float]:
    """Return what a worker process does to files."""
    return decode


def spent_ms(job: Callable[[str], object], path: str) -> float:
    """Return the processor time of a job."""
    start = time.process_time()
    job(path)
    return 1000 * (time.process_time() - start)


def of_files(kind: str, paths: list[Path]) -> dict[str, object]:
    """Return the processor time of both, the best of several rounds for each file, medians over the files."""
    floor, whole = [], []
    for path in map(str, paths):
        rounds = [(spent_ms(decode, path), spent_ms(hear, path)) for _ in range(ROUNDS_A_FILE)]
        floor.append(min(one for one, _ in rounds))
        whole.append(min(one for _, one in rounds))
    return {
        "clips": f"{len(paths)} {kind}",
        "decode, ms": round(float(np.median(floor)), 1),
        "check, ms": round(float(np.median(whole)), 1),
        "check / decode": round(float(np.median(np.divide(whole, floor))), 3),
    }


def decode_all(paths: list[str], workers: int) -> None:
    for _ in work_through(decoder, paths, workers=workers, limit_s=600):
        pass


def check_all(root: Path, workers: int) -> None:
    with tempfile.TemporaryDirectory() as work:
        check = Check(open_dataset("folder", root), Path(work), Settings(workers=workers))
        check.hear()
        check.compare(check.candidates())
        check.report()


def of_folder(paths: list[Path], workers: int) -> dict[str, object]:
    """Return the time on the wall of both for a folder, workers' start, journal and report included."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "rock").mkdir()
        for number in range(COPIES * len(paths)):
            path = paths[number % len(paths)]
            (root / "rock" / f"{number:05}{path.suffix}").symlink_to(path.resolve())
        links = [str(path) for path in sorted((root / "rock").iterdir())]
        jobs = {"decode": partial(decode_all, links, workers), "check": partial(check_all, root, workers)}
        took: dict[str, list[float]] = {name: [] for name in jobs}
        for _ in range(ROUNDS):
            for name, job in jobs.items():
                start = time.perf_counter()
                job()
                took[name].append(time.perf_counter() - start)
    ratios = np.divide(took["check"], took["decode"])
    return {
        "files": len(links),
        "processes": workers,
        "decode, s": round(min(took["decode"]), 2),
        "check, s": round(min(took["check"]), 2),
        "check / decode": round(float(np.median(ratios)), 3),
        "lowest and highest round": f"{ratios.min():.2f} to {ratios.max():.2f}",
    }


def main() -> None:
    """Measure, print, keep."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    data = data_folder()
    songs = list({path.stem: path for path in fma_files(data)}.values())
    clips = [clip.path for clip in gtzan_clips(data)][::6]
    if not songs or not clips:
        sys.exit("The real data is not complete: fma/audio/*.mp3 and gtzan_mini/*/*.ogg are needed.")
    tables = {
        "One file after the other": [
            of_files("MP3, 44.1 kHz stereo", songs),
            of_files("Vorbis, 22.05 kHz mono", clips),
        ],
        "A folder of the MP3s": [of_folder(songs, workers) for workers in sorted({1, available_cores()})],
    }
    notes = [
        "Clips last 30 s. The first table is processor time: best of several rounds for each file, then medians.",
        "The second is time on the wall, start of the processes included: the best round, and the ratio's median.",
        "Both work in the same kind of processes; the check also writes its journal and the report.",
        f"Every MP3 stands {COPIES} times in the folder, so that all but one of each are exact repeats.",
    ]
    title = "What data check costs beyond decoding"
    write_result("data_check", title, tables, notes=notes, data=[*songs, *clips], packages=["pebble"])


if __name__ == "__main__":
    main()

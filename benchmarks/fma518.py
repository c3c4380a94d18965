"""FMA's 518 numbers from an MP3: genrescope, librosa's functions one after the other, and decoding alone; on one core.

The three take turns. Times are processor seconds of this process, the best of several rounds: other work on the machine
hardly moves them. How far the numbers are from librosa's is printed by group.
"""

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np

from _common import data_folder, write_result
from _fma518_librosa import channels, deviations, moments
from genrescope.audio.stream import load
from genrescope.features import _fma518_chroma as chroma
from genrescope.features import _fma518_cqt, _fma518_spectrum, _fma518_tuning
from genrescope.features.fma518 import TOLERANCES, Fma518Settings, compute, compute_channels, fma518, statistics
from genrescope.records import FloatArray

ROUNDS = 7
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

Jobs = dict[str, Callable[[], object]]


def ours(path: Path) -> FloatArray:
    return fma518().compute(load(path, None))


def librosas(path: Path) -> list[object]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        samples, rate_hz = librosa.load(path, sr=None)
    return [moments(values) for values in channels(samples, int(rate_hz)).values()]


def take_turns(jobs: Jobs) -> dict[str, float]:
    """Return the best milliseconds of every job."""
    for job in jobs.values():
        job()  # filters are made and kept, numba compiles
    best = dict.fromkeys(jobs, float("inf"))
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            start = time.process_time()
            job()
            best[name] = min(best[name], 1000 * (time.process_time() - start))
    return best


def whole(path: Path) -> dict[str, float]:
    return take_turns(
        {"all": lambda: ours(path), "librosa": lambda: librosas(path), "decode": lambda: load(path, None)}
    )


def parts(path: Path) -> dict[str, float]:
    clip, settings = load(path, None), Fma518Settings()
    rate_hz, assumed_hz = clip.sample_rate_hz, settings.assumed_rate_hz or clip.sample_rate_hz
    levels = _fma518_spectrum.analyse(clip, assumed_hz).magnitudes
    peaks = _fma518_tuning.find_peaks(levels, (rate_hz, assumed_hz))
    tuning = _fma518_tuning.estimate(peaks, rate_hz, power=False)
    classes, found = chroma.fold(_fma518_cqt.constant_q(clip, tuning)), compute_channels(settings, clip)
    make_plan = _fma518_cqt.make_plan.__wrapped__
    return take_turns(
        {
            "decode and mix": lambda: load(path, None),
            "STFT; mel, contrast, rolloff and the like": lambda: _fma518_spectrum.analyse(clip, assumed_hz),
            "peaks": lambda: _fma518_tuning.find_peaks(levels, (rate_hz, assumed_hz)),
            "two tunings": lambda: [
                _fma518_tuning.estimate(peaks, rate_hz, power=False),
                _fma518_tuning.estimate(peaks, assumed_hz, power=True),
            ],
            "constant-Q": lambda: _fma518_cqt.constant_q(clip, tuning),
            "chroma, three ways, and tonnetz": lambda: [
                chroma.chroma_of_spectrum(levels, assumed_hz, tuning),
                chroma.chroma_of_notes(classes),
                chroma.tonnetz(chroma.chroma_cens(classes)),
            ],
            "zero crossings": lambda: _fma518_spectrum.zero_crossing_rate(clip.samples),
            "statistics": lambda: [statistics(values) for values in found.values()],
            "all but decoding": lambda: compute(settings, clip),
            "once for each tuning: filters of the constant-Q": lambda: make_plan(rate_hz, tuning),
        }
    )


def time_row(kind: str, paths: list[Path]) -> dict[str, object]:
    times = [whole(path) for path in paths]
    median = {name: float(np.median([one[name] for one in times])) for name in times[0]}
    return {
        "clips": f"{len(paths)} {kind}",
        "genrescope, ms": round(median["all"], 1),
        "librosa, ms": round(median["librosa"], 1),
        "decoding alone, ms": round(median["decode"], 1),
        "librosa / genrescope": round(float(np.median([one["librosa"] / one["all"] for one in times])), 2),
        "genrescope / decoding": round(float(np.median([one["all"] / one["decode"] for one in times])), 2),
    }


def part_rows(paths: list[Path]) -> list[dict[str, object]]:
    times = [parts(path) for path in paths]
    return [{"part": name, "ms": round(float(np.median([one[name] for one in times])), 1)} for name in times[0]]


def deviation_rows(paths: list[Path]) -> list[dict[str, object]]:
    clips = [load(path, None) for path in paths]
    found = [deviations(fma518().compute(c), channels(c.samples, c.sample_rate_hz)) for c in clips]
    return [
        {
            "group": group,
            "max, mean, median, min, std": f"{max(one[group][0] for one in found):.1e}",
            "skew, kurtosis": f"{max(one[group][1] for one in found):.1e}",
            "tolerances": f"{place:g}, {shape:g}",
        }
        for group, (place, shape) in TOLERANCES.items()
    ]


def main() -> None:
    """Measure, print, keep."""
    if any(os.environ.get(name) != "1" for name in THREADS):  # NumPy heeds them only while it is imported
        alone = {**os.environ, **dict.fromkeys(THREADS, "1")}
        sys.exit(subprocess.run([sys.executable, __file__], env=alone, check=False).returncode)
    data = data_folder()
    songs, clips = sorted(data.glob("fma/audio/*.mp3")), sorted(data.glob("gtzan_mini/*/*.ogg"))
    if not songs or not clips:
        sys.exit("The real data is not complete: fma/audio/*.mp3 and gtzan_mini/*/*.ogg are needed.")
    tables = {
        "30 s": [time_row("MP3, 44.1 kHz stereo", songs), time_row("Vorbis, 22.05 kHz mono", clips[::10])],
        "Where the time goes (MP3)": part_rows(songs),
        f"Largest distance from librosa's numbers, {len(songs) + len(clips)} clips": deviation_rows([*songs, *clips]),
    }
    notes = [
        "Medians over the clips; of every clip the best of several rounds, processor time of one thread.",
        "`librosa` is librosa.load, the steps in benchmarks/_fma518_librosa.py, and statistics by SciPy.",
        "`decoding alone` is genrescope.audio.stream.load.",
        "Distances are the largest of all channels and clips, on the same samples.",
        "They are shares of the channel's standard deviation; of skew and kurtosis, of 1 or of the value if larger.",
    ]
    title = "FMA's 518 numbers of a clip, on one core"
    write_result("fma518", title, tables, notes=notes, data=[*songs, *clips], packages=["librosa", "scipy"])


if __name__ == "__main__":
    main()

"""Time a prediction end to end, from an MP3 on one core, against decoding alone and against librosa's front end.

Each contender has a process of its own, bound to one core. The contenders take turns, clip by clip round by round in
one run, so that whatever else the machine does falls on all of them.
"""

import argparse
import importlib.util
import multiprocessing
import os
import statistics
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from _clips import fma_clips, missing_songs
from _common import data_folder, write_result

RATE_HZ = 16_000
CLIP_S = 30.0
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
DECODE, RESAMPLE, PREDICT = "decode", "decode + 16 kHz mono", "predict"
Job = Callable[[Path], object]

# No heavy import above: a contender's process is bound to its core first, and imports then.


@dataclass(frozen=True)
class Took:
    """What a round over all clips took a contender, in seconds: by the clock, and of the processor."""

    clock_s: float
    processor_s: float


def decoder() -> Job:
    """Decode and mix to one channel, at the file's own rate."""
    import numpy as np

    from genrescope.audio.decode import open_audio

    def job(path: Path) -> None:
        with open_audio(path) as audio:
            weights = np.full(audio.channels, 1 / audio.channels, dtype=np.float32)
            for block in audio.blocks():
                block @ weights

    return job


def loader() -> Job:
    """Decode, mix and resample, as a prediction does."""
    from genrescope.audio.stream import load

    return lambda path: load(path, RATE_HZ)


def predictor(model: str, *, fast: bool = False) -> Job:
    """Predict with a model; bound to one core, it runs in one thread."""
    from genrescope.runtime.model import load_model

    ready = load_model(model)
    return lambda path: ready.predict(path, fast=fast)


def librosa_front_end() -> Job:
    """librosa.load and its log-mel spectrogram of 96 bands: what others do before any network runs."""
    import librosa
    import numpy as np

    def job(path: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            samples, _ = librosa.load(path, sr=RATE_HZ)
        mel = librosa.feature.melspectrogram(y=samples, sr=RATE_HZ, n_fft=512, hop_length=256, n_mels=96)
        np.log10(10_000 * mel + 1)

    return job


def make_job(contender: str, model: str) -> Job:
    """Return what a contender does with a file."""
    jobs: Mapping[str, Callable[[], Job]] = {
        DECODE: decoder,
        RESAMPLE: loader,
        "predict, fast": lambda: predictor(model, fast=True),
        "librosa.load + log-mel": librosa_front_end,
    }
    return jobs[contender]() if contender in jobs else predictor(model)


_kept: dict[str, Job] = {}


def prepare(core: int, contender: str, model: str) -> None:
    """Bind this process to a core and make ready; runs once in each contender's process."""
    os.sched_setaffinity(0, {core})
    _kept[contender] = make_job(contender, model)


def run_round(contender: str, paths: Sequence[Path]) -> Took:
    """Go over all clips once; runs in the contender's process."""
    job, clock, processor = _kept[contender], time.perf_counter(), time.process_time()
    for path in paths:
        job(path)
    return Took(time.perf_counter() - clock, time.process_time() - processor)


def start(contender: str, model: str) -> ProcessPoolExecutor:
    """Give a contender a process of its own on this process's first core."""
    core = min(os.sched_getaffinity(0))
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=spawn, initializer=prepare, initargs=(core, contender, model))


def race(contenders: Mapping[str, str], paths: Sequence[Path], rounds: int) -> dict[str, list[Took]]:
    """Let the contenders (name to model) take turns; the first round only warms up and is thrown away."""
    runners = {name: start(name, model) for name, model in contenders.items()}
    took: dict[str, list[Took]] = {name: [] for name in contenders}
    try:
        for index in range(rounds + 1):
            for name, runner in runners.items():
                result = runner.submit(run_round, name, paths).result()
                if index:
                    took[name].append(result)
            print(f"round {index} of {rounds}" if index else "warmed up", flush=True)
    finally:
        for runner in runners.values():
            runner.shutdown(cancel_futures=True)
    return took


def summarize(took: Mapping[str, Sequence[Took]], sound_s: float) -> list[dict[str, object]]:
    """Return a row a contender: the median of the rounds, for 30 s of sound."""
    clock = {name: statistics.median(one.clock_s for one in rounds) for name, rounds in took.items()}
    processor = {name: statistics.median(one.processor_s for one in rounds) for name, rounds in took.items()}
    return [
        {
            "contender": name,
            "ms": round(1000 * clock[name] * CLIP_S / sound_s, 1),
            "slowest round, ms": round(1000 * max(one.clock_s for one in took[name]) * CLIP_S / sound_s, 1),
            "processor ms": round(1000 * processor[name] * CLIP_S / sound_s, 1),
            "x real time": round(sound_s / clock[name]),
            "times decode": round(clock[name] / clock[DECODE], 2),
        }
        for name in took
    ]


def shares(took: Mapping[str, Sequence[Took]], sound_s: float) -> list[dict[str, object]]:
    """Return where a prediction's time goes; the parts are differences between contenders of the same run."""
    whole, loaded, decoded = (
        statistics.median(one.clock_s for one in took[name]) for name in (PREDICT, RESAMPLE, DECODE)
    )
    parts = {"decode": decoded, "resample": loaded - decoded, "graph and answer": whole - loaded}
    return [
        {"part": part, "ms": round(1000 * part_s * CLIP_S / sound_s, 1), "share": f"{part_s / whole:.0%}"}
        for part, part_s in parts.items()
    ]


def absent_programs() -> list[str]:
    """Say that musicnn's own program is not among the contenders."""
    absent = [name for name in ("musicnn", "tensorflow") if importlib.util.find_spec(name) is None]
    why = f"not installed here: {', '.join(absent)}" if absent else "its program is not part of this benchmark"
    return [f"musicnn in its own way of working was not timed ({why})."]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds over all clips, after one to warm up")
    parser.add_argument("--reference", metavar="FILE", help="another model file, such as musicnn's own trunk")
    return parser.parse_args()


def main() -> None:
    """Race, print, keep."""
    chosen, clips = options(), fma_clips(data_folder())
    rounds = max(1, chosen.rounds)
    os.environ.update(dict.fromkeys(THREADS, "1"))
    if not clips:
        raise SystemExit("The real data is not complete: fma/audio/*.mp3 and fma/labels.csv.gz are needed.")
    from genrescope.audio.stream import load

    paths = [clip.path for clip in clips]
    sound_s = sum(load(path, RATE_HZ).duration_s for path in paths)
    names = (DECODE, RESAMPLE, PREDICT, "predict, fast", "librosa.load + log-mel")
    contenders = dict.fromkeys(names, "bundled")
    if chosen.reference:
        contenders[f"predict by {Path(chosen.reference).stem}"] = chosen.reference
    took = race(contenders, paths, rounds)
    rows = summarize(took, sound_s)
    times = {str(row["contender"]): row["times decode"] for row in rows}
    notes = [
        f"{len(paths)} MP3s, {sound_s:.0f} s of sound, {rounds} rounds in turns after one to warm up.",
        "ms of the clock for 30 s of sound, median of the rounds; one core and one thread each, models loaded before.",
        "Decoding is the floor: no program that hears the whole file is faster.",
        f"A prediction takes {times[PREDICT]} times as long as the floor, a fast one {times['predict, fast']} times.",
        *missing_songs(clips),
        *absent_programs(),
    ]
    tables = {"From MP3, on one core": rows, "Where a prediction's time goes": shares(took, sound_s)}
    title = "Speed of a prediction, from MP3 on one core"
    write_result("speed", title, tables, notes=notes, data=paths, packages=["librosa"])


if __name__ == "__main__":
    main()

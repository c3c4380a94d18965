"""Features of real songs, from the file to the numbers, interleaved with what people use instead; one core, then two.

Times on one core are processor seconds of a process of one thread, the best of several rounds in turns: other work on
the machine hardly moves them. Two cores are measured by the clock.
"""

import argparse
import importlib
import json
import multiprocessing
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np

from _common import Rows, data_folder, write_result
from genrescope.audio._ffmpeg import FfmpegSource
from genrescope.audio._files import AudioInput
from genrescope.audio._limits import Stopwatch
from genrescope.audio.stream import load
from genrescope.features.catalogue import make_feature
from genrescope.features.logmel import LogMelSettings, mel_filters

RATE_HZ, N_FFT, HOP = 22_050, 2_048, 512
ROUNDS = 25
TWO_CORE_ROUNDS, SONGS_A_ROUND = 7, 48
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

FLOOR, FLOOR_PEERS = "decode by FFmpeg, as ours does", "decode by libsndfile, as peers do"
LOGMELS = ["logmel", "logmel:over-time", "logmel:fma-cnn", "logmel:musicnn", "logmel:vggish"]
OTHERS = ["mfcc", "mfcc:fma-mfcc-nets", "image:imagenet", "tempogram", "tempo", "waveform", "fma518"]
LIBROSA, BY_HAND = "librosa.load + melspectrogram + power_to_db", "soundfile + soxr + rfft by hand"
OTHER_PEERS = ("torchaudio", "nnAudio", "Essentia")
PEERS_SCRIPT = Path(__file__).with_name("_features_peers.py")

Job = Callable[[Path], object]
Times = dict[tuple[str, int], list[float]]
"""Milliseconds of each round, by kind of work and number of processes."""


def decode_ours(path: Path) -> None:
    file = AudioInput(path, Stopwatch(str(path), 1e9))
    sound = FfmpegSource(file)
    for _ in sound.blocks():
        pass
    sound.close()
    file.close()


def decode_theirs(path: Path) -> None:
    import soundfile

    soundfile.read(path, dtype="float32")


def compute(name: str) -> Job:
    """Return what computes a feature of a file."""
    feature = make_feature(name)
    return lambda path: feature.compute(load(path, feature.sample_rate_hz))


def librosa_logmel(path: Path) -> object:
    import librosa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        samples, _ = librosa.load(path, sr=RATE_HZ)
    return librosa.power_to_db(librosa.feature.melspectrogram(y=samples, sr=RATE_HZ), ref=np.max).T


def by_hand(path: Path) -> object:
    """Compute the same log-mel as most would write it: read, mix, resample, frame, transform, sum, log."""
    import soundfile
    import soxr

    rfft = importlib.import_module("scipy.fft").rfft
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono = soxr.resample(samples.mean(axis=1), rate_hz, RATE_HZ, quality="HQ")
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(mono, N_FFT // 2), N_FFT)[::HOP]
    window = np.hanning(N_FFT + 1)[:-1].astype(np.float32)
    power = np.abs(rfft(frames * window)) ** 2
    mel = power @ mel_filters(LogMelSettings()).astype(np.float32)
    return 10 * np.log10(np.maximum(mel, 1e-10) / mel.max())


class Peers:
    """Packages in an environment of their own, at work in a process of its interpreter.

    Parameters
    ----------
    python : str or None
        That interpreter; None where there is none.
    """

    def __init__(self, python: str | None) -> None:
        self.versions: dict[str, str] = {}
        self._process: subprocess.Popen[str] | None = None
        if python is not None:
            run = [python, str(PEERS_SCRIPT)]
            self._process = subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.versions = json.loads(self._line())

    def spent_ms(self, name: str, path: Path) -> float:
        """Return the processor's milliseconds of one peer on a file."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{name}\t{path}\n")
        self._process.stdin.flush()
        return float(self._line())

    def _line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.communicate()


def jobs() -> dict[str, Job]:
    """Return all that is measured on one core in this interpreter."""
    peers = {LIBROSA: librosa_logmel, BY_HAND: by_hand}
    ours = {name: compute(name) for name in [*LOGMELS, *OTHERS]}
    return {FLOOR: decode_ours, FLOOR_PEERS: decode_theirs, **ours, **peers}


def one_core(peer_python: str | None, path: Path) -> dict[str, float]:
    """Return the best milliseconds of every job on a file; the jobs take turns."""
    with Peers(peer_python) as peers:
        spent = {name: partial(spent_ms, job) for name, job in jobs().items()}
        spent |= {name: partial(peers.spent_ms, name) for name in peers.versions}
        best = dict.fromkeys(spent, float("inf"))
        for _ in range(ROUNDS):
            for name, measure in spent.items():
                best[name] = min(best[name], measure(path))
    return best


def spent_ms(job: Job, path: Path) -> float:
    """Return the processor's milliseconds of a job on a file."""
    start = time.process_time()
    job(path)
    return 1000 * (time.process_time() - start)


def work(kind: str, path: Path) -> float:
    """Do one of two kinds of work on a file; return the processor's milliseconds."""
    return spent_ms(decode_ours if kind == FLOOR else compute(kind), path)


def pool(n_workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(n_workers, mp_context=multiprocessing.get_context("spawn"))


def two_cores(paths: Sequence[Path]) -> Rows:
    """Return how many times faster two processes are than one; they, and both kinds of work, take turns."""
    many = [paths[i % len(paths)] for i in range(SONGS_A_ROUND)]
    by_clock: Times = {(kind, n): [] for kind in ("logmel", FLOOR) for n in (1, 2)}
    by_processor: Times = {key: [] for key in by_clock}
    with pool(1) as one, pool(2) as two:
        for _ in range(TWO_CORE_ROUNDS + 1):
            for (kind, n), ms in by_clock.items():
                start = time.perf_counter()
                busy_ms = list((one if n == 1 else two).map(partial(work, kind), many, chunksize=2))
                ms.append(1000 * (time.perf_counter() - start) / len(many))
                by_processor[kind, n].append(float(np.mean(busy_ms)))
    return [gain_row(kind, by_clock, by_processor) for kind in ("logmel", FLOOR)]


def gain_row(kind: str, by_clock: Times, by_processor: Times) -> dict[str, object]:
    # The first round starts the workers.
    one_ms, two_ms = (by_clock[kind, n][1:] for n in (1, 2))
    one_busy_ms, two_busy_ms = (min(by_processor[kind, n][1:]) for n in (1, 2))
    return {
        "what": kind,
        "one process, ms a song": round(min(one_ms), 1),
        "two processes, ms a song": round(min(two_ms), 1),
        "gain by the clock": round(min(one_ms) / min(two_ms), 2),
        "in each round": ", ".join(f"{one / two:.2f}" for one, two in zip(one_ms, two_ms, strict=True)),
        "gain by processor time": round(2 * one_busy_ms / two_busy_ms, 2),
    }


def rows_of(times: Sequence[dict[str, float]]) -> Rows:
    """Return one row for each job: medians over the songs."""
    rows = []
    for name in times[0]:
        floor, theirs = (np.median([one[name] / one[base] for one in times]) for base in (FLOOR, FLOOR_PEERS))
        rows.append({
            "what": name,
            "ms for 30 s": round(float(np.median([one[name] for one in times])), 1),
            "times the decoding of ours": round(float(floor), 2),
            "times the decoding of peers": round(float(theirs), 2),
        })  # fmt: skip
    missing = [name for name in OTHER_PEERS if name not in times[0]]
    return [*rows, *({"what": name, "ms for 30 s": "not here"} for name in missing)]


def agreement(paths: Sequence[Path]) -> str:
    """Return how far ours and librosa's are from each other, in words."""
    first = rest = 0.0
    for path in paths:
        apart = np.abs(np.asarray(compute("logmel")(path)) - np.asarray(librosa_logmel(path))).max(axis=1)
        first, rest = max(first, float(apart[:10].max())), max(rest, float(apart[10:].max()))
    return (
        f"`logmel` and librosa, each with its own decoder: {rest:.2g} dB apart at most; {first:.2g} dB in the "
        "first 0.2 s, which every decoder fills in its own way where an MP3 was cut out of a longer one."
    )


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer-python", metavar="FILE", help="interpreter that has torchaudio, nnAudio and Essentia")
    peer_python = parser.parse_args().peer_python
    os.environ.update(dict.fromkeys(THREADS, "1"))  # the workers, which start later, heed it
    songs = sorted(data_folder().glob("fma/audio/*.mp3"))
    if not songs:
        sys.exit("The real data is not complete: fma/audio/*.mp3 is needed.")
    with pool(1) as worker:
        times = list(worker.map(partial(one_core, peer_python), songs))
    with Peers(peer_python) as peers:
        versions = peers.versions
    together = two_cores(songs)
    notes = [
        "Medians over the songs, MP3s of 30 s, 44.1 kHz stereo; each from the file to the numbers.",
        f"`logmel`: librosa's settings ({RATE_HZ} Hz, window {N_FFT}, step {HOP}, 128 bands), resampled by soxr's HQ.",
        "`by hand` is not cut into batches, as one writes it; it gives the same numbers.",
        *([f"Peers: {', '.join(map(' '.join, versions.items()))}; see `_features_peers.py`."] if versions else []),
        agreement(songs),
        "Two processes: the best round of each; other work on the machine takes more from two than from one.",
        "Processor time shows what the two take from each other.",
    ]
    tables: dict[str, Rows] = {
        "One core": rows_of(times),
        f"Two processes, {SONGS_A_ROUND} songs": together,
    }
    title = "Features, from MP3 to numbers"
    write_result("features", title, tables, notes=notes, data=songs, packages=["librosa", "scipy"])


if __name__ == "__main__":
    main()

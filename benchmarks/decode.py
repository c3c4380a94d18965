"""Decode real clips to 16 kHz mono, interleaved with librosa.load on the same files; on one core.

Times are processor seconds of this process, the best of several rounds: other work on the machine hardly moves them.
"""

import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soxr

from _common import data_folder, write_result
from genrescope.audio._ffmpeg import FfmpegSource
from genrescope.audio._files import AudioInput
from genrescope.audio._libsndfile import SndfileSource
from genrescope.audio._limits import Stopwatch
from genrescope.audio.decode import open_audio
from genrescope.audio.stream import load
from genrescope.records import FloatArray

RATE_HZ = 16000
ROUNDS = 9


def drain(source: type[FfmpegSource] | type[SndfileSource], path: Path) -> None:
    file = AudioInput(path, Stopwatch(str(path), 1e9))
    sound = source(file)
    for _ in sound.blocks():
        pass
    sound.close()
    file.close()


def resample(blocks: list[FloatArray], rate_hz: int) -> None:
    stream = soxr.ResampleStream(rate_hz, RATE_HZ, 1, dtype="float32", quality="HQ")
    for block in blocks:
        stream.resample_chunk(block)


def librosa_load(path: Path) -> None:
    import librosa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        librosa.load(path, sr=RATE_HZ)


def stages(path: Path) -> dict[str, Callable[[], object]]:
    """Return what is measured of a file: the whole, its parts, and what it is compared with."""
    with open_audio(path) as audio:
        rate_hz, blocks = audio.sample_rate_hz, list(audio.blocks())
    weights = np.full(blocks[0].shape[1], 1 / blocks[0].shape[1], dtype=np.float32)
    mono = [block @ weights for block in blocks]
    return {
        "all": lambda: load(path, RATE_HZ),
        "decode": lambda: drain(FfmpegSource, path),
        "mix": lambda: [block @ weights for block in blocks],
        "resample": lambda: resample(mono, rate_hz),
        "librosa.load": lambda: librosa_load(path),
        "decode by libsndfile": lambda: drain(SndfileSource, path),
    }


def measure(path: Path) -> dict[str, float]:
    """Return the best milliseconds of every stage; the stages take turns."""
    jobs = stages(path)
    best = dict.fromkeys(jobs, float("inf"))
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            start = time.process_time()
            job()
            best[name] = min(best[name], 1000 * (time.process_time() - start))
    return best


def row(kind: str, paths: list[Path]) -> dict[str, object]:
    times = [measure(path) for path in paths]
    median = {name: float(np.median([one[name] for one in times])) for name in times[0]}
    ratio = float(np.median([one["librosa.load"] / one["all"] for one in times]))
    return {
        "clips": f"{len(paths)} {kind}",
        **{f"{name}, ms": round(value, 1) for name, value in median.items()},
        "librosa.load / all": round(ratio, 2),
        "decode's share": f"{median['decode'] / median['all']:.0%}",
    }


def main() -> None:
    """Measure, print, keep."""
    data = data_folder()
    songs = sorted(data.glob("fma/audio/*.mp3"))
    clips = sorted(data.glob("gtzan_mini/*/*.ogg"))[::10]
    if not songs or not clips:
        sys.exit("The real data is not complete: fma/audio/*.mp3 and gtzan_mini/*/*.ogg are needed.")
    rows = [row("MP3, 44.1 kHz stereo", songs), row("Vorbis, 22.05 kHz mono", clips)]
    notes = [
        "Medians over the clips, which last 30 s each; of every clip the best of several rounds, processor time.",
        "`all` is genrescope.audio.stream.load; what its parts leave is reading, checking and joining blocks.",
        "`decode by libsndfile` is the way not taken: it stops at a damaged place where FFmpeg goes on.",
    ]
    title = "Decoding to 16 kHz mono on one core"
    write_result("decode", title, {"30 s": rows}, notes=notes, data=[*songs, *clips], packages=["librosa"])


if __name__ == "__main__":
    main()

"""Log-mel of a file by packages that need an environment of their own; asked line by line, so that all take turns.

Run by another interpreter (`features.py --peer-python`): first it writes the peers that it has with their versions,
then for every line ``NAME<tab>PATH`` the processor's milliseconds.
"""

import importlib
import importlib.metadata
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

RATE_HZ, N_FFT, HOP, N_MELS = 22_050, 2_048, 512, 128
NAMES = {"torchaudio": "torchaudio", "nnAudio": "nnAudio", "Essentia": "essentia"}
"""What a peer is called, and its module; its package has the same name."""


def _read(path: str) -> tuple[Any, int]:
    """Return sound mixed to one channel, and its rate; libsndfile is what torchaudio itself read with for years."""
    import soundfile

    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return samples.mean(axis=1), rate_hz


def torchaudio_peer() -> Callable[[str], object]:
    torch, transforms = map(importlib.import_module, ("torch", "torchaudio.transforms"))
    torch.set_num_threads(1)
    mel = transforms.MelSpectrogram(
        RATE_HZ, N_FFT, hop_length=HOP, n_mels=N_MELS, norm="slaney", mel_scale="slaney", power=2.0
    )
    to_db, resample = transforms.AmplitudeToDB(top_db=80.0), dict[int, Any]()

    def run(path: str) -> object:
        samples, rate_hz = _read(path)
        change = resample.setdefault(rate_hz, transforms.Resample(rate_hz, RATE_HZ))
        with torch.inference_mode():
            return to_db(mel(change(torch.from_numpy(samples))))

    return run


def nnaudio_peer() -> Callable[[str], object]:
    import soxr

    torch, features = map(importlib.import_module, ("torch", "nnAudio.features.mel"))
    torch.set_num_threads(1)
    mel = features.MelSpectrogram(sr=RATE_HZ, n_fft=N_FFT, hop_length=HOP, n_mels=N_MELS, verbose=False)

    def run(path: str) -> object:
        mono = soxr.resample(*_read(path), RATE_HZ, quality="HQ")
        with torch.inference_mode():
            return 10 * torch.log10(mel(torch.from_numpy(mono)).clamp(min=1e-10))

    return run


def essentia_peer() -> Callable[[str], object]:
    import numpy as np

    essentia, standard = map(importlib.import_module, ("essentia", "essentia.standard"))
    essentia.log.infoActive = essentia.log.warningActive = False
    window, spectrum = standard.Windowing(type="hann", normalized=False), standard.PowerSpectrum(size=N_FFT)
    bands = standard.MelBands(
        inputSize=N_FFT // 2 + 1, sampleRate=RATE_HZ, numberBands=N_MELS, highFrequencyBound=RATE_HZ / 2, type="power"
    )

    def run(path: str) -> object:
        sound = standard.MonoLoader(filename=path, sampleRate=RATE_HZ)()
        frames = standard.FrameGenerator(sound, frameSize=N_FFT, hopSize=HOP)
        return 10 * np.log10(np.maximum([bands(spectrum(window(frame))) for frame in frames], 1e-10))

    return run


MAKERS = {"torchaudio": torchaudio_peer, "nnAudio": nnaudio_peer, "Essentia": essentia_peer}


def ready() -> Iterator[tuple[str, Callable[[str], object], str]]:
    """Yield each peer that is installed: its name, what it does to a file, its version."""
    for name, module in NAMES.items():
        if importlib.util.find_spec(module) is not None:
            yield name, MAKERS[name](), importlib.metadata.version(module)


def main() -> None:
    peers = {name: (job, version) for name, job, version in ready()}
    answers = sys.stdout
    sys.stdout = sys.stderr  # what a package says of itself is no answer
    print(json.dumps({name: version for name, (_, version) in peers.items()}), file=answers, flush=True)
    for line in sys.stdin:
        name, _, path = line.rstrip("\n").partition("\t")
        start = time.process_time()
        peers[name][0](path)
        print(1000 * (time.process_time() - start), file=answers, flush=True)


if __name__ == "__main__":
    main()

"""Gather the music and the speech that the bundled model learns from, none of it labelled.

``python benchmarks/_music.py FOLDER`` fetches Debian packages by apt-get (Debian or Ubuntu, no root), takes them apart
without installing them, and lays their sound in two folders, each with ``music`` and ``speech``: ``heard`` is for
``python -m genrescope.training.bundled hear``; ``unheard`` is other music, and speech by other people in other
languages, for ``benchmarks/accuracy.py``. What is there already is not made again.
"""

import argparse
import random
import subprocess
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import numpy as np
import soundfile

from genrescope.audio.stream import load
from genrescope.errors import AudioError
from genrescope.records import FloatArray

MUSIC = {
    "heard": (
        "asc-music",
        "asterisk-moh-opsound-g722",
        "drascula-music",
        "fretsonfire-songs-muldjord",
        "hyperrogue-music",
        "nexuiz-music",
        "planetblupi-music-ogg",
        "singularity-music",
        "warzone2100-music",
        "wesnoth-1.16-music",
    ),
    "unheard": ("fillets-ng-data", "fretsonfire-songs-sectoid", "ufoai-music"),
}
SPEECH = {
    "heard": (
        *(f"asterisk-core-sounds-{language}-g722" for language in ("en", "es", "fr", "it", "ru")),
        "fillets-ng-data-cs",
        "klettres-data",
    ),
    "unheard": ("fillets-ng-data-nl", "ktuberling-data"),
}
SUFFIXES = {".mp3", ".ogg", ".opus"}
RATE_HZ = 16_000
SHORTEST_BYTES = 200_000
"""A file of music smaller than this is a noise of the game."""
LARGEST_LINE_BYTES = 300_000
"""What is larger is the music of the package."""
PIECE_S, MOST_PIECES, PAUSE_S = 45, 6, 0.3
"""Prompts and lines are short: they are joined to pieces of so many seconds, with pauses, at most so many a package."""


def fetch(package: str, work: Path) -> Path:
    """Return the folder of a package's files, fetched and taken apart where it is not there."""
    target = work / package
    if not target.exists():
        subprocess.run(["apt-get", "download", package], cwd=work, check=True, capture_output=True)
        deb = next(work.glob(f"{package}_*.deb"))
        subprocess.run(["dpkg-deb", "-x", deb, target.with_suffix(".part")], check=True)
        target.with_suffix(".part").rename(target)
        deb.unlink()
    return target


def songs(package: Path, work: Path) -> Iterator[Path]:
    """Yield a package's files of music; those inside an archive of the game are laid beside it first."""
    for archive in package.rglob("*.pk3"):
        with zipfile.ZipFile(archive) as inside:
            named = [name for name in inside.namelist() if Path(name).suffix.lower() in SUFFIXES]
            inside.extractall(work / f"{package.name}-pk3", named)
    for folder in (package, work / f"{package.name}-pk3"):
        for path in sorted(folder.rglob("*")):
            once = path.suffix.lower() in SUFFIXES and not path.is_symlink()
            if once and path.stat().st_size >= SHORTEST_BYTES:
                yield path


def lay_songs(package: Path, work: Path, target: Path) -> None:
    """Lay links to a package's songs, and what is in a telephone's coding as FLAC."""
    target.mkdir(parents=True, exist_ok=True)
    for path in songs(package, work):
        link = target / f"{path.parent.name}_{path.name}"
        if not link.exists():
            link.symlink_to(path.resolve())
    for path in sorted(package.rglob("moh/*.g722")):
        soundfile.write(target / f"{path.stem}.flac", read_g722(path), RATE_HZ)


def read_g722(path: Path) -> FloatArray:
    """Return the samples of a bare G.722 file, mono at 16 kHz; nothing in such a file says what it is."""
    with av.open(path, format="g722") as container:
        parts = [np.asarray(frame.to_ndarray(), dtype=np.float32).reshape(-1) for frame in container.decode(audio=0)]
    return np.asarray(np.concatenate([np.zeros(0, np.float32), *parts]) / 32768, dtype=np.float32)


def lines(package: Path) -> Iterator[FloatArray]:
    """Yield what is said in a package, line by line, in an order that mixes its languages and voices."""
    paths = sorted(path for path in package.rglob("*") if path.suffix in {".g722", ".ogg", ".mp3"})
    for path in random.Random(0).sample(paths, len(paths)):  # noqa: S311 - no secret
        if path.stat().st_size < LARGEST_LINE_BYTES:
            try:
                yield read_g722(path) if path.suffix == ".g722" else load(path, RATE_HZ).samples
            except AudioError:  # a silent or broken one is no line
                continue


def lay_speech(package: Path, target: Path) -> None:
    """Join a package's lines to pieces, in a folder of the package's name."""
    folder = target / package.name
    if folder.exists():
        return
    partial = folder.with_suffix(".part")
    partial.mkdir(parents=True, exist_ok=True)
    for number, piece in enumerate(join(lines(package))):
        if number == MOST_PIECES:
            break
        soundfile.write(partial / f"{number}.flac", piece, RATE_HZ)
    partial.rename(folder)


def join(said: Iterable[FloatArray]) -> Iterator[FloatArray]:
    """Yield pieces of at least `PIECE_S` seconds; what is left at the end is left out."""
    pause, parts, n_samples = np.zeros(int(PAUSE_S * RATE_HZ), np.float32), list[FloatArray](), 0
    for line in said:
        parts += [line, pause]
        n_samples += len(line) + len(pause)
        if n_samples >= PIECE_S * RATE_HZ:
            yield np.concatenate(parts)
            parts, n_samples = [], 0


def main() -> None:
    """Gather all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    work = folder / "packages"
    work.mkdir(parents=True, exist_ok=True)
    for place in ("heard", "unheard"):
        for package in MUSIC[place]:
            lay_songs(fetch(package, work), work, folder / place / "music" / package)
        for package in SPEECH[place]:
            lay_speech(fetch(package, work), folder / place / "speech")
        print(f"{place}: {sum(path.is_file() for path in (folder / place).rglob('*'))} files")


if __name__ == "__main__":
    main()

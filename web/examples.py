"""Render the page's example songs, three pieces of our own: python web/examples.py FOLDER.

FLAC, because every browser reads it and it is exactly what was rendered.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))

from pieces import PIECES, RATE_HZ, render


def write_examples(folder: Path) -> None:
    """Write each piece and `index.json`, the list that the page reads."""
    import soundfile

    folder.mkdir(parents=True, exist_ok=True)
    for name in PIECES:
        soundfile.write(folder / f"{name}.flac", render(name), RATE_HZ, subtype="PCM_16")
    index = [{"title": name.capitalize(), "file": f"examples/{name}.flac"} for name in PIECES]
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


if __name__ == "__main__":
    write_examples(Path(sys.argv[1]))

"""How near the bundled model's trunk hears to musicnn, which it learned from: on clips that it heard, and on others.

musicnn's own layer of 50 tags reads both embeddings, so that no head of ours comes between. ``--wheel`` names the wheel
of musicnn 0.1.0, ``--unheard`` the folder of that name that ``benchmarks/_music.py`` lays. Without both the command
says so and writes nothing.
"""

import argparse
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from _clips import known_clips
from _common import write_result
from genrescope.records import FloatArray

RATE_HZ = 16_000
HEARD_S = 12
CLEAR_MARGIN = 0.05
SOUND = {".wav", ".mp3", ".ogg", ".opus", ".flac"}
Both = tuple[FloatArray, FloatArray]


class Pair:
    """musicnn and the bundled model's trunk."""

    def __init__(self, wheel: Path) -> None:
        from genrescope.models.musicnn import MusicnnTrunk
        from genrescope.models.scope_lite import ScopeLiteTrunk, read_network
        from genrescope.pretrained.musicnn import load_wheel

        bundled = Path(str(files("genrescope") / "assets" / "bundled.onnx"))
        self._network = load_wheel(wheel)
        self._trunks = (MusicnnTrunk(self._network).eval(), ScopeLiteTrunk(read_network(bundled)).eval())

    def hear(self, path: Path) -> tuple[Both, Both]:
        """Return of a recording's start the embeddings (n_windows, 200) and the tags' probabilities (50,)."""
        import torch

        from genrescope.audio.stream import stream_mono

        samples = next(iter(stream_mono(path, RATE_HZ, block_samples=HEARD_S * RATE_HZ)))
        with torch.inference_mode():
            theirs, ours = (trunk(torch.from_numpy(samples)[None])[0] for trunk in self._trunks)
            tags = [torch.sigmoid(self._network.output(heard)).mean(dim=0).numpy() for heard in (theirs, ours)]
        return (theirs.numpy(), ours.numpy()), (tags[0], tags[1])


def row(what: str, pair: Pair, paths: Sequence[Path]) -> dict[str, object]:
    """Compare both on recordings."""
    heard = [pair.hear(path) for path in paths]
    theirs, ours = (np.concatenate([embeddings[side] for embeddings, _ in heard]) for side in (0, 1))
    deviation = theirs.std(axis=0)
    error = ((ours - theirs) / deviation)[:, deviation > 0]
    tags_theirs, tags_ours = (np.stack([tags[side] for _, tags in heard]) for side in (0, 1))
    ordered = np.sort(tags_theirs, axis=1)
    clear = ordered[:, -1] - ordered[:, -2] > CLEAR_MARGIN
    differs = clear & (tags_theirs.argmax(axis=1) != tags_ours.argmax(axis=1))
    return {
        "recordings": what,
        "n": len(paths),
        "windows": len(theirs),
        "embedding, share of the variance": round(1 - float(np.square(error).mean()), 3),
        "mean change of a tag": round(float(np.abs(tags_ours - tags_theirs).mean()), 4),
        "largest change": round(float(np.abs(tags_ours - tags_theirs).max()), 3),
        f"clear (margin over {CLEAR_MARGIN})": int(clear.sum()),
        "of them another first tag": int(differs.sum()),
    }


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path, help="the wheel of musicnn 0.1.0")
    parser.add_argument("--unheard", type=Path, metavar="FOLDER", help="recordings that no training heard")
    parser.add_argument("--every", type=int, default=1, help="take every so many-th recording")
    return parser.parse_args()


def main() -> None:
    """Compare, print, keep."""
    chosen = options()
    if chosen.wheel is None or chosen.unheard is None:
        print("Needs --wheel FILE and --unheard FOLDER: nothing compared, nothing written.")
        return
    clips = [clip.path for clip in known_clips()][:: chosen.every]
    music = sorted(path for path in (chosen.unheard / "music").rglob("*") if path.suffix.lower() in SOUND)
    pair, unheard = Pair(chosen.wheel), music[:: chosen.every]
    rows = [row("clips, heard without their labels", pair, clips), row("music never heard", pair, unheard)]
    notes = [
        f"The first {HEARD_S} s of every recording, or of every {chosen.every}th; 50 tags by musicnn's own last layer.",
        "Share of the variance: 1 is the same embedding; the error is counted in deviations of musicnn's numbers.",
    ]
    title = "The bundled trunk against musicnn"
    packages = ["torch"]
    write_result(
        "fidelity", title, {"Ours against musicnn": rows}, notes=notes, data=[*clips, *unheard], packages=packages
    )


if __name__ == "__main__":
    main()

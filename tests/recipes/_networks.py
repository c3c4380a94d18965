"""Small recipes and a small table of spectrograms to train them on."""

from pathlib import Path

import numpy as np

from genrescope.recipes._base import Recipe

LABELS = ("low", "high")


def recipe(**training: object) -> Recipe:
    learned = {"epochs": 2, "batch_size": 8, "precision": "32", "learning_rate": 0.01, **training}
    settings = {"width": 4, "n_embedding": 8}
    return Recipe(
        "small", "network", "ours", "a small one", "logmel", "scope-net", model_settings=settings, training=learned
    )


def table(folder: Path, n: int = 40) -> Path:
    """Write a table of spectrograms whose genre is where they are loud, in three parts."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 24, 16)).astype(np.float32)
    lines = ["track_id,genre,part"]
    for row in range(n):
        half = slice(0, 8) if row % 2 == 0 else slice(8, 16)
        x[row, :, half] += 1.5
        part = ("training", "training", "validation", "test")[row // 2 % 4]
        lines.append(f"t{row},{LABELS[row % 2]},{part}")
    np.savez(folder / "mel.npz", track_id=np.array([f"t{row}" for row in range(n)]), mel=x)
    (folder / "parts.csv").write_text("\n".join(lines) + "\n")
    (folder / "mel.npz.toml").write_text(
        'kind = "log-mel"\narray = "mel"\nlabels = "parts.csv"\npart_column = "part"\n'
    )
    return folder / "mel.npz"

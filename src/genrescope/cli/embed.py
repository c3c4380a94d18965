"""``genrescope embed``: the model's inner description of every window of a song, for search and for learning."""

from pathlib import Path
from typing import Annotated

import typer

from genrescope.errors import UsageError

SUFFIXES = (".parquet", ".npy")


def embed(
    paths: Annotated[list[str] | None, typer.Argument(metavar="PATH", help="What 'predict' takes, too.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="A .parquet or .npy to write.")] = None,
    model: Annotated[str, typer.Option(metavar="FILE|NAME", help="A model file or name.")] = "bundled",
    recursive: Annotated[bool, typer.Option("--recursive", help="Look into folders inside folders.")] = False,
) -> None:
    """Write a vector for each window of each song.

    Parquet has a row a window: path, start in seconds, vector. NPY has the vectors alone, float32 of shape (windows,
    numbers), and FILE.npy.json beside it says which rows are which song.

    Example:  genrescope embed music/ --recursive --out music.parquet
    """
    if not paths:
        raise UsageError("name at least one song or folder, for example:  genrescope embed music/ --out music.parquet")
    if out is None:
        raise UsageError("say with --out where to write, for example:  --out music.parquet")
    if out.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--out {out}: vectors are written as {' or '.join(SUFFIXES)}; end the name in one of them.")
    if not out.resolve().parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder '{out.parent}'; make it first.")
    from genrescope.cli._embed import write_vectors

    raise typer.Exit(write_vectors(paths, out, model, recursive=recursive))

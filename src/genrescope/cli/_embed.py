"""The course of ``genrescope embed``: song after song into one file of vectors."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from genrescope.cli._inputs import Inputs, expand
from genrescope.cli._parquet import need_pyarrow
from genrescope.cli._progress import Advance
from genrescope.cli._run import INTERRUPTED, tell, tell_inputs
from genrescope.cli._vectors import NpyFile, ParquetVectors, VectorFile
from genrescope.errors import AudioError, ModelError

if TYPE_CHECKING:
    from genrescope.runtime.model import Embedding, Model


def write_vectors(named: list[str], out: Path, model_name: str, *, recursive: bool) -> int:
    """Write the vectors of all songs.

    Parameters
    ----------
    named : list of str
        Files, folders, globs, playlists, ``-``.
    out : Path
        Ends in ``.parquet`` or ``.npy``.
    model_name : str
        A model file or name.
    recursive : bool
        Whether folders inside folders are looked into.

    Returns
    -------
    int
        The exit code. After an interruption the songs that were done are written.
    """
    parquet = out.suffix.lower() == ".parquet"
    if parquet:
        need_pyarrow()
    inputs = expand(named, recursive=recursive)
    tell_inputs(inputs)
    if not inputs.items:
        return 1
    model = _load(model_name)
    failed: list[AudioError] = []
    interrupted = False
    with ExitStack() as stack:
        kind = ParquetVectors if parquet else NpyFile
        target: VectorFile = kind(out, model.card, stack)
        try:
            _write_all(model, inputs, target, failed)
        except KeyboardInterrupt:
            interrupted = True
        target.finish(failed)
    tell(f"{len(failed)} failed, written to {out}." + " Interrupted: not all songs are in it." * interrupted)
    return INTERRUPTED if interrupted else int(bool(failed or inputs.complaints))


def _load(name: str) -> "Model":
    from genrescope.loading import load_model

    model = load_model(name)
    if not model.card.embedding_size:
        raise ModelError(f"the model '{model.name}' gives no vectors; choose another with --model.")
    return model


def _write_all(model: "Model", inputs: Inputs, target: VectorFile, failed: list[AudioError]) -> None:
    advance = Advance(inputs.paths)
    with advance.shown():
        for path, answer in _embeddings(model, inputs, advance):
            if isinstance(answer, AudioError):
                failed.append(answer)
                with advance.aside():
                    tell(f"{answer.path}: {answer.kind}: {answer.message}")
            else:
                target.add(path, answer.starts_s, answer.vectors)
            advance.step(path)


def _embeddings(model: "Model", inputs: Inputs, advance: Advance) -> Iterator[tuple[str, "Embedding | AudioError"]]:
    for item in inputs.items:
        if isinstance(item, AudioError):
            yield item.path, item
            continue
        try:
            yield item, model.embed(item, on_heard=partial(advance.within, item))
        except AudioError as error:
            yield item, error

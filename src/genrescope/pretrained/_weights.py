"""Published weight files: fetched from where they are published, or taken from a file, and read as numbers alone."""

import hashlib
import pickle
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from genrescope.errors import ModelError


@dataclass(frozen=True)
class Published:
    """A weight file and where it is published.

    Attributes
    ----------
    what : str
        Its name, for messages.
    url : str
        Its address.
    sha256_begins : str
        How its SHA-256 begins; its publisher puts this into its name.
    licence : str
        Its licence's SPDX name, or what is known of its terms.
    """

    what: str
    url: str
    sha256_begins: str
    licence: str


def weight_file(published: Published, source: Path | None) -> Path:
    """Return the file: `source`, or what is fetched (once) into the cache.

    Raises
    ------
    ModelError
        There is no such file, it cannot be fetched, or what was fetched is not it; the message says what to get.
    """
    if source is not None:
        if not source.is_file():
            raise ModelError(f"{source}: there is no such file; {published.what} is published at {published.url}")
        return source
    import pooch  # type: ignore[import-untyped]  # it ships no types

    try:
        path = Path(pooch.retrieve(published.url, None, progressbar=False))
    except (OSError, ValueError) as cause:
        raise ModelError(
            f"{published.what} could not be fetched ({cause}); download {published.url} and name the file."
        ) from cause
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(published.sha256_begins):
        path.unlink()
        raise ModelError(
            f"{published.url}: its SHA-256 should begin with {published.sha256_begins} and is {found[:16]}…: another "
            "file, or not whole; try again."
        )
    return path


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return a PyTorch weight file's tensors by name; nothing in it is run.

    Raises
    ------
    ModelError
        The file is no such file.
    """
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as cause:
        raise ModelError(f"{path}: not a PyTorch weight file ({type(cause).__name__}); download it again.") from cause
    if not isinstance(weights, dict) or not all(isinstance(value, Tensor) for value in weights.values()):
        raise ModelError(f"{path}: a PyTorch file, but not of weights alone; download it again.")
    return weights


def fill(module: torch.nn.Module, weights: dict[str, Tensor], path: Path, what: str) -> None:
    """Put weights into a module, all of them or none.

    Raises
    ------
    ModelError
        A weight is missing, or has another shape; the message names the first.
    """
    own = module.state_dict()
    for name, target in own.items():
        if name.endswith("num_batches_tracked") and name not in weights:
            continue  # a counter, which older files do not have
        if name not in weights:
            raise ModelError(f"{path}: not {what}: it has no weights called {name!r}.")
        if weights[name].shape != target.shape:
            raise ModelError(
                f"{path}: not {what}: {name!r} has shape {tuple(weights[name].shape)}, expected {tuple(target.shape)}."
            )
    module.load_state_dict({name: weights.get(name, value) for name, value in own.items()})

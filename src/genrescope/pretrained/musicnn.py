"""MSD-musicnn's published weights, carried from the TensorFlow checkpoint into `models.musicnn`.

The checkpoint lies in the PyPI wheel `musicnn` 0.1.0 (ISC licence, Universitat Pompeu Fabra, code by Jordi Pons). It
was trained on the Million Song Dataset with 50 tags of Last.fm.
"""

import importlib
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from genrescope.errors import ModelError
from genrescope.models.musicnn import Musicnn

NOTICE = """musicnn weights (MSD_musicnn): Copyright (c) Music Technology Group, Universitat Pompeu Fabra 2019.
Code developed by Jordi Pons (www.jordipons.me).

Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted,
provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN
AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR
PERFORMANCE OF THIS SOFTWARE."""
"""The licence asks that this travels with the weights."""

MSD_TAGS = [
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s", "alternative rock",
    "jazz", "beautiful", "metal", "chillout", "male vocalists", "classic rock", "soul", "indie rock", "Mellow",
    "electronica", "80s", "folk", "90s", "chill", "instrumental", "punk", "oldies", "blues", "hard rock", "ambient",
    "acoustic", "experimental", "female vocalist", "guitar", "Hip-Hop", "70s", "party", "country", "easy listening",
    "sexy", "catchy", "funk", "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop", "sad",
    "House", "happy",
]  # fmt: skip
"""The 50 tags of Last.fm in the order of the output."""

CHECKPOINT = "musicnn/MSD_musicnn/"
Read = Callable[[str], NDArray[np.float32]]


def load_checkpoint(folder: Path) -> Musicnn:
    """Read a musicnn checkpoint folder; its files have an empty prefix (``.index``, ``.data-00000-of-00001``).

    Raises
    ------
    ModelError
        Where the folder holds no checkpoint, or TensorFlow, which reads it, is not installed.
    """
    if not (folder / ".index").is_file():
        raise ModelError(f"{folder}: no musicnn checkpoint (.index) here; give the wheel of musicnn 0.1.0.")
    try:
        tensorflow = importlib.import_module("tensorflow")
    except ImportError as cause:
        message = "reading a TensorFlow checkpoint needs TensorFlow: run  pip install tensorflow-cpu"
        raise ModelError(message) from cause
    reader = tensorflow.compat.v1.train.NewCheckpointReader(f"{folder}/")
    network = Musicnn()
    with torch.no_grad():
        _fill(network, reader.get_tensor)
    return network.eval()


def load_wheel(wheel: Path) -> Musicnn:
    """Read the network out of the wheel of musicnn 0.1.0."""
    if not zipfile.is_zipfile(wheel):
        raise ModelError(f"{wheel}: not a wheel; get it with  pip download --no-deps musicnn==0.1.0")
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith(CHECKPOINT)]
        archive.extractall(scratch, names)
        return load_checkpoint(Path(scratch) / CHECKPOINT)


def _fill(network: Musicnn, read: Read) -> None:
    numbered = _numbered(network)
    for name, module in numbered:
        for ours, theirs in _parameters(module):
            values = torch.from_numpy(np.ascontiguousarray(read(f"{name}/{theirs}")))
            target = getattr(module, ours)
            target.copy_(_arranged(values, module).reshape(target.shape))


def _numbered(network: Musicnn) -> Iterator[tuple[str, nn.Module]]:
    """Pair TensorFlow's layer names with our modules: it numbers each kind in the order of creation."""
    blocks = [*network.front, *network.middle]
    norms = [network.input_norm, *(block.norm for block in blocks), network.pool_norm, network.dense_norm]
    convolutions = [block.conv for block in blocks]
    for kind, modules in (
        ("batch_normalization", norms),
        ("conv2d", convolutions),
        ("dense", [network.dense, network.output]),
    ):
        for index, module in enumerate(modules):
            yield (f"{kind}_{index}" if index else kind), module


def _parameters(module: nn.Module) -> tuple[tuple[str, str], ...]:
    if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        statistics = (("running_mean", "moving_mean"), ("running_var", "moving_variance"))
        return (("weight", "gamma"), ("bias", "beta"), *statistics)
    return (("weight", "kernel"), ("bias", "bias"))


def _arranged(values: torch.Tensor, module: nn.Module) -> torch.Tensor:
    """Turn TensorFlow's (height, width, in, out) into ours."""
    if isinstance(module, nn.Conv1d) and values.ndim == 4:
        return values.permute(3, 1, 0, 2)  # their width is our channels
    if values.ndim == 4:
        return values.permute(3, 2, 0, 1)
    return values.T if values.ndim == 2 else values

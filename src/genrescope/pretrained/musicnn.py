"""MSD-musicnn's published weights, carried from the TensorFlow checkpoint into `models.musicnn`.

The checkpoint lies in the PyPI wheel `musicnn` 0.1.0 (ISC licence, Universitat Pompeu Fabra, code by Jordi Pons). It
was trained on the Million Song Dataset with 50 tags of Last.fm.
"""

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from genrescope.card import ModelCard
from genrescope.errors import ModelError
from genrescope.features.logmel import MUSICNN
from genrescope.models._bundle import waveform_signature, write_graph
from genrescope.models.musicnn import HOP_SAMPLES, N_EMBEDDING, WINDOW_SAMPLES, Musicnn, MusicnnTags
from genrescope.pretrained._tensor_bundle import INDEX, read_bundle

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
WHERE = "its weights lie in a wheel: pip download --no-deps musicnn==0.1.0, and name that file by --from"
Read = Callable[[str], NDArray[np.float32]]


def install(source: str | Path | None, folder: Path) -> Path:
    """Make musicnn a model file whose labels are its 50 tags, with the embedding of each window.

    Parameters
    ----------
    source : str, Path or None
        The wheel of musicnn 0.1.0, or the folder of its checkpoint.
    folder : Path
        Where the model goes, as ``musicnn.onnx``.

    Raises
    ------
    ModelError
        No file is named, or it is another.
    """
    if source is None:
        raise ModelError(f"musicnn: {WHERE}.")
    given = Path(source)
    network = load_checkpoint(given) if given.is_dir() else load_wheel(given)
    folder.mkdir(parents=True, exist_ok=True)
    target, card = folder / "musicnn.onnx", _card()
    signature = waveform_signature(card, ("probabilities", "track", "embedding"))
    write_graph(MusicnnTags(network), signature, card, target)
    return target


def _card() -> ModelCard:
    rate_hz = MUSICNN.sample_rate_hz
    return ModelCard(
        name="musicnn",
        labels=MSD_TAGS,
        sample_rate_hz=rate_hz,
        window_s=WINDOW_SAMPLES / rate_hz,
        hop_s=HOP_SAMPLES / rate_hz,
        unsure_below=0.0,
        licence="ISC",
        notices=NOTICE,
        embedding_size=N_EMBEDDING,
        calibration={"method": "scores of tags, which do not exclude each other, as shares of their sum"},
        data={"trained on": "Million Song Dataset with tags of Last.fm, by its authors"},
        recipe="genrescope models get musicnn",
    )


def load_checkpoint(folder: Path) -> Musicnn:
    """Read a musicnn checkpoint folder; its files have an empty prefix (``.index``, ``.data-00000-of-00001``).

    Raises
    ------
    ModelError
        Where the folder holds no checkpoint, or that of another network.
    """
    if not (folder / INDEX).is_file():
        raise ModelError(f"{folder}: no musicnn checkpoint (.index) here; give the wheel of musicnn 0.1.0.")
    tensors, network = read_bundle(folder), Musicnn()
    try:
        with torch.no_grad():
            _fill(network, tensors.__getitem__)
    except (KeyError, RuntimeError) as cause:
        raise ModelError(f"{folder}: the checkpoint is not that of MSD_musicnn ({cause}).") from cause
    return network.eval()


def load_wheel(wheel: Path) -> Musicnn:
    """Read the network out of the wheel of musicnn 0.1.0."""
    if not wheel.is_file() or not zipfile.is_zipfile(wheel):
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

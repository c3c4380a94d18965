"""The exported file answers as the network does, carries its card, and tells nothing of the machine that wrote it."""

import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from genrescope.card import ModelCard
from genrescope.models._bundle import OUTPUTS, GenreGraph, export
from genrescope.models._logmel_trunk import LogMelTrunk
from genrescope.models.musicnn import HOP_SAMPLES, WINDOW_SAMPLES
from genrescope.models.scope_lite import ScopeLite


def _card() -> ModelCard:
    return ModelCard(
        name="tiny",
        labels=["a", "b", "c"],
        sample_rate_hz=16_000,
        window_s=WINDOW_SAMPLES / 16_000,
        hop_s=HOP_SAMPLES / 16_000,
        unsure_below=0.4,
        licence="Apache-2.0",
        embedding_size=200,
    )


@pytest.fixture(scope="module")
def graph() -> GenreGraph:
    torch.manual_seed(1)
    return GenreGraph(LogMelTrunk(ScopeLite(32, 16)), nn.Linear(200, 3), nn.Linear(200, 2)).eval()


@pytest.fixture(scope="module")
def file(graph: GenreGraph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "tiny.onnx"
    export(graph, _card(), path)
    return path


@pytest.mark.parametrize(("n_blocks", "extra"), [(1, 0), (1, 7 * HOP_SAMPLES + 3), (3, HOP_SAMPLES)])
def test_answers_as_the_network(graph: GenreGraph, file: Path, n_blocks: int, extra: int) -> None:
    seed = torch.Generator().manual_seed(n_blocks)
    waveform = 0.1 * torch.randn(n_blocks, WINDOW_SAMPLES + extra, generator=seed)
    session = onnxruntime.InferenceSession(str(file))
    answers = dict(zip(OUTPUTS, session.run(list(OUTPUTS), {"waveform": waveform.numpy()}), strict=True))
    with torch.inference_mode():
        for name, expected in zip(OUTPUTS, graph(waveform), strict=True):
            assert answers[name].shape == expected.shape
            assert np.abs(answers[name] - expected.numpy()).max() < 1e-4
    assert np.allclose(answers["track"], answers["probabilities"].mean(axis=1), atol=1e-6)


def test_card_is_inside(file: Path) -> None:
    properties = onnxruntime.InferenceSession(str(file)).get_modelmeta().custom_metadata_map
    assert ModelCard.from_metadata(properties, "tiny.onnx") == _card()


def test_no_path_of_the_machine_is_inside(file: Path) -> None:
    content = file.read_bytes()
    for folder in (str(Path(__file__).parents[2]), sys.prefix, sys.base_prefix + "/lib", tempfile.gettempdir() + "/"):
        assert folder.encode() not in content
    model = onnx.load(file)
    for tensor in model.graph.initializer:
        tensor.ClearField("raw_data")  # any bytes may occur among the weights
    assert b".py" not in model.SerializeToString()


class _Broken(nn.Module):
    def forward(self, waveform: torch.Tensor) -> torch.Tensor:
        raise RuntimeError(f"this trunk does not run on {waveform.ndim} axes")


def test_a_graph_that_fails_leaves_the_older_file_as_it_was(tmp_path: Path) -> None:
    older = tmp_path / "tiny.onnx"
    older.write_bytes(b"older")
    with pytest.raises(Exception, match="this trunk does not run"):
        export(GenreGraph(_Broken(), nn.Linear(200, 3), nn.Linear(200, 2)), _card(), older)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.onnx"]
    assert older.read_bytes() == b"older"


def test_an_export_onto_a_folder_leaves_nothing(graph: GenreGraph, tmp_path: Path) -> None:
    (tmp_path / "tiny.onnx").mkdir()
    with pytest.raises(OSError, match="irectory"):
        export(graph, _card(), tmp_path / "tiny.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.onnx"]


def test_a_failed_export_leaves_nothing(graph: GenreGraph, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        export(graph, _card(), tmp_path / "nowhere" / "tiny.onnx")
    assert not list(tmp_path.iterdir())

"""The session: what it gives for good files, and what it says of bad ones."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genrescope.errors import ModelError
from genrescope.runtime.session import Session

HOP, WINDOW = 4000, 8000
Write = Callable[..., Path]
Edit = Callable[[Callable[[Any], object]], Path]


def sound(n_blocks: int, n_windows: int) -> Any:
    rng = np.random.default_rng(1)
    return (rng.standard_normal((n_blocks, WINDOW + (n_windows - 1) * HOP)) * 0.1).astype(np.float32)


def refusal(path: Path) -> str:
    """Return why a file is refused; every refusal names the file."""
    with pytest.raises(ModelError) as caught:
        Session(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_outputs_have_the_shapes_of_the_contract(write_model: Write) -> None:
    outputs = Session(write_model()).run(sound(2, 5))
    assert outputs.embedding is not None
    assert outputs.voice is not None
    assert outputs.speech is not None
    assert outputs.probabilities.shape == (2, 5, 3)
    assert outputs.embedding.shape == (2, 5, 4)
    assert outputs.voice.shape == outputs.speech.shape == (2, 5)
    np.testing.assert_allclose(outputs.probabilities.sum(axis=-1), 1, atol=1e-6)


def test_outputs_that_a_graph_does_not_have_are_none(write_model: Write) -> None:
    outputs = Session(write_model(graph={"outputs": ("probabilities", "track")})).run(sound(1, 2))
    assert outputs.embedding is outputs.voice is outputs.speech is None


def test_a_session_from_bytes_is_the_session_from_the_file(write_model: Write) -> None:
    path, blocks = write_model(), sound(1, 3)
    first, second = Session(path).run(blocks), Session(path.read_bytes()).run(blocks)
    np.testing.assert_array_equal(first.probabilities, second.probabilities)


def test_the_batch_does_not_matter(write_model: Write) -> None:
    session, blocks = Session(write_model()), sound(7, 6)
    together = session.run(blocks).probabilities
    alone = np.concatenate([session.run(block[np.newaxis]).probabilities for block in blocks])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_threads_do_not_matter(write_model: Write) -> None:
    path, blocks = write_model(), sound(2, 9)
    one, two = (Session(path, threads=n).run(blocks).probabilities for n in (1, 2))
    np.testing.assert_allclose(one, two, atol=1e-5)


def test_no_card(edit_model: Edit) -> None:
    assert "without a genrescope card" in refusal(edit_model(lambda model: model.ClearField("metadata_props")))


def test_another_format_version(write_model: Write) -> None:
    assert "update genrescope" in refusal(write_model(format_version=2))


def test_custom_operators(edit_model: Edit) -> None:
    from onnx import helper

    def change(model: Any) -> None:
        model.graph.node.append(helper.make_node("Odd", ["waveform"], ["odd"], domain="my.ops"))
        model.opset_import.append(helper.make_opsetid("my.ops", 1))

    message = refusal(edit_model(change))
    assert "my.ops" in message
    assert "standard operators" in message


def test_external_data(write_model: Write, tmp_path: Path) -> None:
    """A file as `onnx` itself writes it when the weights are to lie beside it."""
    import onnx

    path = tmp_path / "apart.onnx"
    model = onnx.load(write_model())
    onnx.save(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert (tmp_path / "weights.bin").stat().st_size > 1000
    assert "one single file" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"ID3 and some more that is no graph", b"\x00" * 100])
def test_not_an_onnx_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "song.onnx"
    path.write_bytes(content)
    assert "not a whole ONNX file" in refusal(path)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9, 0.999])
def test_a_cut_file(write_model: Write, share: float) -> None:
    path = write_model()
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert "copy or download it again" in refusal(path)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "none.onnx")
    assert "folder" in refusal(tmp_path)


def test_another_front_end(write_model: Write) -> None:
    assert "fma518@1" in refusal(write_model(front_end="fma518@1"))


def test_outputs_that_are_missing(write_model: Write) -> None:
    message = refusal(write_model(graph={"outputs": ("probabilities", "voice")}))
    assert "track" in message


def test_a_graph_that_the_runtime_cannot_open(edit_model: Edit) -> None:
    def change(model: Any) -> None:
        model.graph.node[0].op_type = "NoSuchOperator"

    assert "ONNX Runtime cannot open it" in refusal(edit_model(change))


def test_a_card_that_does_not_fit_its_graph(write_model: Write) -> None:
    session = Session(write_model(labels=["one", "two"]))
    with pytest.raises(ModelError, match="its card promises"):
        session.run(sound(1, 2))


def test_a_graph_that_fails_while_it_runs(write_model: Write) -> None:
    session = Session(write_model())
    with pytest.raises(ModelError, match="failed on input of shape"):
        session.run(sound(1, 1)[:, :100])

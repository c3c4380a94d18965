"""The one place where a model file is run."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from genrescope.card import IN_GRAPH, ModelCard
from genrescope.errors import ModelError
from genrescope.records import FloatArray
from genrescope.runtime.graphfile import ALLOWED_DOMAINS, NotOnnxError, read_facts

_INPUT = "waveform"
_NEEDED = ("probabilities", "track")
_OPTIONAL = ("embedding", "voice", "speech")


class NeedsFeatureError(ModelError):
    """A model file takes a feature, and was opened as one that takes a waveform."""


@dataclass(frozen=True, eq=False)
class Outputs:
    """What a graph says of blocks of sound.

    Attributes
    ----------
    probabilities : ndarray of float32, shape (n_blocks, n_windows, n_labels)
        Each row sums to 1.
    embedding : ndarray of float32, shape (n_blocks, n_windows, embedding_size), or None
    voice, speech : ndarray of float32, shape (n_blocks, n_windows), or None
        Probability of a voice, sung or spoken, and of speech without music; None where the graph has no such output.
    """

    probabilities: FloatArray
    embedding: FloatArray | None = None
    voice: FloatArray | None = None
    speech: FloatArray | None = None


class Engine(Protocol):
    """Whatever turns blocks of sound into outputs: one session, or several in one."""

    @property
    def card(self) -> ModelCard:
        """What the model says of itself."""

    def run(self, blocks: FloatArray) -> Outputs:
        """Run blocks of sound, shape (n_blocks, n_samples)."""


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_model_file(source: Path) -> bytes:
    """Return the bytes of a model file; ModelError where it cannot be read."""
    try:
        return source.read_bytes()
    except FileNotFoundError as cause:
        raise ModelError(f"{source}: there is no such file; `genrescope models list` shows the models.") from cause
    except IsADirectoryError as cause:
        raise ModelError(f"{source}: this is a folder; name the .onnx file in it.") from cause
    except OSError as cause:
        raise ModelError(f"{source}: the model file cannot be read ({cause.strerror}).") from cause


def check_model(data: bytes, name: str) -> ModelCard:
    """Look a model file over before it is run, and return its card.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        What to call it in messages.

    Raises
    ------
    ModelError
        Where it is not a whole ONNX file, uses operators that not every ONNX runtime has, keeps numbers in other
        files, or has no card that this genrescope can read.
    """
    try:
        facts = read_facts(data)
    except NotOnnxError as cause:
        raise ModelError(
            f"{name}: not a whole ONNX file ({len(data)} bytes; {cause}); copy or download it again."
        ) from cause
    strange = sorted(facts.domains - ALLOWED_DOMAINS)
    if strange:
        raise ModelError(
            f"{name}: it uses operators of {', '.join(strange)}, and only ONNX's own run everywhere; "
            "export the model with standard operators."
        )
    if facts.external_data:
        raise ModelError(f"{name}: it keeps its weights in another file; export the model as one single file.")
    return ModelCard.from_metadata(facts.properties, name)


class Session:
    """A model file, ready to run.

    Parameters
    ----------
    source : Path or bytes
        The model file, or what is in it.
    threads : int, optional
        Threads that one call may use; by default all cores that this process has.

    Attributes
    ----------
    card : ModelCard
        What the file says of itself.

    Raises
    ------
    ModelError
        Where the file is not a model that this genrescope can run; the message names the file and the reason.
    """

    def __init__(self, source: Path | bytes, threads: int | None = None) -> None:
        name = str(source) if isinstance(source, Path) else "the model"
        data = read_model_file(source) if isinstance(source, Path) else source
        self.card = check_model(data, name)
        self._name = name
        if self.card.front_end != IN_GRAPH:
            raise NeedsFeatureError(
                f"{name}: it takes the feature '{self.card.front_end}', which cannot be computed here."
            )
        self._session = open_graph(data, name, threads)
        self._outputs = self._check_signature()

    def run(self, blocks: FloatArray) -> Outputs:
        """Run blocks of sound of one length.

        Parameters
        ----------
        blocks : ndarray of float32, shape (n_blocks, n_samples)
            Mono at ``card.sample_rate_hz``, full scale ±1, each at least one window long.

        Returns
        -------
        Outputs
            With ``1 + (n_samples - window_samples) // hop_samples`` windows a block.
        """
        try:
            values = self._session.run(list(self._outputs), {_INPUT: np.ascontiguousarray(blocks, dtype=np.float32)})
        except _runtime_errors() as cause:
            raise ModelError(f"{self._name}: the graph failed on input of shape {blocks.shape} ({cause}).") from cause
        found = dict(zip(self._outputs, values, strict=True))
        self._check_shape(blocks, found["probabilities"])
        return Outputs(**found)

    def _check_signature(self) -> tuple[str, ...]:
        """Compare the graph's inputs and outputs with the contract; return the outputs that are used."""
        inputs = [item.name for item in self._session.get_inputs()]
        outputs = {item.name for item in self._session.get_outputs()}
        missing = [name for name in _NEEDED if name not in outputs]
        if inputs != [_INPUT] or missing:
            raise ModelError(
                f"{self._name}: the graph should take '{_INPUT}' and give {' and '.join(_NEEDED)}; "
                f"it takes {inputs} and gives {sorted(outputs)}; export it with genrescope."
            )
        return ("probabilities", *(name for name in _OPTIONAL if name in outputs))

    def _check_shape(self, blocks: FloatArray, probabilities: FloatArray) -> None:
        """A card that does not fit its graph would put every answer at the wrong time or under the wrong name."""
        n_windows = 1 + (blocks.shape[1] - self.card.window_samples) // self.card.hop_samples
        expected = (blocks.shape[0], n_windows, len(self.card.labels))
        if probabilities.shape != expected:
            raise ModelError(
                f"{self._name}: its card promises probabilities of shape {expected}, the graph gave "
                f"{probabilities.shape}; export it again."
            )


def _runtime_errors() -> tuple[type[Exception], ...]:
    """Return the kinds of error that ONNX Runtime raises for a graph that it cannot open or run."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    names = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NotImplemented", "RuntimeException")
    return tuple(getattr(state, name) for name in names)


def _onnxruntime() -> Any:
    """Return ONNX Runtime, imported so that it neither counts its users nor leaves files in their cache."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def open_graph(data: bytes, name: str, threads: int | None) -> Any:
    """Open a checked file in ONNX Runtime; by default one call may use all cores that this process has."""
    onnxruntime = _onnxruntime()

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or available_cores()
    options.inter_op_num_threads = 1
    # Blocks of one file differ in length only at its end: a plan kept for every length would only hold memory.
    options.enable_mem_pattern = False
    options.log_severity_level = 4  # what goes wrong is raised; ONNX Runtime would also print it
    options.add_session_config_entry("session.load_model_format", "ONNX")
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except _runtime_errors() as cause:
        raise ModelError(f"{name}: ONNX Runtime cannot open it ({cause}); export the model again.") from cause

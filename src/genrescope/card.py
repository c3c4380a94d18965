"""The card of a model file: all that a reader must know to use the graph, kept inside the file itself.

The card is the `metadata_props` of the ONNX file: one property a field, each value JSON. Whoever holds the file needs
nothing else: labels, rates, windows, vocabulary maps, calibration, thresholds, licence and scores travel together.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

import numpy as np

from genrescope.errors import ModelError, UsageError
from genrescope.records import FloatArray

FORMAT_VERSION = 1
PREFIX = "genrescope."
IN_GRAPH = "in-graph"


@dataclass(frozen=True)
class VocabularyMap:
    """How a model's own genres are said in another vocabulary.

    Attributes
    ----------
    labels : list of str
        The target genres.
    weights : list of list of float
        One row a native genre, one column a target genre; what share of the native confidence goes where. A row of
        zeros is a genre that the target vocabulary has no word for.
    """

    labels: list[str]
    weights: list[list[float]]

    def apply(self, probabilities: FloatArray) -> FloatArray:
        """Carry native probabilities over, shape (..., n_native) to (..., n_target); each row sums to 1."""
        mapped = np.asarray(probabilities, dtype=np.float64) @ np.asarray(self.weights)
        total = mapped.sum(axis=-1, keepdims=True)
        even = np.full_like(mapped, 1 / len(self.labels))
        return np.asarray(np.where(total > 0, mapped / np.where(total > 0, total, 1), even), dtype=np.float32)


@dataclass(frozen=True)
class Score:
    """A figure that a command of ours measured, with its 95 % interval and what it was measured on."""

    name: str
    value: float
    low: float
    high: float
    n: int
    note: str

    @classmethod
    def of_share(cls, name: str, right: int, n: int, note: str) -> "Score":
        """Return the share ``right / n`` with its Wilson interval.

        Examples
        --------
        >>> score = Score.of_share("accuracy", 9, 10, "ten clips")
        >>> round(score.low, 3), round(score.high, 3)
        (0.596, 0.982)
        """
        z = 1.959964
        share, spread = right / n, z * z / n
        middle = (share + spread / 2) / (1 + spread)
        half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
        return cls(name, round(share, 4), round(middle - half, 4), round(middle + half, 4), n, note)


@dataclass(frozen=True)
class ModelCard:
    """What a model file says of itself.

    Attributes
    ----------
    name : str
        The model's name.
    labels : list of str
        The native genres, in the order of the graph's columns.
    sample_rate_hz : int
        The rate of the waveform that the graph, or its feature, takes; 0 where a feature takes each file's own.
    window_s, hop_s : float
        Window ``i`` of an input covers ``i * hop_s`` to ``i * hop_s + window_s``; both are whole numbers of samples.
        Both 0 where a feature is of the whole track, which then has no course over time.
    unsure_below : float
        The model calls itself unsure where its best confidence is below this.
    speech_above : float or None
        A track whose mean speech probability is above this is speech, not music; None where the graph has no such
        output.
    licence, notices : str
        The licence's SPDX name, and the notices that must travel with the weights.
    front_end : str
        ``in-graph``, or ``feature@version`` where the graph takes a feature instead of a waveform.
    features : dict
        Where the graph takes a feature, how it is computed: the feature's description (``feature``, ``version``,
        ``settings``), and ``columns`` where only some of its columns are taken, by name. Or ``feature`` is
        ``embedding``, with the ``model``, the beginning of its file's SHA-256 in ``file`` and ``pooling``
        (``mean`` over windows). Numbers that no sound gives have a ``kind`` instead.
    embedding_size : int
        Numbers in the embedding of a window; 0 where there is none.
    vocabularies : dict of str to VocabularyMap
        Other vocabularies that the model can answer in.
    calibration, data : dict
        How the confidences were calibrated, and what the weights were learned from.
    recipe : str
        The command that makes the file again.
    scores : list of Score
        Figures that our own commands measured.
    """

    name: str
    labels: list[str]
    sample_rate_hz: int
    window_s: float
    hop_s: float
    unsure_below: float
    licence: str
    notices: str = ""
    speech_above: float | None = None
    front_end: str = IN_GRAPH
    features: dict[str, object] = field(default_factory=dict)
    embedding_size: int = 0
    vocabularies: dict[str, VocabularyMap] = field(default_factory=dict)
    calibration: dict[str, object] = field(default_factory=dict)
    data: dict[str, object] = field(default_factory=dict)
    recipe: str = ""
    scores: list[Score] = field(default_factory=list)
    format_version: int = FORMAT_VERSION

    @property
    def window_samples(self) -> int:
        """Samples of a window."""
        return round(self.window_s * self.sample_rate_hz)

    @property
    def hop_samples(self) -> int:
        """Samples from one window's start to the next."""
        return round(self.hop_s * self.sample_rate_hz)

    def vocabulary_labels(self, vocabulary: str) -> list[str]:
        """Return the labels of `vocabulary`; UsageError where the model has no map to it."""
        if vocabulary == "native":
            return self.labels
        return self._map(vocabulary).labels

    def to_vocabulary(self, probabilities: FloatArray, vocabulary: str) -> FloatArray:
        """Say native probabilities, shape (..., n_labels), in another vocabulary."""
        if vocabulary == "native":
            return probabilities
        return self._map(vocabulary).apply(probabilities)

    def _map(self, vocabulary: str) -> VocabularyMap:
        if vocabulary not in self.vocabularies:
            known = ", ".join(["native", *self.vocabularies])
            raise UsageError(f"model '{self.name}' has no map to the vocabulary '{vocabulary}'; it knows: {known}")
        return self.vocabularies[vocabulary]

    def to_metadata(self) -> dict[str, str]:
        """Return the card as ONNX `metadata_props`."""
        return {PREFIX + key: json.dumps(value, ensure_ascii=False) for key, value in asdict(self).items()}

    @classmethod
    def from_metadata(cls, properties: Mapping[str, str], source: str) -> "ModelCard":
        """Read a card back.

        Parameters
        ----------
        properties : mapping of str to str
            `metadata_props` of an ONNX file.
        source : str
            The file's name, for messages.

        Raises
        ------
        ModelError
            Where the file has no card, or one of another format version.
        """
        own = {key.removeprefix(PREFIX): value for key, value in properties.items() if key.startswith(PREFIX)}
        if "format_version" not in own:
            raise ModelError(f"{source}: an ONNX file without a genrescope card; export it with genrescope.")
        try:
            values = {key: json.loads(value) for key, value in own.items()}
            return cls._from_values(values, source)
        except (ValueError, TypeError, KeyError) as cause:
            raise ModelError(f"{source}: the model card cannot be read ({cause}); export the model again.") from cause

    @classmethod
    def _from_values(cls, values: dict[str, object], source: str) -> "ModelCard":
        if values["format_version"] != FORMAT_VERSION:
            raise ModelError(
                f"{source}: model format {values['format_version']}, this genrescope reads {FORMAT_VERSION}; "
                "update genrescope or export the model again."
            )
        known = {item.name for item in fields(cls)}
        chosen: dict[str, object] = {key: value for key, value in values.items() if key in known}
        maps, scores = chosen.pop("vocabularies", {}), chosen.pop("scores", [])
        if not isinstance(maps, dict) or not isinstance(scores, list):
            raise TypeError("vocabularies is an object and scores a list")
        chosen["vocabularies"] = {name: VocabularyMap(**value) for name, value in maps.items()}
        chosen["scores"] = [Score(**value) for value in scores]
        return cls(**chosen)  # type: ignore[arg-type]  # the types are checked by use: JSON carries none

"""From a trained network to one model file: front end, network and card in one graph.

Networks that take log-mel or MFCC sequences get their front end inside: waveform in, an answer for each window out.
Networks that take pictures or statistics get the feature as it is.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from genrescope.card import IN_GRAPH, ModelCard
from genrescope.errors import UsageError
from genrescope.features.clip_layers import ClipLayer, ClipSettings, longest_hop
from genrescope.models._bundle import Signature, waveform_signature, write_graph
from genrescope.models._network import GenreNetwork

WAVEFORM_OUTPUTS = ("probabilities", "track", "embedding")
FEATURE_OUTPUTS = ("probabilities", "embedding")


class WaveformGraph(nn.Module):
    """A network with its front end: waveform (n_blocks, n_samples) to what `export_network` states.

    Parameters
    ----------
    network : GenreNetwork
        Trained.
    front_end : LogMelSettings or MfccSettings
        The feature that it was trained on.
    hop_samples : int
        From one window's start to the next.
    temperature : float
        Logits are divided by it.
    """

    def __init__(
        self, network: GenreNetwork, front_end: ClipSettings, hop_samples: int, temperature: float = 1.0
    ) -> None:
        super().__init__()
        self.front = ClipLayer(front_end, network.form.n_frames)
        self.network = network
        self.hop_samples = hop_samples
        self.temperature = temperature

    def forward(self, waveform: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return probabilities, track and embedding."""
        windows = self.front.windows(waveform, self.hop_samples)
        logits, embedding = self.network.answer(windows.flatten(0, 1))
        shape = (-1, windows.shape[1])
        probabilities = (logits / self.temperature).softmax(dim=-1).unflatten(0, shape)
        return probabilities, probabilities.mean(dim=1), embedding.unflatten(0, shape)


class FeatureGraph(nn.Module):
    """A network that takes its feature ready: (n, *shape) to probabilities (n, n_labels) and embedding (n, d)."""

    def __init__(self, network: GenreNetwork, temperature: float = 1.0) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return probabilities and embedding."""
        logits, embedding = self.network.answer(features)
        return (logits / self.temperature).softmax(dim=-1), embedding


@dataclass(frozen=True)
class WindowTimes:
    """What a card says of windows, for a network with its front end inside.

    Attributes
    ----------
    sample_rate_hz : int
    window_s, hop_s : float
        Whole numbers of samples.
    """

    sample_rate_hz: int
    window_s: float
    hop_s: float


def window_times(network: GenreNetwork, front_end: ClipSettings, hop_s: float = 1.0) -> WindowTimes:
    """Return rate, window and hop for a card: windows of the length that the network learned from, dense over time.

    Parameters
    ----------
    network : GenreNetwork
        Trained.
    front_end : LogMelSettings or MfccSettings
        The feature that it was trained on.
    hop_s : float
        The longest hop; the nearest whole number of frames below is taken. A window that is shorter is its own hop's
        limit, so that nothing between two windows goes unheard.
    """
    rate_hz = front_end.sample_rate_hz
    clip_samples = ClipLayer(front_end, network.form.n_frames).clip_samples
    window_s = clip_samples / rate_hz
    return WindowTimes(rate_hz, window_s, longest_hop(front_end, min(hop_s, window_s)) / rate_hz)


def export_network(
    network: GenreNetwork,
    card: ModelCard,
    path: Path,
    front_end: ClipSettings | None = None,
    *,
    temperature: float = 1.0,
) -> None:
    """Write a network and its card as one ONNX file, whole or not at all.

    With a front end the file takes ``waveform`` (n_blocks, n_samples), float32 at the card's rate, and gives
    ``probabilities`` (n_blocks, n_windows, n_labels), ``track`` (n_blocks, n_labels) and ``embedding`` (n_blocks,
    n_windows, d). Without one it takes ``features`` (n, *shape), float32, and gives ``probabilities`` (n, n_labels) and
    ``embedding`` (n, d).

    Parameters
    ----------
    network : GenreNetwork
        Trained; it is put into evaluation mode.
    card : ModelCard
        Its ``front_end`` is ``in-graph`` where `front_end` is given, with the rate and times of `window_times`; else
        ``feature@version``.
    path : Path
        Where the file goes.
    front_end : LogMelSettings or MfccSettings, optional
        Settings of the feature that the network was trained on, where it is to be computed inside.
    temperature : float
        Logits are divided by it: calibration learned on the validation part.

    Raises
    ------
    UsageError
        The card and the network do not fit each other.
    MissingExtraError
        The packages that write ONNX are not installed.
    """
    _check(network, card, front_end, temperature)
    network = network.eval()
    shape = network.form.shape
    if front_end is None:
        features = Signature("features", torch.zeros(2, *shape), {0: ("n", 1)}, FEATURE_OUTPUTS)
        write_graph(FeatureGraph(network, temperature), features, card, path)
        return
    graph = WaveformGraph(network, front_end, card.hop_samples, temperature)
    write_graph(graph, waveform_signature(card, WAVEFORM_OUTPUTS), card, path)


def _check(network: GenreNetwork, card: ModelCard, front_end: ClipSettings | None, temperature: float) -> None:
    if not temperature > 0:
        raise UsageError(f"a temperature is above 0; got {temperature}.")
    if (front_end is None) is (card.front_end == IN_GRAPH):
        given = "no front end" if front_end is None else "a front end"
        raise UsageError(f"the card's front_end is {card.front_end!r}, and the network was given {given} to be inside.")
    if front_end is None:
        return
    times = window_times(network, front_end)
    window = round(times.window_s * times.sample_rate_hz)
    if (card.sample_rate_hz, card.window_samples) != (times.sample_rate_hz, window):
        raise UsageError(
            f"the network hears windows of {window} samples at {times.sample_rate_hz} Hz; the card says "
            f"{card.window_samples} at {card.sample_rate_hz} Hz: take them from window_times."
        )

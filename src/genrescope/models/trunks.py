"""musicnn and YAMNet as trunks that learn on: a window's embedding, and a new layer for the genres.

Windows as the published networks take them lie side by side over the example. Each window is answered by itself, and
the track's answer is the mean of their logits. musicnn: 787,159 weights less its tags, and 200 → genres; YAMNet: 3.2
million less its classes, and 1,024 → genres. Published weights come from `genrescope.pretrained`.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from genrescope.errors import UsageError
from genrescope.models import musicnn, yamnet
from genrescope.models._network import InputForm, TimedNetwork, TrunkNetwork, freeze


@dataclass(frozen=True)
class TrunkSettings:
    """What may be changed.

    Attributes
    ----------
    dropout : float
        Share of the embedding that each training step leaves out.
    frozen : bool
        Whether the trunk stays as it is and the last layer alone learns.
    """

    dropout: float = 0.3
    frozen: bool = False


class _Windows(nn.Module):
    """Spectrograms (n, n_frames, n_bands) to the embeddings of their windows, (n, n_windows, d)."""

    def __init__(self, form: InputForm, network: nn.Module, n_frames: int) -> None:
        super().__init__()
        self.form = form
        self.network = network
        self.n_frames = n_frames

    def forward(self, x: Tensor) -> Tensor:
        self.form.check(x, any_length=True)
        n_windows = x.shape[1] // self.n_frames
        windows = x[:, : n_windows * self.n_frames].float().unflatten(1, (n_windows, self.n_frames))
        return self.network(windows.flatten(0, 1)).unflatten(0, (-1, n_windows))


class _Embeds(nn.Module):
    """A published network without its last layer: windows (n, n_frames, n_bands) to embeddings (n, d)."""

    def __init__(self, network: musicnn.Musicnn | yamnet.Yamnet) -> None:
        super().__init__()
        network.output = nn.Identity()  # type: ignore[assignment]  # nobody asks for its own classes
        self.network = network

    def forward(self, windows: Tensor) -> Tensor:
        return self.network(windows)[0]


class WindowedTrunk(TrunkNetwork, TimedNetwork):
    """Log-mel as the trunk takes it, of any length, to genres; the embedding is the windows' mean.

    Parameters
    ----------
    settings : TrunkSettings
        What was changed.
    n_labels : int
        Genres.
    form : InputForm
        The examples.
    network : Musicnn or Yamnet
        The trunk.
    """

    feature = ""
    n_frames = 0
    n_bands = 0
    n_embedding = 0

    def __init__(
        self, settings: TrunkSettings, n_labels: int, form: InputForm, network: musicnn.Musicnn | yamnet.Yamnet
    ) -> None:
        super().__init__(form)
        if form.picture or len(form.shape) != 2 or form.n_bands != self.n_bands or form.n_frames < self.n_frames:
            raise UsageError(
                f"this trunk takes the feature {self.feature}, shape (n_frames, {self.n_bands}), at least "
                f"{self.n_frames} frames; got {form.shape}."
            )
        self.trunk = _Windows(form, _Embeds(network), self.n_frames)
        if settings.frozen:
            freeze(self.trunk)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(self.n_embedding, n_labels)

    @property
    def base(self) -> nn.Module:
        """The published network, without its last layer."""
        network: nn.Module = self.trunk.get_submodule("network.network")
        return network

    def top_answer(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, d) of the windows' embeddings (n, n_windows, d)."""
        embedding = features.mean(dim=1)
        return self.output(self.dropout(embedding)), embedding

    def over_time(self, x: Tensor) -> Tensor:
        """Return log-probabilities, shape (n, n_windows, n_labels); the softmax of their mean is the track's answer."""
        return self.output(self.trunk(x)).log_softmax(dim=-1)


class MusicnnGenres(WindowedTrunk):
    """musicnn over windows of 187 frames (3 s)."""

    feature = "logmel:musicnn"
    n_frames, n_bands, n_embedding = musicnn.N_FRAMES, 96, musicnn.N_EMBEDDING

    def __init__(self, settings: TrunkSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(settings, n_labels, form, musicnn.Musicnn())


class YamnetGenres(WindowedTrunk):
    """YAMNet over patches of 96 frames (0.96 s)."""

    feature = "logmel:yamnet"
    n_frames, n_bands, n_embedding = yamnet.PATCH_FRAMES, 64, yamnet.N_EMBEDDING

    def __init__(self, settings: TrunkSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(settings, n_labels, form, yamnet.Yamnet())

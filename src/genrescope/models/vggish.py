"""vggish-finetune: VGGish and a dense end over a clip's 31 embeddings (report A4; Hershey et al. 2017).

Each 0.96 s (96 frames × 64 bands) goes through six convolutions and three dense layers to 128 numbers: 72,141,184
weights. A clip's embeddings, 31 × 128 = 3,968 numbers, go to 256 → genres, 1,018,120 weights at 8 genres. All learns;
the post-processor of the published code is left out. Published weights come from `genrescope.pretrained.vggish`.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from genrescope.errors import UsageError
from genrescope.models._network import Activation, InputForm, TrunkNetwork, activation, freeze

PATCH_FRAMES = 96
N_BANDS = 64
N_EMBEDDING = 128
WIDTHS = (64, "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool")


@dataclass(frozen=True)
class VggishSettings:
    """What may be changed.

    Attributes
    ----------
    n_units : int
        Of the end's dense layer.
    dropout : float
        Share of its units that each training step leaves out; none in the report.
    activation : {"relu", "leaky-relu", "prelu"}
        Of the end's dense layer.
    frozen : bool
        Whether VGGish stays as it is and the end alone learns.
    """

    n_units: int = 256
    dropout: float = 0.0
    activation: Activation = "relu"
    frozen: bool = False


class Vggish(nn.Module):
    """The network itself: patches of log-mel to embeddings of 128; layers are named as in its PyTorch port."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        n_in = 1
        for width in WIDTHS:
            if isinstance(width, int):
                layers += [nn.Conv2d(n_in, width, 3, padding=1), nn.ReLU()]
                n_in = width
            else:
                layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.embeddings = nn.Sequential(
            nn.Linear(512 * 6 * 4, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 128), nn.ReLU()
        )

    def forward(self, patches: Tensor) -> Tensor:
        """(n, 96, 64) to (n, 128)."""
        features = self.features(patches[:, None])
        # The published network flattens channels last.
        return self.embeddings(features.permute(0, 2, 3, 1).flatten(1))


class _Patches(nn.Module):
    """Spectrograms (n, n_frames, 64) to the embeddings of their patches, side by side: (n, n_patches * 128)."""

    def __init__(self, form: InputForm, network: nn.Module) -> None:
        super().__init__()
        self.form = form
        self.n_patches = form.n_frames // PATCH_FRAMES
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        self.form.check(x)
        whole = x[:, : self.n_patches * PATCH_FRAMES].float()
        patches = whole.unflatten(1, (self.n_patches, PATCH_FRAMES)).flatten(0, 1)
        return self.network(patches).unflatten(0, (-1, self.n_patches)).flatten(1)


class VggishFinetune(TrunkNetwork):
    """Log-mel as VGGish takes it (``logmel:vggish``), in one length, to genres; the embedding is the dense layer."""

    def __init__(self, settings: VggishSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        if form.picture or len(form.shape) != 2 or form.n_bands != N_BANDS or form.n_frames < PATCH_FRAMES:
            raise UsageError(
                f"vggish-finetune takes the feature logmel:vggish, shape (n_frames, {N_BANDS}), at least "
                f"{PATCH_FRAMES} frames; got {form.shape}."
            )
        patches = _Patches(form, Vggish())
        self.trunk = patches
        if settings.frozen:
            freeze(self.trunk)
        n_numbers = patches.n_patches * N_EMBEDDING
        self.dense = nn.Sequential(nn.Linear(n_numbers, settings.n_units), activation(settings.activation))
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.n_units, n_labels)

    @property
    def base(self) -> nn.Module:
        """VGGish itself."""
        return next(self.trunk.children())

    def top_answer(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, n_units) of a clip's (n, n_patches * 128)."""
        embedding = self.dense(features)
        return self.output(self.dropout(embedding)), embedding

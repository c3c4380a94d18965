"""gtzan-inception: InceptionV3 as ImageNet left it, and a new top (report A1; Szegedy et al. 2015).

21,785,568 weights in the trunk, all frozen; the top 2048 → 128 → dropout → genres has 263,562 at 10 genres. The report
says nothing of its top: the trunk's features are standardised (no weights), and one dense layer is chosen. Pictures are
taken at their own size. ImageNet's weights come from `genrescope.pretrained.imagenet`.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from genrescope.models._network import Activation, InputForm, Standardise, TrunkNetwork, activation, freeze
from genrescope.models._vgg16 import Photograph

N_FEATURES = 2048
MIN_SIZE = 75
"""Pixels that a picture needs each way."""


@dataclass(frozen=True)
class GtzanInceptionSettings:
    """What may be changed.

    Attributes
    ----------
    n_units : int
        Of the dense layer.
    dropout : float
        Share of the units that each training step leaves out.
    activation : {"relu", "leaky-relu", "prelu"}
        Of the dense layer.
    """

    n_units: int = 128
    dropout: float = 0.3
    activation: Activation = "relu"


def inception_base() -> nn.Module:
    """Return InceptionV3 without its ends: (n, 3, height, width) in -1 to 1 to (n, 2048); fresh weights."""
    from torchvision.models import inception_v3

    base: nn.Module = inception_v3(weights=None, aux_logits=False, init_weights=False, transform_input=False)
    base.fc, base.dropout = nn.Identity(), nn.Identity()
    return base


class GtzanInception(TrunkNetwork):
    """Pictures (0 to 255) to genres; the embedding is the dense layer (128)."""

    def __init__(self, settings: GtzanInceptionSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_picture("gtzan-inception", MIN_SIZE)
        half = (0.5, 0.5, 0.5)
        self.trunk = nn.Sequential(Photograph(form, half, half), inception_base())
        freeze(self.trunk)
        self.standardise = Standardise(N_FEATURES, alike=True)
        self.dense = nn.Sequential(nn.Linear(N_FEATURES, settings.n_units), activation(settings.activation))
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.n_units, n_labels)

    @property
    def base(self) -> nn.Module:
        """InceptionV3 without its ends."""
        return self.trunk.get_submodule("1")

    def top_answer(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, n_units) of the trunk's (n, 2048)."""
        embedding = self.dense(self.standardise(features))
        return self.output(self.dropout(embedding)), embedding

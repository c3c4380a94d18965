"""fma-vgg16: VGG16 from ImageNet, its last four convolutions trained on (report A0).

Base → mean over the picture → 16 → dropout .3 → genres. 14,714,688 weights in the base, of which 9,439,232 learn; the
end adds 8,344 at 8 genres. The report does not say what joins base and end: the mean over the picture has no weights
and takes pictures of any size. ImageNet's weights come from `genrescope.pretrained.imagenet`.
"""

from dataclasses import dataclass
from typing import cast

from torch import Tensor, nn

from genrescope.models._network import Activation, InputForm, TrunkNetwork, activation, freeze
from genrescope.models._vgg16 import MIN_SIZE, AverageOverPicture, NarrowEnd, Photograph, vgg16_base

CONV_4_3 = 21
"""Place of the first of the last four convolutions in the base."""


@dataclass(frozen=True)
class FmaVgg16Settings:
    """What may be changed.

    Attributes
    ----------
    n_units : int
        Of the dense layer.
    dropout : float
        Share of the units that each training step leaves out.
    activation : {"relu", "leaky-relu", "prelu"}
        Of the dense layer.
    frozen : bool
        Whether the last four convolutions stay as they are, too; all of the base is the trunk then.
    """

    n_units: int = 16
    dropout: float = 0.3
    activation: Activation = "relu"
    frozen: bool = False


class FmaVgg16(TrunkNetwork):
    """Pictures (0 to 255) to genres; the embedding is the dense layer (16)."""

    def __init__(self, settings: FmaVgg16Settings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_picture("fma-vgg16", MIN_SIZE)
        base = vgg16_base()
        cut = len(base) if settings.frozen else CONV_4_3
        self.trunk = nn.Sequential(Photograph(form), *base[:cut])
        freeze(self.trunk)
        self.upper = nn.Sequential(*base[cut:], AverageOverPicture())
        self.end = NarrowEnd(settings.n_units, settings.dropout, activation(settings.activation), n_labels)

    @property
    def base(self) -> nn.Sequential:
        """VGG16's layers in order, frozen and learning ones."""
        return nn.Sequential(*list(self.trunk.children())[1:], *list(self.upper.children())[:-1])

    @property
    def photograph(self) -> Photograph:
        """What feeds the base."""
        return cast(Photograph, self.trunk.get_submodule("0"))

    @property
    def output(self) -> nn.Linear:
        """The last layer."""
        return self.end.output

    def top_answer(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, n_units) of the trunk's (n, 512, height / 8, width / 8)."""
        return self.end(self.upper(features))

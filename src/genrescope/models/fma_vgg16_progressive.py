"""fma-vgg16-progressive: VGG16 on small pictures, then on larger ones with a new beginning (report A0).

Step 1 (42 × 100): all of VGG16 as ImageNet left it, the dense end learns (8,344 weights at 8 genres). Step 2 (84 × 100,
which the report calls doubled): step 1's network with its two first convolutions replaced by new ones (38,720 weights);
they alone learn. Open, as the report wished: in step 1 the last four convolutions learn as well, in step 2 the end
does.

The mean over the picture stands between base and end, so that the end of step 1 fits the larger pictures of step 2;
the report does not say how it made them fit.
"""

from dataclasses import dataclass
from typing import Literal, cast

from torch import Tensor, nn

from genrescope.errors import UsageError
from genrescope.models._network import Activation, InputForm, TrunkNetwork, activation, freeze
from genrescope.models._vgg16 import MIN_SIZE, AverageOverPicture, NarrowEnd, Photograph, vgg16_base
from genrescope.models.fma_vgg16 import CONV_4_3

CONV_2_1 = 5
"""Place of the third convolution in the base: what stands before it is new in step 2."""


@dataclass(frozen=True)
class FmaVgg16ProgressiveSettings:
    """What may be changed.

    Attributes
    ----------
    step : {1, 2}
        Which of the two.
    open : bool
        Whether more learns than in the report.
    n_units : int
        Of the dense layer.
    dropout : float
        Share of the units that each training step leaves out.
    activation : {"relu", "leaky-relu", "prelu"}
        Of the dense layer.
    """

    step: Literal[1, 2] = 1
    open: bool = False
    n_units: int = 16
    dropout: float = 0.3
    activation: Activation = "relu"


class FmaVgg16Progressive(TrunkNetwork):
    """Pictures (0 to 255) to genres; the embedding is the dense layer (16)."""

    def __init__(self, settings: FmaVgg16ProgressiveSettings, n_labels: int, form: InputForm) -> None:
        super().__init__(form)
        form.needs_picture("fma-vgg16-progressive", MIN_SIZE)
        self.settings = settings
        base = vgg16_base()
        freeze(base)
        cut = len(base)
        if settings.step == 2:
            cut = 0
            for layer in base[:CONV_2_1]:
                layer.requires_grad_(True)
        elif settings.open:
            cut = CONV_4_3
            for layer in base[CONV_4_3:]:
                layer.requires_grad_(True)
        self.trunk = nn.Sequential(Photograph(form), *base[:cut])
        self.upper = nn.Sequential(*base[cut:], AverageOverPicture())
        self.end = NarrowEnd(settings.n_units, settings.dropout, activation(settings.activation), n_labels)
        if settings.step == 2 and not settings.open:
            freeze(self.end)

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

    def carry_over(self, first: "FmaVgg16Progressive") -> None:
        """Begin step 2 with what step 1 learned: all but the two first convolutions, which stay new.

        Raises
        ------
        UsageError
            The networks are not step 2 and step 1, or their ends differ.
        """
        if (self.settings.step, first.settings.step) != (2, 1):
            raise UsageError(
                "step 2 carries over what step 1 learned; got "
                f"step {first.settings.step} to be carried into step {self.settings.step}."
            )
        own, other = self.output.weight.shape, first.output.weight.shape
        if own != other:
            raise UsageError(f"step 1 ends in {tuple(other)} weights and step 2 in {tuple(own)}: train both alike.")
        self.base[CONV_2_1:].load_state_dict(first.base[CONV_2_1:].state_dict())
        self.end.load_state_dict(first.end.state_dict())

    def frozen_trunk(self) -> nn.Module | None:
        """Return the base in step 1; in step 2 what learns comes first, and nothing can be kept."""
        return None if self.settings.step == 2 else self.trunk

    def top_answer(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, n_units) of what the trunk gave."""
        return self.end(self.upper(features))

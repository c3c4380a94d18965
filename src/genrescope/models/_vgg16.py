"""VGG16's convolutions (Simonyan and Zisserman 2014) as the networks of report A0 use them."""

import torch
from torch import Tensor, nn

from genrescope.models._network import InputForm, Standardise

N_FEATURES = 512
MIN_SIZE = 32
"""Pixels that a picture needs each way, because five poolings halve it."""

Colours = tuple[float, float, float]

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""Of ImageNet's colours, in units of the range 0 to 1, as torchvision's weights expect them."""


def vgg16_base() -> nn.Sequential:
    """Return VGG16's 13 convolutions with their poolings, 14,714,688 weights, fresh."""
    from torchvision.models.vgg import cfgs, make_layers

    base: nn.Sequential = make_layers(cfgs["D"])
    for layer in base:
        if isinstance(layer, nn.Conv2d):  # without this, thirteen fresh layers say the same of every picture
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return base


class Photograph(nn.Module):
    """Pictures, values 0 to 255, to what networks for photographs were fed.

    Parameters
    ----------
    form : InputForm
        The pictures.
    mean, deviation : tuple of 3 float
        Subtracted from, and divided into, each colour's value in 0 to 1.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, form: InputForm, mean: Colours = MEAN, deviation: Colours = DEVIATION) -> None:
        super().__init__()
        self.form = form
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation).view(1, 3, 1, 1))

    def feed(self, mean: Colours, deviation: Colours) -> None:
        """Feed the network as its published weights are used to; what is set here is kept with the weights."""
        self.mean.copy_(torch.tensor(mean).view(1, 3, 1, 1))
        self.deviation.copy_(torch.tensor(deviation).view(1, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, 3, height, width), float32, of pictures (n, height, width), grey, or (n, height, width, 3)."""
        self.form.check(x, any_length=True)
        colours = x.float()[..., None] if x.ndim == 3 else x.float()
        planes = colours.permute(0, 3, 1, 2).expand(-1, 3, -1, -1)
        return (planes / 255 - self.mean) / self.deviation


class NarrowEnd(nn.Module):
    """The end of report A0's VGG16 networks: 512 → 16 → dropout → genres.

    VGG16's features are all above 0 and have much in common: as they are, sixteen relus soon die on them. They are
    standardised first, which has no weights.
    """

    def __init__(self, n_units: int, dropout: float, hidden: nn.Module, n_labels: int) -> None:
        super().__init__()
        self.standardise = Standardise(N_FEATURES, alike=True)
        self.dense = nn.Linear(N_FEATURES, n_units)
        self.hidden = hidden
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(n_units, n_labels)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 512) to logits (n, n_labels) and embeddings (n, n_units)."""
        embedding = self.hidden(self.dense(self.standardise(features)))
        return self.output(self.dropout(embedding)), embedding


class AverageOverPicture(nn.Module):
    """(n, channels, height, width) to (n, channels): fits pictures of any size."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean over the picture."""
        return x.mean(dim=(2, 3))

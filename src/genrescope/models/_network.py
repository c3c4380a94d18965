"""What every network is: feature batches in as they are, genre logits and an embedding out."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from genrescope.errors import UsageError

Activation = Literal["relu", "leaky-relu", "prelu"]
"""Hidden activations that the reports use or wish for."""

_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"relu": nn.ReLU, "leaky-relu": nn.LeakyReLU, "prelu": nn.PReLU}


@dataclass(frozen=True)
class InputForm:
    """What one example looks like.

    Attributes
    ----------
    shape : tuple of int
        As the feature gives it: ``(n_frames, n_bands)``; ``(height, width)`` or ``(height, width, channels)`` of a
        picture whose rows are frequencies and whose columns are times; or any shape of plain numbers.
    picture : bool
        Whether it is a picture; a spectrogram's first axis is time, a picture's is frequency.
    """

    shape: tuple[int, ...]
    picture: bool = False

    @property
    def n_numbers(self) -> int:
        """How many numbers an example has."""
        return int(torch.Size(self.shape).numel())

    @property
    def n_bands(self) -> int:
        """Bands of a spectrogram, rows of a picture."""
        return self.shape[0] if self.picture else self.shape[1]

    @property
    def n_frames(self) -> int:
        """Frames of a spectrogram, columns of a picture."""
        return self.shape[1] if self.picture else self.shape[0]

    def needs_two_axes(self, name: str) -> None:
        """Raise UsageError where the example has no time and frequency."""
        if len(self.shape) != (3 if self.picture and len(self.shape) == 3 else 2):
            raise UsageError(
                f"{name} takes spectrograms, shape (n_frames, n_bands), or pictures, shape (height, width) or "
                f"(height, width, channels); got {self.shape}."
            )

    def needs_picture(self, name: str, min_size: int) -> None:
        """Raise UsageError where the example is no picture of at least `min_size` pixels each way."""
        self.needs_two_axes(name)
        if not self.picture:
            raise UsageError(
                f"{name} takes pictures, shape (height, width) or (height, width, channels); got a spectrogram, shape "
                f"{self.shape}: use the feature 'image', or say picture=True where it is one."
            )
        if min(self.shape[:2]) < min_size:
            raise UsageError(f"{name} takes pictures of at least {min_size} × {min_size} pixels; got {self.shape}.")

    def check(self, x: Tensor, *, any_length: bool = False) -> None:
        """Raise UsageError where a batch is not of this shape; with `any_length`, time may be longer or shorter."""
        found, expected = list(x.shape[1:]), list(self.shape)
        if any_length and len(found) == len(expected):
            expected[1 if self.picture else 0] = found[1 if self.picture else 0]
        if found != expected:
            raise UsageError(f"the network was made for examples of shape {self.shape}; got {tuple(x.shape[1:])}.")


class GenreNetwork(nn.Module):
    """A network that names genres.

    A subclass answers in `answer`. By custom its last layer is called ``output``, so that training can leave it out of
    what it regularises.

    Parameters
    ----------
    form : InputForm
        The examples that it takes.
    """

    def __init__(self, form: InputForm) -> None:
        super().__init__()
        self.form = form

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, d) of a feature batch (n, *shape)."""
        raise NotImplementedError(f"{type(self).__name__} has no answer")

    def forward(self, x: Tensor) -> Tensor:
        """Return logits, shape (n, n_labels), of a feature batch (n, *shape), whole numbers or floats."""
        return self.answer(x)[0]

    def embed(self, x: Tensor) -> Tensor:
        """Return embeddings, shape (n, d), of a feature batch."""
        return self.answer(x)[1]

    def frozen_trunk(self) -> nn.Module | None:
        """Return the part that never learns, a module from feature batch to what `top` takes; None where all learns."""
        return None


class TrunkNetwork(GenreNetwork):
    """A network in two parts: ``top(trunk(x))``; where the trunk is frozen, its output can be kept.

    Attributes
    ----------
    trunk : Module
        Feature batch to features; set by the subclass.
    """

    trunk: nn.Module

    def top_answer(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and embeddings of what the trunk gave."""
        raise NotImplementedError(f"{type(self).__name__} has no top")

    def top(self, features: Tensor) -> Tensor:
        """Return logits, shape (n, n_labels), of what the trunk gave."""
        return self.top_answer(features)[0]

    def answer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, n_labels) and embeddings (n, d) of a feature batch (n, *shape)."""
        return self.top_answer(self.trunk(x))

    def frozen_trunk(self) -> nn.Module | None:
        """Return the trunk where none of it learns."""
        return None if any(weight.requires_grad for weight in self.trunk.parameters()) else self.trunk

    def train(self, mode: bool = True) -> "TrunkNetwork":
        """Set training mode; a frozen trunk stays as it is when it answers, its batch norms too."""
        super().train(mode)
        if mode and self.frozen_trunk() is not None:
            self.trunk.eval()
        return self


LEAST_SHARE = 0.01
"""What a new batch is worth, at least, beside all before it: moments of what is still learning do not lag behind."""


LEAST_SPREAD = 0.1
"""Of entries that are alike, one's deviation is taken for at least this share of their mean: one that hardly ever spoke
is not made loud when it does."""


class Standardise(nn.Module):
    """Zero mean and unit deviation for each entry of the second axis, over what was seen in training.

    The moments grow with each training batch, later the last hundred or so count, and they are used as they are then;
    unlike batch norm, an example's neighbours in its batch add no noise, and a batch of one is as good as any.

    Parameters
    ----------
    size : int
        Entries of the second axis.
    alike : bool
        Whether they are of one kind and unit, as bands are, or channels.
    """

    mean: Tensor
    square: Tensor
    n_seen: Tensor

    def __init__(self, size: int, *, alike: bool = False) -> None:
        super().__init__()
        self.alike = alike
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("square", torch.ones(size))
        self.register_buffer("n_seen", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """Return the same shape, (n, size, ...), float32."""
        x = x.float()
        if self.training:
            self._learn(x.detach())
        spread = (self.square - self.mean.square()).clamp(min=1e-8).sqrt()
        if self.alike:
            spread = torch.maximum(spread, LEAST_SPREAD * spread.mean())
        shape = (1, -1, *([1] * (x.ndim - 2)))
        return (x - self.mean.view(shape)) / spread.view(shape)

    def _learn(self, x: Tensor) -> None:
        rest = [axis for axis in range(x.ndim) if axis != 1]
        self.n_seen += len(x)
        share = (len(x) / self.n_seen).clamp(min=LEAST_SHARE)
        self.mean += share * (x.mean(dim=rest) - self.mean)
        self.square += share * (x.square().mean(dim=rest) - self.square)


class TimedNetwork(GenreNetwork):
    """A network that also answers step by step."""

    def over_time(self, x: Tensor) -> Tensor:
        """Return log-probabilities, shape (n, n_steps, n_labels), in equal steps over the example."""
        raise NotImplementedError(f"{type(self).__name__} has no steps")


class Intake(nn.Module):
    """Spectrograms or pictures to (n, 1, n_bands, n_frames), each band standardised; colours become grey.

    Parameters
    ----------
    form : InputForm
        The examples.
    any_length : bool
        Whether examples may be longer or shorter.
    """

    def __init__(self, form: InputForm, *, any_length: bool = False) -> None:
        super().__init__()
        self.form = form
        self.any_length = any_length
        self.standardise = Standardise(form.n_bands, alike=True)

    def forward(self, x: Tensor) -> Tensor:
        """Return float32."""
        self.form.check(x, any_length=self.any_length)
        grey = x.float().mean(dim=3) if x.ndim == 4 else x
        bands_first = grey if self.form.picture else grey.transpose(1, 2)
        return self.standardise(bands_first)[:, None]


def activation(name: Activation) -> nn.Module:
    """Return an activation by its name."""
    return _ACTIVATIONS[name]()


def pooled(name: Activation, pool: nn.Module) -> nn.Sequential:
    """Return pooling and activation: pooled first where that is the same function, because it is less work."""
    # A parametric relu may learn a slope below 0: it does not rise then, and the largest value need not stay so.
    return nn.Sequential(activation(name), pool) if name == "prelu" else nn.Sequential(pool, activation(name))


def mean_over_time(log_probabilities: Tensor) -> Tensor:
    """Return the logarithm of the mean probability, shape (n, n_labels), of (n, n_steps, n_labels)."""
    return torch.logsumexp(log_probabilities, dim=1) - math.log(log_probabilities.shape[1])


def count_weights(module: nn.Module, *, trainable: bool = False) -> int:
    """Return how many numbers a module learns; with `trainable`, those that are not frozen."""
    return sum(weight.numel() for weight in module.parameters() if weight.requires_grad or not trainable)


def freeze(module: nn.Module) -> None:
    """Let a module learn no more."""
    for weight in module.parameters():
        weight.requires_grad_(False)
